#include "ulam/run/selftest_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/draw/draw.h"
#include "ulam/path/grid.h"

namespace ulam {
namespace {

constexpr std::int64_t probes = 8;      // rows that are looked at
constexpr std::int64_t most_rows = 64;  // rows of the largest batch
constexpr double least_ratio = 0.002;   // s/a near the data, where the path itself goes to 0

struct Bounds {
  double median, worst, draw;
};
Bounds bounds_of(const ModelInfo& info) {
  if (info.exact) return {0, 0, 0};
  if (info.dtype == at::kDouble) return {1e-13, 1e-12, 1e-10};
  return {1e-5, 1e-4, 1e-3};
}

/// Rows with everything that a call takes.
struct Rows {
  at::Tensor x, t;
  Conditions conditions;
};

class Prober {
 public:
  Prober(ModelPtr model, const ModelSettings& settings) : model_(std::move(model)), settings_(settings) {}
  const ModelInfo& info() const { return model_->info(); }

  Conditions labels(const std::vector<std::uint64_t>& ids) const {
    Conditions out;
    for (const ConditionInfo& c : info().conditions) {
      if (c.classes < 1) continue;
      std::vector<std::int64_t> values;
      for (const std::uint64_t id : ids)
        values.push_back(static_cast<std::int64_t>(id % static_cast<std::uint64_t>(c.classes)));
      out[c.name] = at::tensor(values, at::kLong);
    }
    return out;
  }

  at::Tensor drawn(std::vector<std::uint64_t> ids) const {
    DrawRequest request{Field(model_, info().row_limit)};
    request.solver = settings_.solver;
    request.steps = settings_.steps;
    request.seed = settings_.seed;
    request.batch = static_cast<std::int64_t>(ids.size());
    request.conditions = labels(ids);
    request.ids = std::move(ids);
    return draw(request).samples;
  }

  /// Rows like the data: exact samples of a problem, else a short draw; zeros where neither gives finite
  /// numbers.
  at::Tensor data() const {
    std::vector<std::uint64_t> ids(probes);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = i;
    if (const auto* problem = dynamic_cast<const Problem*>(model_.get()))
      return problem->sample(ids, settings_.seed, labels(ids));
    try {
      const at::Tensor samples = drawn(ids);
      if (at::isfinite(samples).all().item<bool>()) return samples;
    } catch (const Error&) {  // the check "draw" reports it
    }
    std::vector<std::int64_t> shape{probes};
    shape.insert(shape.end(), info().shape.begin(), info().shape.end());
    return at::zeros(shape, info().dtype);
  }

  /// `count` noisy rows, row i at times[i % size]: x = a x0 + s eps.
  Rows noisy(std::int64_t count, const std::vector<double>& times) const {
    if (!data_.defined()) data_ = data();
    std::vector<std::uint64_t> ids;
    for (std::int64_t i = 0; i < count; ++i) ids.push_back(100 + static_cast<std::uint64_t>(i));
    Rows rows;
    rows.x = keyed_normal(settings_.seed, Stream::test, ids, 0, info().shape, info().dtype);
    rows.t = at::empty({count}, at::kDouble);
    rows.conditions = labels(ids);
    for (std::int64_t i = 0; i < count; ++i) {
      const double t = times[static_cast<std::size_t>(i) % times.size()];
      const Marginal m = info().path.at(t);
      rows.t[i] = t;
      rows.x[i].mul_(m.s).add_(data_[i % probes], m.a);
    }
    return rows;
  }

  at::Tensor answer(const Rows& rows) const {
    at::NoGradGuard no_grad;
    Call call;
    return model_->forward(rows.x, rows.t, rows.conditions, call);
  }
  /// Those rows of `rows`, in one call.
  at::Tensor answer(const Rows& rows, const std::vector<std::int64_t>& picked) const {
    const at::Tensor index = at::tensor(picked, at::kLong);
    Rows some{rows.x.index_select(0, index), rows.t.index_select(0, index), {}};
    for (const auto& [name, value] : rows.conditions) some.conditions[name] = value.index_select(0, index);
    return answer(some);
  }

