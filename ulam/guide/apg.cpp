#include "ulam/guide/apg.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/guide/cfg.h"
#include "ulam/guide/rows.h"

namespace ulam {
namespace {

class Apg final : public Term {
 public:
  explicit Apg(const ApgOptions& options) : options_(options), checks_(make_cfg({})) {}
  std::string spec() const override {
    const std::string when = options_.schedule.text();
    return fmt::format("apg:scale={},parallel={},momentum={},norm={}{}{}", real_text(options_.scale),
                       real_text(options_.parallel), real_text(options_.momentum), real_text(options_.norm),
                       when.empty() ? "" : ",", when);
  }
  bool of_time() const override { return options_.momentum == 0 && options_.schedule.of_time(); }
  void check(const ModelInfo& info) const override { checks_->check(info); }
  std::vector<Ask> asks(const Situation& s) const override {
    if (s.conditions != nullptr && any_weight(weights(s)))
      checks_->asks(s);  // refuses a draw without a condition
    return {};
  }
  std::vector<Query> needs(const Situation& s) const override {
    return any_weight(weights(s)) ? std::vector<Query>{Query{}, null_query()} : std::vector<Query>{};
  }
  at::Tensor finish(const at::Tensor& mixed, const Situation& s, Asker& asker) const override {
    std::vector<double> weight = weights(s);
    if (!any_weight(weight)) return mixed;
    const at::Tensor along = asker.data({});
    at::Tensor d = along - asker.data(null_query());
    if (options_.momentum != 0) {
      if (const at::Tensor before = s.recall("difference"); before.defined())
        d = d + before * options_.momentum;
      asker.keep("difference", d);
    }
    if (options_.norm > 0) {
      const at::Tensor size = row_dots(d, d).sqrt();
      d = d * at::where(size > options_.norm, options_.norm / size, at::ones_like(size));
    }
    if (options_.parallel != 1) {
      const at::Tensor square = row_dots(along, along);
      const at::Tensor part = at::where(square > 0, row_dots(d, along) / square, at::zeros_like(square));
      d = d - along * part * (1 - options_.parallel);
    }
    for (std::size_t r = 0; r < weight.size(); ++r)
      if (weight[r] != 0) weight[r] *= from_data(s.info->head, s.info->path.at(s.times[r])).of_p;
    return mixed + d * wide(weight, d);
  }

 private:
  std::vector<double> weights(const Situation& s) const {
    return s.data_weights(options_.schedule, options_.scale - 1);
  }
  ApgOptions options_;
  TermPtr checks_;
};

}  // namespace

TermPtr make_apg(const ApgOptions& options) {
  for (const double v : {options.scale, options.parallel, options.momentum, options.norm})
    if (!std::isfinite(v)) fail(ErrorKind::option, "apg", "{} is not finite", v);
  if (std::abs(options.momentum) >= 1)
    fail(ErrorKind::option, "apg", "momentum = {} is not between -1 and 1", options.momentum);
  if (options.norm < 0) fail(ErrorKind::option, "apg", "norm = {} is negative", options.norm);
  return std::make_shared<Apg>(options);
}

TermEntry apg_entry() {
  const auto real = [](const char* name, const char* standard, const char* purpose, double low, double high) {
    return Parameter{name, OptionType::real, standard, purpose, low, high, {}, ""};
  };
  TermEntry e;
  e.name = "apg";
  e.aliases = {"projected"};
  e.purpose = "Adaptive projected guidance: high scales without saturation";
  e.parameters = {
      real("scale", "3", "1 is the conditional model, as of cfg", -1e3, 1e3),
      real("parallel", "0", "share kept of what points along the estimate; 1: all, as cfg", -1e3, 1e3),
      real("momentum", "-0.5", "of the difference over the steps", -.999, .999),
      real("norm", "0", "most norm of the difference, 0 = any", 0, 1e9)};
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper = "Sadat et al. 2024, arXiv 2410.02416, algorithm 1";
  e.cost = "1 evaluation more where it acts";
  e.composes = "any solver and term; models with a null class";
  e.make = [](const Options& o, const ModelFinder&, const std::string& place) {
    ApgOptions options;
    options.scale = o.real("scale");
    options.parallel = o.real("parallel");
    options.momentum = o.real("momentum");
    options.norm = o.real("norm");
    options.schedule = schedule_of(o, place);
    return make_apg(options);
  };
  return e;
}

}  // namespace ulam
