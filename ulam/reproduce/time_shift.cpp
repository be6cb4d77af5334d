// time-shift: pictures of independent pixels, drawn with an exact model and with two that misjudge the noise.
#include <cmath>
#include <map>
#include <numbers>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/measure/resample.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

constexpr std::int64_t pixels = 256, samples = 24;
constexpr int time_shift_repeats = 16;
constexpr const char* time_shift_paper = "Li et al. 2024, arXiv 2305.15583";

struct Part {
  double weight, mean, variance;
};
constexpr Part parts[] = {{.5, -.6, .04}, {.5, .5, .02}};
constexpr double pixel_variance = .5 * (.04 + .36) + .5 * (.02 + .25) - .05 * .05;

Path table() {
  std::vector<double> betas;
  for (int i = 0; i < 1000; ++i) betas.push_back(1e-4 + (.02 - 1e-4) * i / 999);
  return Path::discrete(betas);
}

/// eps of independent pixels that all follow the mixture, times `factor`.
class Pixels final : public Model {
 public:
  explicit Pixels(double factor) : factor_(factor) {
    info_.name = "pixels";
    info_.path = table();
    info_.head = Head{Prediction::noise, .5};
    info_.shape = {pixels};
    info_.dtype = at::kDouble;
    info_.exact = true;
  }
  const ModelInfo& info() const override { return info_; }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions&, Call&) const override {
    const at::Tensor rows = x.contiguous(), times = t.contiguous();
    at::Tensor out = at::empty_like(rows);
    for (std::int64_t r = 0; r < rows.size(0); ++r) {
      const Marginal m = info_.path.at(times.data_ptr<double>()[r]);
      const double* from = rows.data_ptr<double>() + r * pixels;
      double* to = out.data_ptr<double>() + r * pixels;
      for (std::int64_t i = 0; i < pixels; ++i) to[i] = factor_ * eps(from[i], m);
    }
    return out;
  }

 private:
  // eps = -s d log p / dx.
  static double eps(double x, const Marginal& m) {
    double logs[2], each[2];
    for (std::size_t k = 0; k < 2; ++k) {
      const double spread = m.a * m.a * parts[k].variance + m.s * m.s, d = x - m.a * parts[k].mean;
      logs[k] = std::log(parts[k].weight) - .5 * (d * d / spread + std::log(spread));
      each[k] = m.s * d / spread;
    }
    const double share = 1 / (1 + std::exp(logs[1] - logs[0]));
    return share * each[0] + (1 - share) * each[1];
  }
  double factor_;
  ModelInfo info_;
};

/// The middle of each of n equal parts of the pixels' distribution, by bisection.
std::vector<double> quantiles(int n) {
  std::vector<double> out;
  for (int i = 0; i < n; ++i) {
    const double u = (i + .5) / n;
    double low = -3, high = 3;
    for (int k = 0; k < 50; ++k) {
      const double x = (low + high) / 2;
      double below = 0;
      for (const Part& p : parts)
        below += p.weight * .5 * std::erfc((p.mean - x) / std::sqrt(2 * p.variance));
      (below < u ? low : high) = x;
    }
    out.push_back((low + high) / 2);
  }
  return out;
}

class Pictures {
 public:
  explicit Pictures(const ReproductionContext& context) : context_(context), truth_(quantiles(6144)) {}

  /// W1 between the pixels of 24 draws and their distribution, one number a repeat; the same noise for all.
  const std::vector<double>& distances(double factor, const std::string& solver, int steps) {
    const auto [it, fresh] = known_.try_emplace(fmt::format("{} {} {}", factor, solver, steps));
    if (!fresh) return it->second;
    const auto model = std::make_shared<Pixels>(factor);
    for (int repeat = 0; repeat < time_shift_repeats; ++repeat) {
      DrawRequest request{Field(model)};
      request.solver = solver;
      request.grid = "leading";
      request.steps = steps;
      request.seed = context_.seed + 1000 * static_cast<std::uint64_t>(repeat);
      request.count = request.batch = samples;
      request.watch = {{}, context_.watch.cancel, context_.watch.clock};
      const DrawResult result = draw(request);
      if (result.cancelled) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
      spent_ += result.spent;
      const at::Tensor x = result.samples.contiguous();
      it->second.push_back(
          wasserstein_1d({x.data_ptr<double>(), static_cast<std::size_t>(x.numel())}, truth_, 1));
    }
    return it->second;
  }
  const Spent& spent() const { return spent_; }

