#include "ulam/measure/measure.h"

#include <atomic>
#include <optional>
#include <utility>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/measure/agreement.h"
#include "ulam/measure/chains.h"
#include "ulam/measure/diversity.h"
#include "ulam/measure/forecast.h"
#include "ulam/measure/frechet.h"
#include "ulam/measure/mmd.h"
#include "ulam/measure/neighbours.h"
#include "ulam/measure/rareness.h"
#include "ulam/measure/trajectory.h"
#include "ulam/measure/wasserstein.h"

namespace ulam {
namespace {

constexpr const char* measure_place = "measure";

/// Looks at the cancel token whenever a block is read, which every measure does all the time.
class Watched final : public SampleSet {
 public:
  Watched(SampleSetPtr set, Watch watch, bool rounded = false)
      : set_(std::move(set)), watch_(std::move(watch)), rounded_(rounded) {}
  std::int64_t size() const override { return set_->size(); }
  const std::vector<std::int64_t>& shape() const override { return set_->shape(); }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    if (watch_.cancelled())
      fail(ErrorKind::cancelled, measure_place, "cancelled before all measures were done");
    return rounded_ ? eight_bit(set_->block(first, count)) : set_->block(first, count);
  }
  at::Tensor labels() const override { return set_->labels(); }
  const std::string& name() const override { return set_->name(); }

 private:
  SampleSetPtr set_;
  Watch watch_;
  bool rounded_;
};

class Runner {
 public:
  Runner(const std::vector<ChosenMeasure>& list, MeasureInput input)
      : list_(list), input_(std::move(input)) {}

  std::vector<Figure> all() {
    for (std::size_t i = 0; i < list_.size(); ++i) {
      if (input_.watch.cancelled())
        fail(ErrorKind::cancelled, measure_place, "cancelled before all measures were done");
      prepare(list_[i]);
      input_.watch.report({"measuring " + list_[i].name, static_cast<std::int64_t>(i), 0,
                           fmt::format("of {} done", list_.size()), ""});
      try {
        one(list_[i]);
      } catch (const c10::Error& e) {
        refuse(list_[i].name, e);
      }
    }
    return std::move(out_);
  }

 private:
  /// What linear algebra says of numbers whose squares overflow; lack of memory is the caller's to tell.
  [[noreturn]] static void refuse(const std::string& name, const c10::Error& e) {
    const std::string text = e.what_without_backtrace();
    if (text.find("alloc") != std::string::npos) throw e;
    fail(ErrorKind::numeric, name, "cannot be computed, perhaps because numbers are too large: {}",
         text.substr(0, text.find('\n')));
  }

  const SampleSet& samples() const { return *input_.samples_features; }
  const SampleSet& reference() const { return *input_.reference_features; }

  /// What must be there, and the features, so that their own progress comes before the measure's.
  void prepare(const ChosenMeasure& m) {
    const bool two =
        m.kind == MeasureKind::sets || m.kind == MeasureKind::pairs || m.kind == MeasureKind::forecast;
    if (!input_.samples) fail(ErrorKind::option, measure_place, "{} needs samples", m.name);
    if (two && !input_.reference)
      fail(ErrorKind::option, measure_place, "{} compares two files and only {} is named", m.name,
           input_.samples->name());
    if (m.kind == MeasureKind::classes && !input_.classifier)
      fail(ErrorKind::option, measure_place, "{} needs a classifier; name one as the features", m.name);
    if (m.kind == MeasureKind::sets) check_comparable(*input_.samples, *input_.reference, 1, m.name);
    if (m.name == "rarest") return work_out_scores(m, input_);
    const bool space = m.kind == MeasureKind::sets || m.kind == MeasureKind::one_set;
    if (space && !input_.samples_features) work_out_features(input_);
  }

  /// The whole of a small set, [n, shape...] double.
  static at::Tensor whole(const SampleSet& set) { return set.block(0, set.size()).to(at::kDouble); }

