#pragma once
// Forecasts and imputations by an unconditional model of windows: what was seen guides the draw.
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/learn/series.h"
#include "ulam/model/network_model.h"

namespace ulam {

/// A model of windows with what it says of them.
struct SeriesModel {
  ModelPtr model;
  SeriesWindow window;
};
/// Throws Error(unsupported) for a model that is no bundle of a series network, or one of several channels.
SeriesModel series_model(const ModelPtr& model);

struct WindowOptions {
  std::int64_t paths = 100;           // rows a window; row i of n goes to level (i + 1) / (n + 1)
  std::string solver = "ddpm", grid;  // "" = the solver's or path's standard
  int steps = 0;                      // 0: every entry of the path's table, else 100
  std::string guide = "observe";      // guidance terms, joined by "+"; "" = unconditional
  std::uint64_t seed = 0;
};

/// Draws complete windows for `observed` [windows, length] (NaN = not seen), in its units: double [windows,
/// paths, length]. Each window is brought to unit size by what is seen of it (see scale_of). Observed entries
/// are drawn too, near to what was seen. Window w, path i has the id w * paths + i: windows do not depend on
/// one another. Scaling the input scales the output, to rounding. Throws Error(shape | option | numeric |
/// cancelled); what draw throws. Cost: windows * paths * steps evaluations, each with a backward pass where
/// guided.
at::Tensor draw_windows(const SeriesModel& model, const at::Tensor& observed, const WindowOptions& options,
                        const Watch& watch, Spent& spent);

/// The last entries of each row of `series` [rows, times] as a context, followed by `horizon` entries that
/// are not seen: [rows, length]. Short series are filled up with NaN in front. Throws Error(option) for a
/// horizon that is not in 1 .. length / 2 (beyond, too little context would be left for the model).
at::Tensor forecast_windows(const at::Tensor& series, int horizon, std::int64_t length);

/// Quantiles [rows, levels, times] of paths [rows, n, times], by linear interpolation at i / (n + 1), the end
/// values beyond. Levels in (0, 1).
at::Tensor quantiles_of(const at::Tensor& paths, const std::vector<double>& levels);

/// `series` [rows, times] with its gaps drawn: [rows, paths, times]; entries that are there stand as they are
/// in every path. Windows are laid so that gaps have context on both sides where there is some. Rows without
/// gaps cost nothing.
at::Tensor impute(const SeriesModel& model, const at::Tensor& series, const WindowOptions& options,
                  const Watch& watch, Spent& spent);

}  // namespace ulam
