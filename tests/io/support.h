#pragma once
// What the tests of this room share: a folder that removes itself, and the form that every error must have.
#include "tests/errors.h"
#include <algorithm>
#include <filesystem>
#include <functional>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/io/bytes.h"

namespace ulam::io::test {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ulam-io-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  /// Sorted names of everything inside.
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::string path_;
};

using ulam::testing::expect_error;

inline std::string text_of(const Bytes& bytes) { return std::string(as_text(bytes)); }

}  // namespace ulam::io::test