 private:
  ModelPtr model_;
  const ModelSettings& settings_;
  mutable at::Tensor data_;
};

double relative(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor wide = b.to(at::kDouble);
  const double difference = (a.to(at::kDouble) - wide).norm().item<double>(),
               size = wide.norm().item<double>();
  return difference == 0 ? 0 : difference / size;
}

/// Median and largest; NaN where a value is NaN.
std::vector<double> median_and_worst(std::vector<double> values) {
  for (const double v : values)
    if (std::isnan(v)) return {v, v};
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.back()};
}
double worst(const at::Tensor& a, const at::Tensor& b) {
  std::vector<double> all;
  for (std::int64_t r = 0; r < a.size(0); ++r) all.push_back(relative(a[r], b[r]));
  return median_and_worst(all)[1];
}

double not_finite(const at::Tensor& t) {
  return static_cast<double>(t.numel() - at::isfinite(t).sum().item<std::int64_t>());
}

/// Times from the noise end down, evenly in log(s/a), without an end where s = 0, at which no solver asks.
std::vector<double> noise_levels(const Path& path, int count) {
  std::vector<double> times = make_grid("logsnr", path, count - 1);
  if (path.at(times.back()).s == 0) times.pop_back();
  return times;
}

double finite_errors(const Prober& prober) {
  const std::vector<double> times = noise_levels(prober.info().path, 24);
  const Rows rows = prober.noisy(static_cast<std::int64_t>(times.size()), times);
  const at::Tensor p = prober.answer(rows);
  if (p.sizes() != rows.x.sizes() || p.scalar_type() != rows.x.scalar_type())
    return static_cast<double>(rows.x.size(0));
  return not_finite(p);
}

double clean_ratio(const Path& path) { return std::max(path.rho(path.t_data()), least_ratio); }

double clean_error(const Prober& prober) {
  const ModelInfo& info = prober.info();
  const double t = info.path.time_of_rho(clean_ratio(info.path));
  const Rows rows = prober.noisy(probes, {t});
  const Marginal m = info.path.at(t);
  const Affine d = to_data(info.head, m);
  const at::Tensor x = rows.x.to(at::kDouble);
  const at::Tensor clean = x / m.a;
  const at::Tensor gap = x * d.of_x + prober.answer(rows).to(at::kDouble) * d.of_p - clean;
  const auto rms = [](const at::Tensor& values) { return std::sqrt(values.square().mean().item<double>()); };
  const double beyond = rms(gap) - 3 * m.s / m.a;
  return beyond <= 0 ? 0 : beyond / rms(clean);  // keeps NaN
}

/// Probe k stands at place k * batch / probes of a batch of at least as many rows, others fill the gaps;
/// smaller batches take the probes in turn.
std::vector<double> batch_differences(const Prober& prober, const Rows& rows, std::int64_t batch) {
  std::vector<at::Tensor> alone, together;
  for (std::int64_t k = 0; k < probes; ++k) alone.push_back(prober.answer(rows, {k})[0]);
  if (batch < probes) {
    for (std::int64_t k = 0; k < probes; k += batch) {
      std::vector<std::int64_t> picked;
      for (std::int64_t i = k; i < k + batch; ++i) picked.push_back(i);
      const at::Tensor answers = prober.answer(rows, picked);
      for (std::int64_t i = 0; i < batch; ++i) together.push_back(answers[i]);
    }
  } else {
    const std::int64_t gap = batch / probes;
    std::vector<std::int64_t> picked;
    for (std::int64_t i = 0, filler = probes; i < batch; ++i)
      picked.push_back(i % gap == 0 ? i / gap : filler++);
    const at::Tensor answers = prober.answer(rows, picked);
    for (std::int64_t k = 0; k < probes; ++k) together.push_back(answers[k * gap]);
  }
  std::vector<double> differences;
  for (std::size_t k = 0; k < alone.size(); ++k) differences.push_back(relative(together[k], alone[k]));
  return median_and_worst(differences);
}

double draw_difference(const Prober& prober) {
  std::vector<std::uint64_t> ids;
  for (std::uint64_t id = 0; id < 16; ++id) ids.push_back(id);
  const at::Tensor together = prober.drawn(ids);
  std::vector<at::Tensor> alone, picked;
  for (const std::uint64_t id : {1, 6, 15}) {
    alone.push_back(prober.drawn({id}));
    picked.push_back(together.narrow(0, static_cast<std::int64_t>(id), 1));
  }
  return worst(at::cat(picked), at::cat(alone));
}

double thread_difference(const Prober& prober, const Rows& rows, const SetThreads& set_threads) {
  std::vector<std::int64_t> first(16);
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = static_cast<std::int64_t>(i);
  const int former = at::get_num_threads();
  set_threads(1);
  const at::Tensor one = prober.answer(rows, first);
  set_threads(2);
  const at::Tensor two = prober.answer(rows, first);
  set_threads(former);
  return worst(two, one);
}

}  // namespace

void check_model(Checklist& list, const std::string& name, const ModelPtr& model,
                 const ModelSettings& settings) {
  const Prober prober(model, settings);
  const ModelInfo& info = model->info();
  const Bounds bounds = bounds_of(info);
  const auto claim = [&](const std::string& what, const char* shows, const char* unit, double bound) {
    return Claim{name + "/" + what, shows, unit, bound};
  };
  list.add(claim("draw", "a short draw is finite", "values", 0), [&] {
    return not_finite(prober.drawn({0, 1, 2, 3}));
  });
  list.add(claim("finite", "predictions are finite at every noise level", "values", 0),
           [&] { return finite_errors(prober); });
  list.add(claim("clean", "almost clean data are left as they are", "of the data's size", 0.1),
           [&] { return clean_error(prober); });

  std::vector<double> levels = noise_levels(info.path, 6);
  levels.resize(4);
  Rows rows;
  const auto all_rows = [&]() -> const Rows& {
    if (!rows.x.defined()) rows = prober.noisy(most_rows, levels);
    return rows;
  };
  list.add(claim("repeat", "the same call gives the same bits again", "rows", 0), [&] {
    const std::vector<std::int64_t> some{0, 1, 2, 3, 4, 5, 6, 7};
    const at::Tensor once = prober.answer(all_rows(), some), again = prober.answer(all_rows(), some);
    double changed = 0;
    for (std::int64_t r = 0; r < once.size(0); ++r) changed += !at::equal(once[r], again[r]);
    return changed;
  });
  for (const std::int64_t batch : {std::int64_t{2}, std::int64_t{16}, most_rows}) {
    const std::string what = fmt::format("batch-{}", batch);
    list.add({claim(what, "a row alone and in a batch agree: median", "relative", bounds.median),
              claim(what + "/worst", "a row alone and in a batch agree: worst", "relative", bounds.worst)},
             [&] { return batch_differences(prober, all_rows(), batch); });
  }
  list.add(claim("batch-draw", "a sample drawn alone and in a batch agree", "relative", bounds.draw),
           [&] { return draw_difference(prober); });
  if (settings.set_threads)
    list.add(claim("threads", "one and two threads agree", "relative", bounds.worst),
             [&] { return thread_difference(prober, all_rows(), settings.set_threads); });
}

}  // namespace ulam
