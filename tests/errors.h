#pragma once
// What tests of all rooms ask of an error: its kind and its one sentence.
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::testing {

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

/// The sentence of the ulam::Error that `work` throws; "" when it throws none.
inline std::string error_text(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace ulam::testing
