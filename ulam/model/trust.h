#pragma once
// Whether files that can run code may be opened.

namespace ulam {

/// `code`: the user said of the files at hand that they may run code. Never read from a file or a record.
enum class Trust { none, code };

}  // namespace ulam
