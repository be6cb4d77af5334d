#pragma once
// Tables of numbers in CSV files: what spreadsheets and sensors write.
#include <string>
#include <string_view>
#include <vector>

#include "ulam/io/bytes.h"

namespace ulam::io {

/// Columns of equal length; a cell without a number is NaN.
struct CsvTable {
  std::vector<std::string> names;  // of the columns; "1", "2", ... without a heading
  std::vector<std::vector<double>> columns;
  std::string index_name;          // of the first column, where it holds dates or other text
  std::vector<std::string> index;  // its cells; empty: the first column holds numbers
  bool heading = false;            // the file had one
  std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
};

/// Reads a table. Separator: the comma, semicolon or tab of which the first line has most. Ends of lines: LF
/// or CR LF; a byte order mark and blank lines at the end are passed over. Cells may stand in double quotes
/// ("" is one quote). Missing: an empty cell, NA, N/A, NaN, null, none, ?, - in any case. The first line is a
/// heading when none of its cells but the first is a number and some cell is text, or, with one column, when
/// it is no number. The first column is an index when the first line below the heading has text there; such
/// cells may be any text.
///
/// Throws Error(file) in one sentence with line and column: an empty file, a line with another number of
/// cells, text or an infinity where a number belongs, an open quote, no column of numbers, NUL bytes; more
/// than 2^26 cells.
CsvTable parse_csv(std::string_view text, const std::string& place);
/// A file, which may be gzipped. Throws what parse_csv and read_maybe_gzip throw.
CsvTable read_csv(const std::string& path);

/// The table as text with a heading; numbers in their shortest form, NaN as an empty cell; names quoted where
/// needed.
std::string csv_text(const CsvTable& table);

}  // namespace ulam::io
