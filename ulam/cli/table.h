#pragma once
// Tables for terminals and for Markdown pages.
#include <string>
#include <vector>

namespace ulam::cli {

using Rows = std::vector<std::vector<std::string>>;

/// Columns two spaces apart, the last not padded; the first row is the heading. Widths count bytes.
std::string plain_table(const Rows& rows);
/// A Markdown table; bars in cells are escaped.
std::string markdown_table(const Rows& rows);

}  // namespace ulam::cli
