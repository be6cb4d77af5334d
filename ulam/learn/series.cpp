#include "ulam/learn/series.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/io/csv.h"
#include "ulam/io/npy.h"
#include "ulam/io/quote.h"
#include "ulam/model/convert.h"
#include "ulam/problems/series.h"

namespace ulam {

at::Tensor SeriesScale::to_unit(const at::Tensor& y) const { return (y.to(at::kDouble) - location) / size; }
at::Tensor SeriesScale::from_unit(const at::Tensor& x) const { return x.to(at::kDouble) * size + location; }

SeriesScale scale_of(const at::Tensor& observed, SeriesScaling scaling) {
  if (observed.dim() != 3)
    fail(ErrorKind::shape, "scale of series", "[rows, channels, length] is needed, the shape is {}",
         shape_text(observed.sizes()));
  const at::Tensor y = observed.to(at::kDouble), seen = y.isnan().logical_not().to(at::kDouble);
  const at::Tensor plain = at::nan_to_num(y, 0), n = seen.sum(2, true).clamp_min(1);
  const at::Tensor level = plain.abs().sum(2, true) / n;
  SeriesScale out{at::zeros_like(level), level};
  if (scaling == SeriesScaling::standard) {
    out.location = plain.sum(2, true) / n;
    out.size = (((plain - out.location) * seen).square().sum(2, true) / n).sqrt();
    out.size = at::maximum(out.size, level * 1e-6);
  }
  out.size = at::where(out.size > 0, out.size, at::ones_like(level));
  return out;
}

namespace {

at::Tensor table_of(const io::CsvTable& csv) {
  const auto rows = static_cast<std::int64_t>(csv.rows()),
             columns = static_cast<std::int64_t>(csv.columns.size());
  at::Tensor out = at::empty({columns, rows}, at::kDouble);
  for (std::int64_t c = 0; c < columns; ++c) {
    const std::vector<double>& from = csv.columns[static_cast<std::size_t>(c)];
    std::copy(from.begin(), from.end(), out.data_ptr<double>() + c * rows);
  }
  return out;
}

/// Ends of complete windows are found by how many entries in a row are there.
Dataset windows_of(const SeriesTable& table, const SeriesWindow& window, Split split,
                   const SeriesDataOptions& o) {
  const std::int64_t length = window.length, times = table.values.size(1);
  if (times < length)
    fail(ErrorKind::file, table.source, "series of {} values are shorter than the network's window of {}",
         times, length);
  const std::int64_t border =
      times - static_cast<std::int64_t>(std::floor(o.held_out * static_cast<double>(times)));
  const std::int64_t from = split == Split::train ? 0 : border, to = split == Split::train ? border : times;
  const at::Tensor values = table.values.contiguous();
  std::vector<const double*> starts;
  for (std::int64_t s = 0; s < values.size(0); ++s) {
    const double* y = values.data_ptr<double>() + s * times;
    std::int64_t run = 0;
    for (std::int64_t i = from; i < to; ++i) {
      run = std::isnan(y[i]) ? 0 : run + 1;
      if (run >= length) starts.push_back(y + i + 1 - length);
    }
  }
  Dataset d;
  d.source = table.source;
  if (starts.empty()) {
    if (split == Split::test) return d;
    fail(ErrorKind::file, table.source,
         "no {} values in a row without a gap in the first {} of every series; a smaller window or hold-out "
         "may do",
         length, to);
  }
  const auto n = std::min<std::int64_t>(static_cast<std::int64_t>(starts.size()), o.most_windows);
  at::Tensor y = at::empty({n, 1, length}, at::kDouble);
  for (std::int64_t i = 0; i < n; ++i) {
    const double* at = starts[static_cast<std::size_t>(
        static_cast<double>(i) * static_cast<double>(starts.size()) / static_cast<double>(n))];
    std::copy(at, at + length, y.data_ptr<double>() + i * length);
  }
  d.images = scale_of(y.narrow(2, 0, window.context()), window.scaling).to_unit(y).to(at::kFloat);
  return d;
}

Dataset generated(const Spec& spec, const std::string& source, const SeriesWindow& window, Split split) {
  const std::vector<Parameter> schema = {{"kind",
                                          OptionType::text,
                                          "mixture",
                                          "",
                                          {},
                                          {},
                                          {"mixture", "seasonal", "autoregressive", "chaotic", "sine"},
                                          ""},
                                         {"rows", OptionType::integer, "60000", "", 1, 1e7, {}, ""},
                                         {"seed", OptionType::integer, "1", "", 0, 9e18, {}, ""}};
  const Options options("data " + source, schema, spec.given);
  const std::int64_t rows = options.integer("rows"), held = 2048;
  const SeriesKind kind{options.text("kind"), static_cast<std::uint64_t>(options.integer("seed"))};
  const at::Tensor y = (split == Split::train ? generate_series(kind, held, rows, window.length)
                                              : generate_series(kind, 0, held, window.length))
                           .unsqueeze(1);
  Dataset d;
  d.source = source;
  d.images = scale_of(y.narrow(2, 0, window.context()), window.scaling).to_unit(y).to(at::kFloat);
  return d;
}

}  // namespace

SeriesTable read_series(const std::string& path, bool empty_columns) {
  SeriesTable out;
  out.source = path;
  if (path.ends_with(".npy")) {
    out.values = to_tensor(io::read_npy(path));
    if (!at::isFloatingType(out.values.scalar_type()) || out.values.dim() < 1 || out.values.dim() > 2 ||
        out.values.numel() == 0)
      fail(ErrorKind::file, path, "series are floats [times] or [series, times], got {} {}",
           at::toString(out.values.scalar_type()), shape_text(out.values.sizes()));
    out.values = (out.values.dim() == 1 ? out.values.unsqueeze(0) : out.values).to(at::kDouble);
    if (out.values.isinf().any().item<bool>()) fail(ErrorKind::file, path, "holds infinities");
    for (std::int64_t i = 0; i < out.values.size(0); ++i) out.names.push_back(std::to_string(i + 1));
  } else {
    const io::CsvTable csv = io::read_csv(path);
    out.values = table_of(csv);
    out.names = csv.names;
  }
  for (std::int64_t i = 0; i < out.values.size(0) && !empty_columns; ++i)
    if (out.values[i].isnan().all().item<bool>())
      fail(ErrorKind::file, path, "column {} has no numbers",
           io::in_quotes(out.names[static_cast<std::size_t>(i)]));
  return out;
}

Dataset read_series_data(const std::string& source, const SeriesWindow& window, Split split,
                         const SeriesDataOptions& options) {
  if (window.channels != 1)
    fail(ErrorKind::unsupported, source, "training data for series have one channel, the network has {}",
         window.channels);
  if (source == "series" || source.starts_with("series:"))
    return generated(parse_spec(source, "data"), source, window, split);
  return windows_of(read_series(source), window, split, options);
}

}  // namespace ulam