  void one(const ChosenMeasure& m) {
    const Options& o = m.options;
    if (m.name == "frechet") {
      FrechetOptions f;
      f.groups = o.integer("groups");
      f.replicates = static_cast<int>(o.integer("replicates"));
      f.seed = input_.seed;
      out_.push_back(frechet_distance(samples(), reference(), f));
    } else if (m.name == "mmd") {
      kernel(o);
    } else if (m.name == "precision" || m.name == "recall" || m.name == "density" || m.name == "coverage") {
      out_.push_back(neighbour(m.name, o.integer("k")));
    } else if (m.name == "knn") {
      out_.push_back(neighbour_distance(samples(), reference(), o.integer("k")));
    } else if (m.name == "rarest") {
      rarest(m);
    } else if (m.name == "sliced") {
      SlicedOptions s;
      s.directions = static_cast<int>(o.integer("directions"));
      s.replicates = static_cast<int>(o.integer("replicates"));
      s.seed = input_.seed;
      s.watch = input_.watch;
      out_.push_back(sliced_wasserstein(samples(), reference(), s));
    } else if (m.name == "w1" || m.name == "w2") {
      ExactOptions e;
      e.p = m.name == "w1" ? 1 : 2;
      e.subset = o.integer("subset");
      e.seed = input_.seed;
      out_.push_back(exact_wasserstein(samples(), reference(), e));
    } else if (m.name == "vendi") {
      diversity(o);
    } else if (m.name == "trajectory") {
      out_.push_back(trajectory_error(Watched(input_.samples, input_.watch),
                                      Watched(input_.reference, input_.watch), input_.ids,
                                      input_.reference_ids));
    } else if (m.name == "agreement") {
      agreement();
    } else if (m.kind == MeasureKind::forecast) {
      forecast(m);
    } else {
      const at::Tensor draws = whole(*input_.samples);
      out_.push_back(m.name == "ess"    ? chain_ess(draws)
                     : m.name == "rhat" ? chain_rhat(draws, o.flag("ranked"))
                                        : chain_mcse(draws));
    }
  }

  void kernel(const Options& o) {
    MmdOptions options;
    options.kernel = o.text("kernel") == "gaussian" ? MmdKernel::gaussian : MmdKernel::polynomial;
    options.bandwidth = o.real("bandwidth");
    options.permutations = static_cast<int>(o.integer("permutations"));
    options.seed = input_.seed;
    const MmdResult result = kernel_mmd(samples(), reference(), options);
    out_.push_back(result.distance);
    if (options.permutations > 0) out_.push_back(result.p_value);
  }

  Figure neighbour(const std::string& name, long k) {
    const bool balls = name == "precision" || name == "recall";
    for (const auto& [options, figures] : neighbours_)
      if ((balls ? options.k : options.density_k) == k) return pick(figures, name);
    NeighbourOptions options;
    (balls ? options.k : options.density_k) = k;
    options.seed = input_.seed;
    // What the list asks of the other pair comes along.
    for (const ChosenMeasure& m : list_) {
      if (balls && (m.name == "density" || m.name == "coverage")) options.density_k = m.options.integer("k");
      if (!balls && (m.name == "precision" || m.name == "recall")) options.k = m.options.integer("k");
    }
    neighbours_.emplace_back(options, neighbour_figures(samples(), reference(), options));
    return pick(neighbours_.back().second, name);
  }
  static Figure pick(const NeighbourFigures& f, const std::string& name) {
    return name == "precision" ? f.precision
           : name == "recall"  ? f.recall
           : name == "density" ? f.density
                               : f.coverage;
  }

  void diversity(const Options& o) {
    DiversityOptions d;
    d.groups = o.integer("groups");
    d.replicates = static_cast<int>(o.integer("replicates"));
    d.seed = input_.seed;
    Figure f = vendi_score(samples(), d);
    out_.push_back(f);
    if (!input_.reference) return;
    Figure beside = vendi_score(reference(), d);
    beside.name += " of the reference";
    out_.push_back(beside);
  }

