#pragma once
// From exceptions to one sentence and an exit code.
#include <exception>
#include <string>

#include "ulam/base/error.h"

namespace ulam::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_other = 1;        // a fault of Ulam itself
inline constexpr int exit_usage = 2;        // bad option, shape, or something unsupported
inline constexpr int exit_file = 3;         // a file breaks the rules of its format
inline constexpr int exit_system = 4;       // missing folder, full disk, no memory
inline constexpr int exit_numeric = 5;      // NaN or infinity
inline constexpr int exit_budget = 6;       // the cap does not allow even one row
inline constexpr int exit_cancelled = 130;  // Ctrl-C

int exit_code(ErrorKind kind) noexcept;

struct Verdict {
  int code = exit_other;
  std::string sentence;  // one line, no stack trace
};
/// Understands Error, libtorch's errors and lack of memory; anything else is a fault, code 1.
Verdict judge(const std::exception& error);

}  // namespace ulam::cli
