#pragma once
// The one exception type of Ulam: a sentence that names the place, the value and the valid choices.
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ulam {

enum class ErrorKind {
  option,       // an unknown name, a value out of range, options that exclude each other
  shape,        // tensors or arrays whose shapes or dtypes do not fit
  file,         // a file whose bytes break the rules of its format
  system,       // the operating system refused: missing folder, full disk
  unsupported,  // asked of a model or problem that cannot serve it
  numeric,      // NaN or infinity where the mathematics has none
  budget,       // the ledger's cap does not allow the work
  cancelled,    // the caller's cancel token was set
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& sentence) : std::runtime_error(sentence), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

/// Throws Error with the sentence "place: text". `place` is an option, a file, a plan's step.
template <typename... Args>
[[noreturn]] void fail(ErrorKind kind, std::string_view place, fmt::format_string<Args...> text, Args&&... args) {
  throw Error(kind, fmt::format("{}: {}", place, fmt::format(text, std::forward<Args>(args)...)));
}

}  // namespace ulam