  Watched judged(const SampleSetPtr& set) const { return {set, input_.watch, input_.eight_bit}; }

  void agreement() {
    const Agreement drawn = class_agreement(*input_.classifier, judged(input_.samples), input_.watch);
    std::optional<Agreement> real;
    if (input_.reference) real = class_agreement(*input_.classifier, judged(input_.reference), input_.watch);
    for (Figure& f : agreement_figures(drawn, real ? &*real : nullptr)) out_.push_back(std::move(f));
  }

  void rarest(const ChosenMeasure& m) {
    const RareReference& real = input_.rare_reference;
    const at::Tensor scores = input_.rare_scores(judged(input_.samples), real.sigma, real.noises);
    out_.push_back(
        tail_share(scores, input_.samples->labels(), real.scores, input_.reference->labels(),
                   {m.options.real("tail"), static_cast<int>(m.options.integer("replicates")), input_.seed}));
  }

  void forecast(const ChosenMeasure& m) {
    const at::Tensor ensemble = whole(*input_.samples);
    at::Tensor truth = whole(*input_.reference);
    // A file of one number a series reads as rows of one number.
    if (ensemble.dim() == 2 && truth.dim() == 2 && truth.size(1) == 1) truth = truth.select(1, 0);
    out_.push_back(m.name == "crps"         ? crps(ensemble, truth, m.options.flag("fair"))
                   : m.name == "coverage90" ? interval_coverage(ensemble, truth, m.level)
                                            : interval_width(ensemble, truth, m.level));
  }

  const std::vector<ChosenMeasure>& list_;
  MeasureInput input_;
  std::vector<std::pair<NeighbourOptions, NeighbourFigures>> neighbours_;
  std::vector<Figure> out_;
};

}  // namespace

at::Tensor eight_bit(const at::Tensor& rows) {
  return ((rows.clamp(-1, 1) + 1) * 127.5).round_().mul_(2. / 255).sub_(1);
}

void work_out_features(MeasureInput& input) {
  const std::int64_t total = input.samples->size() + (input.reference ? input.reference->size() : 0);
  auto done = std::make_shared<std::atomic<std::int64_t>>(0);
  FeatureMap counted = input.features;
  counted.map = [map = counted.map, watch = input.watch, done, total](const at::Tensor& rows) {
    at::Tensor out = map(rows);
    watch.report({"features", *done += rows.size(0), total, "rows", ""});
    return out;
  };
  const auto featured = [&](const SampleSetPtr& set) -> SampleSetPtr {
    if (!set) return nullptr;
    const auto watched = std::make_shared<Watched>(set, input.watch, input.eight_bit);
    if (!input.features.map) return watched;
    return std::make_shared<Watched>(features_of(*watched, counted), input.watch);
  };
  input.samples_features = featured(input.samples);
  input.reference_features = featured(input.reference);
}

void work_out_scores(const ChosenMeasure& rarest, MeasureInput& input) {
  if (!input.rare_scores)
    fail(ErrorKind::option, measure_place,
         "rarest asks the model that drew the samples, and their record names none that is here; name one: "
         "rarest:model=NAME");
  RareReference asked{{}, rarest.options.real("sigma"), static_cast<int>(rarest.options.integer("noises"))};
  const RareReference& there = input.rare_reference;
  if (there.scores.defined() && there.sigma == asked.sigma && there.noises == asked.noises) return;
  asked.scores =
      input.rare_scores(Watched(input.reference, input.watch, input.eight_bit), asked.sigma, asked.noises);
  input.rare_reference = std::move(asked);
}

std::vector<Figure> run_measures(const std::vector<ChosenMeasure>& list, MeasureInput input) {
  return Runner(list, std::move(input)).all();
}

}  // namespace ulam
