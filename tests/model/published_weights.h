#pragma once
// Published weights are not part of the project: the tests that want them are skipped unless ULAM_TEST_MODELS
// names the folder that holds them.
#include <cstdlib>
#include <filesystem>
#include <string>

namespace ulam::test {

/// The file of that name in the folder, "" where it is not there.
inline std::string published_file(const std::string& name) {
  const char* folder = std::getenv("ULAM_TEST_MODELS");
  if (folder == nullptr) return "";
  const std::string file = std::string(folder) + "/" + name;
  return std::filesystem::exists(file) ? file : "";
}

inline constexpr const char* no_published = "ULAM_TEST_MODELS names no folder with the file";

}  // namespace ulam::test
