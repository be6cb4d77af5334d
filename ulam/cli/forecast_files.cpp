#include "ulam/cli/forecast_files.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/options.h"
#include "ulam/base/text.h"
#include "ulam/io/csv.h"
#include "ulam/io/quote.h"
#include "ulam/model/convert.h"

namespace ulam::cli {
namespace {

std::int64_t column_of(const SeriesTable& table, const std::string& name, const std::string& place) {
  const auto found = std::find(table.names.begin(), table.names.end(), name);
  if (found == table.names.end())
    fail(ErrorKind::option, place, "{} has no column {}; it has: {}", table.source, io::in_quotes(name),
         joined(table.names));
  return found - table.names.begin();
}

}  // namespace

SeriesTable chosen_columns(SeriesTable table, const std::string& columns) {
  if (columns.empty()) return table;
  std::vector<std::string> names = split_escaped(columns, ',');
  std::vector<std::int64_t> index;
  for (const std::string& name : names) index.push_back(column_of(table, name, "forecast --columns"));
  table.values = table.values.index_select(0, at::tensor(index, at::kLong));
  table.names = std::move(names);
  return table;
}

std::vector<double> quantile_levels(const std::string& text) {
  const char* place = "forecast --quantiles";
  std::vector<double> out;
  for (const std::string& part : split_escaped(text, ',')) {
    const auto level = parse_real(part);
    if (!level || !(*level > 0 && *level < 1))
      fail(ErrorKind::option, place, "{} is no level; valid: numbers above 0 and below 1",
           io::in_quotes(part));
    if (!out.empty() && *level <= out.back())
      fail(ErrorKind::option, place, "the levels do not rise at {}", part);
    out.push_back(*level);
  }
  if (out.size() % 2 == 0 || out[out.size() / 2] != .5)
    fail(ErrorKind::option, place, "the middle level must be 0.5, as in 0.1,0.5,0.9");
  return out;
}

at::Tensor read_base(const std::string& path, const SeriesTable& table, int horizon) {
  const SeriesTable base = read_series(path);
  if (base.values.size(1) != horizon)
    fail(ErrorKind::file, path, "has {} rows, the horizon is {}", base.values.size(1), horizon);
  if (base.values.isnan().any().item<bool>())
    fail(ErrorKind::file, path, "a value of the base forecast is missing");
  std::vector<std::int64_t> index;
  for (std::size_t i = 0; i < table.names.size(); ++i) {
    const auto found = std::find(base.names.begin(), base.names.end(), table.names[i]);
    if (found != base.names.end())
      index.push_back(found - base.names.begin());
    else if (base.values.size(0) == table.values.size(0) && index.size() == i)
      index.push_back(static_cast<std::int64_t>(i));
    else
      fail(ErrorKind::file, path, "has no column {}", io::in_quotes(table.names[i]));
  }
  return base.values.index_select(0, at::tensor(index, at::kLong));
}

std::string quantile_csv(const std::vector<std::string>& names, const at::Tensor& mean,
                         const at::Tensor& quantiles, const std::vector<double>& levels,
                         std::int64_t first_step) {
  io::CsvTable table;
  table.index_name = "series";
  table.names = {"step", "mean"};
  for (const double level : levels) table.names.push_back(fmt::format("q{}", real_text(level)));
  table.columns.resize(table.names.size());
  const at::Tensor m = mean.to(at::kDouble).contiguous(), q = quantiles.to(at::kDouble).contiguous();
  const std::int64_t steps = q.size(2), count = q.size(1);
  // Shortest numbers of float precision: more digits would say nothing.
  const auto rounded = [](double v) { return std::strtod(fmt::format("{:.7g}", v).c_str(), nullptr); };
  for (std::int64_t s = 0; s < q.size(0); ++s)
    for (std::int64_t t = 0; t < steps; ++t) {
      const double* from = q.data_ptr<double>() + s * count * steps + t;
      if (std::isnan(from[0])) continue;
      table.index.push_back(names[static_cast<std::size_t>(s)]);
      table.columns[0].push_back(static_cast<double>(first_step + t));
      table.columns[1].push_back(rounded(m.data_ptr<double>()[s * steps + t]));
      for (std::int64_t l = 0; l < count; ++l)
        table.columns[static_cast<std::size_t>(2 + l)].push_back(rounded(from[l * steps]));
    }
  return io::csv_text(table);
}

std::string filled_csv(const std::string& path, const std::vector<std::string>& names,
                       const at::Tensor& values) {
  io::CsvTable table = io::read_csv(path);
  const at::Tensor v = values.to(at::kDouble).contiguous();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = std::find(table.names.begin(), table.names.end(), names[i]);
    std::vector<double>& column = table.columns[static_cast<std::size_t>(found - table.names.begin())];
    for (std::size_t r = 0; r < column.size(); ++r)
      if (std::isnan(column[r]))
        column[r] =
            std::strtod(fmt::format("{:.7g}", v.data_ptr<double>()[i * column.size() + r]).c_str(), nullptr);
  }
  if (table.index_name.empty() && !table.index.empty()) table.index_name = "time";
  return io::csv_text(table);
}

void check_file(const std::string& path, const std::string& ending, const std::string& option) {
  if (path.empty()) return;
  if (!path.ends_with(ending)) fail(ErrorKind::option, option, "{} does not end in {}", path, ending);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
    fail(ErrorKind::system, path, "the folder {} is not there", folder.string());
}

}  // namespace ulam::cli
