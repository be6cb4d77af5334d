#include "ulam/cli/exit_code.h"

#include <algorithm>
#include <new>
#include <system_error>

#include <c10/util/Exception.h>

namespace ulam::cli {
namespace {

std::string first_line(std::string text) {
  text.resize(std::min(text.size(), text.find('\n')));
  return text;
}

}  // namespace

int exit_code(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::option:
    case ErrorKind::shape:
    case ErrorKind::unsupported:
      return exit_usage;
    case ErrorKind::file:
      return exit_file;
    case ErrorKind::system:
      return exit_system;
    case ErrorKind::numeric:
      return exit_numeric;
    case ErrorKind::budget:
      return exit_budget;
    case ErrorKind::cancelled:
      return exit_cancelled;
  }
  return exit_other;
}

Verdict judge(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error))
    return {exit_code(ours->kind()), first_line(ours->what())};
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return {exit_system, "memory: not enough; try a smaller --batch or fewer samples"};
  // Above all a full disk behind standard output, which fmt reports so once its buffer is full.
  if (dynamic_cast<const std::system_error*>(&error) != nullptr)
    return {exit_system, first_line(error.what())};
  if (const auto* torch = dynamic_cast<const c10::Error*>(&error)) {
    const std::string text = first_line(torch->what_without_backtrace());
    if (text.find("memory") != std::string::npos && text.find("alloc") != std::string::npos)
      return {exit_system, "memory: not enough; try a smaller --batch or fewer samples"};
    return {exit_other, "libtorch: " + text};
  }
  return {exit_other, first_line(error.what())};
}

}  // namespace ulam::cli
