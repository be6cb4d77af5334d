// Feeds bytes to the CSV reader: it must accept or throw ulam::Error; an accepted table is rectangular, and the table
// written from it is read back with the same numbers.
#include <cmath>
#include <cstdlib>

#include "ulam/base/error.h"
#include "ulam/io/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ulam::io;
  CsvTable table;
  try {
    table = parse_csv(as_text(std::as_bytes(std::span(data, size))), "fuzz");
  } catch (const ulam::Error&) {
    return 0;
  }
  if (table.names.size() != table.columns.size() || table.columns.empty()) std::abort();
  for (const auto& column : table.columns)
    if (column.size() != table.rows() || column.empty()) std::abort();
  if (!table.index.empty() && table.index.size() != table.rows()) std::abort();
  // Names that look like numbers would be read as a row.
  for (std::size_t i = 0; i < table.names.size(); ++i) table.names[i] = "c" + std::to_string(i);
  for (std::size_t i = 0; i < table.index.size(); ++i) table.index[i] = "r" + std::to_string(i);
  table.index_name = "rows";
  const CsvTable back = parse_csv(csv_text(table), "again");
  if (back.columns.size() != table.columns.size() || back.rows() != table.rows()) std::abort();
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    for (std::size_t r = 0; r < table.rows(); ++r) {
      const double a = table.columns[c][r], b = back.columns[c][r];
      if (!(a == b || (std::isnan(a) && std::isnan(b)))) std::abort();
    }
  return 0;
}
