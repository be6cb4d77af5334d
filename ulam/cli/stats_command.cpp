#include "ulam/cli/stats_command.h"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/threads.h"
#include "ulam/learn/statistics.h"
#include "ulam/model/gaussian_file.h"

namespace ulam::cli {
namespace {

constexpr const char* stats_place = "stats";

nlohmann::json summary_json(const MeasuredStatistics& measured, const std::string& path) {
  const GaussianSet& set = measured.set;
  nlohmann::json levels = nlohmann::json::array();
  for (const Agreement& a : measured.calibration.levels)
    levels.push_back({{"sigma", a.sigma}, {"conditional", a.conditional}, {"null", a.null}});
  nlohmann::json j = {{"data", set.data},
                      {"rows", set.rows},
                      {"dimension", set.all.dimension()},
                      {"rank", set.all.rank()},
                      {"variance", set.all.variance()},
                      {"variance_kept", set.all.values.sum().item<double>()},
                      {"largest", set.all.rank() > 0 ? set.all.values[0].item<double>() : 0},
                      {"classes", set.classes.size()},
                      {"sigma", nullptr},
                      {"sigma_by_rule", set.sigma_by_rule},
                      {"levels", levels},
                      {"evaluations", measured.calibration.evaluations},
                      {"file", path}};
  if (set.sigma) j["sigma"] = *set.sigma;
  return j;
}

std::string summary_text(const MeasuredStatistics& measured, double tolerance, const std::string& path) {
  const Gaussian& all = measured.set.all;
  std::string out =
      fmt::format("{} rows of {} numbers; {} directions hold {:.1f} % of the variance\n", measured.set.rows,
                  all.dimension(), all.rank(), 100 * all.values.sum().item<double>() / all.variance());
  const bool classes = !measured.set.classes.empty();
  if (classes)
    out += fmt::format("{} classes, {} directions each\n", measured.set.classes.size(),
                       measured.set.classes.front().rank());
  out += fmt::format("{:>10}{}{:>12}   |D_net - D_gauss|^2 / |D_net - mean|^2\n", "sigma",
                     classes ? fmt::format("{:>12}", "with label") : "", classes ? "without" : "");
  for (const Agreement& a : measured.calibration.levels)
    out += fmt::format("{:>10.4g}{}{:>12.3g}\n", a.sigma,
                       classes ? fmt::format("{:>12.3g}", a.conditional) : "", a.null);
  const std::optional<double>& sigma = measured.set.sigma;
  if (measured.set.sigma_by_rule)
    out += fmt::format("no level has at most {:g}; by the rule 3 sqrt(largest eigenvalue) sigma is {:.4g}\n",
                       tolerance, *sigma);
  else if (sigma)
    out += fmt::format("at most {:g} down to sigma {:.4g}\n", tolerance, *sigma);
  if (sigma) out += fmt::format("`ulam draw --start teleport` jumps to sigma {:.4g}\n", *sigma);
  return out + fmt::format("{} evaluations\nwrote {}\n", measured.calibration.evaluations, path);
}

}  // namespace

const std::vector<Parameter>& stats_parameters() {
  using T = OptionType;
  static const std::vector<Parameter> table = {
      {"model", T::text, "", "shipped model, or folder of a bundle", {}, {}, {}, ""},
      {"data", T::text, "", "idx folder, folder of PNG pictures, .npy or .npz", {}, {}, {}, ""},
      {"rank", T::integer, "256", "directions kept of all rows", 0, 1000, {}, ""},
      {"class-rank", T::integer, "32", "directions kept of a class", 0, 1000, {}, ""},
      {"classes",
       T::text,
       "auto",
       "statistics of classes too, where model and data have them",
       {},
       {},
       {"auto", "none"},
       ""},
      {"rows", T::integer, "64", "held-out rows of the calibration", 1, 65536, {}, ""},
      {"tolerance", T::real, "1e-3", "share of the model's own answer that may be missed", 1e-9, 1, {}, ""},
      {"seed", T::integer, "0", "seed of the calibration's noise", 0, 9e18, {}, ""},
      {"threads", T::integer, "0", "threads, 0 = all cores", 0, 4096, {}, ""},
  };
  return table;
}

int run_stats(const StatsTask& task) {
  const Options o(stats_place, stats_parameters(), task.given);
  if (!o.has("model"))
    fail(ErrorKind::option, stats_place, "no model given; ulam models lists those that are here");
  if (!o.has("data"))
    fail(ErrorKind::option, stats_place, "no data given; --data takes a folder, .npy or .npz");
  use_threads(static_cast<int>(o.integer("threads")));
  const Source source = open_model(o.text("model"), {"", "", trust_of(task.trust)}, model_folders());
  if (!is_model_folder(source.where))
    fail(ErrorKind::option, stats_place,
         "{} is an exact problem; `ulam draw` takes its moments in closed form", source.where);
  MeasureStatisticsOptions options;
  options.rank = o.integer("rank");
  options.class_rank = o.integer("class-rank");
  options.classes = o.text("classes") == "auto";
  options.calibration.rows = o.integer("rows");
  options.calibration.tolerance = o.real("tolerance");
  options.calibration.seed = static_cast<std::uint64_t>(o.integer("seed"));

  CancelToken cancel;
  const Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  const Watch watch{[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const Field field(source.model, source.model->info().row_limit);
  const MeasuredStatistics measured = measure_statistics(field, o.text("data"), options, watch);
  view.finish();
  const std::string path = gaussian_path(source.where);
  write_gaussians(path, measured.set);
  if (task.json)
    fmt::print("{}\n", summary_json(measured, path).dump(2));
  else if (!task.quiet)
    fmt::print("{}", summary_text(measured, o.real("tolerance"), path));
  return exit_ok;
}

}  // namespace ulam::cli
