#pragma once
// What the tests of this room share: a folder that removes itself, and the form that every error must have.
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

/// Runs `work`, which must throw ulam::Error of that kind, with one line of text holding every one of
/// `parts`.
inline void expect_error(ErrorKind kind, const std::vector<std::string>& parts,
                         const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    const std::string sentence = error.what();
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << sentence;
    EXPECT_EQ(sentence.find('\n'), sentence.npos) << sentence;
    for (const char c : sentence) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << "unprintable in: " << sentence;
    for (const std::string& part : parts)
      EXPECT_NE(sentence.find(part), sentence.npos) << "'" << part << "' is not in: " << sentence;
    return;
  } catch (const std::exception& other) {
    ADD_FAILURE() << "another exception: " << other.what();
    return;
  }
  std::string wanted;
  for (const std::string& part : parts) wanted += part + " | ";
  ADD_FAILURE() << "accepted, but wanted an error with: " << wanted;
}

inline std::string text_of(const Bytes& bytes) { return std::string(as_text(bytes)); }

}  // namespace ulam::io::test