 private:
  ReproductionContext context_;
  std::vector<double> truth_;
  std::map<std::string, std::vector<double>> known_;
  Spent spent_;
};

std::string shifted(double window, bool corrected) {
  return fmt::format("ddim+timeshift:window={},cutoff=0.2,data_variance={}", window,
                     corrected ? pixel_variance : 0);
}

Figure figure(const std::vector<double>& values) {
  const Mean mean = mean_of(values);
  return {"w1",
          mean.value,
          mean.error,
          fmt::format("{} repeats", time_shift_repeats),
          samples * time_shift_repeats,
          ""};
}

std::string setting(double factor, int steps) {
  return fmt::format(
      "256 pixels from .5 N(-.6, .04) + .5 N(.5, .02), linear table of 1000, eps times {}, "
      "DDIM-{}, W1 of the pixels of 24 samples",
      factor, steps);
}

}  // namespace

Reproduction reproduce_time_shift(const ReproductionContext& context) {
  Pictures lab(context);
  Reproduction out{"time-shift", time_shift_paper, {}, {}};

  struct Known {
    double factor;
    int steps;
    double host, narrow, wide, corrected;
  };
  for (const Known& k : {Known{1, 10, .101, .104, .111, .096}, Known{1.02, 10, .123, .120, .117, .104},
                         Known{1.02, 5, .280, .277, .270, .269}, Known{.98, 10, .077, .080, .086, .083}}) {
    const auto known = [&](const char* what, const std::string& solver, double value) {
      const std::vector<double>& all = lab.distances(k.factor, solver, k.steps);
      Finding f;
      f.claim = fmt::format("{}: the distance that another program found.", what);
      f.setting = setting(k.factor, k.steps);
      f.baseline = fmt::format("{:.3f}", value);
      f.measured = figure(all);
      // That number is one repeat of its own noise.
      f.expected = {"w1",         value,   f.measured.error * std::sqrt(double(time_shift_repeats)),
                    "one repeat", samples, ""};
      f.evaluations = k.steps;
      out.findings.push_back(equal(std::move(f), .002));
    };
    known("host", "ddim", k.host);
    known("window 20", shifted(20, false), k.narrow);
    known("window 60", shifted(60, false), k.wide);
    known("window 60, data variance taken off", shifted(60, true), k.corrected);
  }

  // The noise is the same, so the difference is taken repeat by repeat.
  const auto gain = [&](std::string claim, double factor, int steps, const std::string& better,
                        const std::string& worse) {
    const std::vector<double>&a = lab.distances(factor, better, steps),
          &b = lab.distances(factor, worse, steps);
    std::vector<double> differences;
    for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
    Finding f;
    f.claim = std::move(claim);
    f.setting = setting(factor, steps) + "; difference over the same noise";
    f.baseline = worse;
    f.expected = {"difference of w1", 0, 0, "no difference", samples * time_shift_repeats, ""};
    f.measured = figure(differences);
    f.measured.name = "difference of w1";
    f.baseline_evaluations = f.evaluations = steps;
    out.findings.push_back(smaller(std::move(f)));
  };
  const char* helps = "Where the model sees too much noise, shifted times come nearer to the data.";
  for (const int steps : {10, 5})
    for (const double window : {20, 60}) gain(helps, 1.02, steps, shifted(window, false), "ddim");
  gain("With the data's variance taken off they come nearer still.", 1.02, 10, shifted(60, true),
       shifted(60, false));
  gain("With the data's variance taken off an exact model gains too.", 1, 10, shifted(60, true), "ddim");
  const char* hurts = "Where it does not, the plain rule does harm: the host is nearer.";
  for (const double factor : {1., .98}) gain(hurts, factor, 10, "ddim", shifted(60, false));
  out.spent = lab.spent();
  return out;
}

}  // namespace ulam
