#include "ulam/guide/layout.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/guide/rows.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* layout_place = "layout";
constexpr const char* map_suffix = ".map";

std::vector<std::string> maps(const ModelInfo& info) {
  std::vector<std::string> out;
  for (const std::string& tap : info.taps)
    if (tap.ends_with(map_suffix)) out.push_back(tap);
  return out;
}

/// mean over a row's numbers, in float at least: weights of 1e5 overflow halves.
at::Tensor row_mean(const at::Tensor& x) { return x.flatten(1).mean(1); }
at::Tensor apart(const at::Tensor& a, const at::Tensor& b) {
  const at::ScalarType type = a.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return a.to(type) - b.to(type);
}

class Layout final : public Term {
 public:
  explicit Layout(LayoutOptions options) : options_(std::move(options)) {}
  std::string spec() const override {
    const std::string when = options_.schedule.text();
    return fmt::format(
        "layout:attention={},features={}{}{}{}{}", real_text(options_.attention),
        real_text(options_.features), options_.module.empty() ? "" : ",module=" + options_.module,
        options_.form == LayoutOptions::Form::style ? ",form=style" : "", when.empty() ? "" : ",", when);
  }
  bool of_time() const override { return false; }
  void check(const ModelInfo& info) const override {
    if (options_.attention != 0 && maps(info).empty())
      fail(ErrorKind::unsupported, layout_place,
           "the model '{}' has no attention maps; networks with attention have, or take attention=0",
           info.name);
    if (options_.features != 0 && features_of(info).empty())
      fail(ErrorKind::unsupported, layout_place, "the model '{}' has no activations to compare", info.name);
    if (!options_.module.empty() &&
        std::find(info.taps.begin(), info.taps.end(), options_.module) == info.taps.end())
      fail(ErrorKind::option, layout_place, "the model '{}' has no module '{}'; it has {}", info.name,
           options_.module, joined(info.taps));
  }
  std::vector<Ask> asks(const Situation&) const override { return {}; }
  std::vector<Ask> sources(const Situation& s) const override {
    std::vector<double> weights = weights_of(s);
    if (!any_weight(weights)) return {};
    std::vector<Ask> out;
    if (options_.attention != 0 || !styled()) out.push_back({current(s, *s.info), weights});
    if (styled()) out.push_back({own(*s.info), std::move(weights)});
    return out;
  }
  int follow_evaluations(const Situation& s) const override { return any_weight(weights_of(s)) ? 1 : 0; }
  at::Tensor energy(const Situation& s, Asker& asker) const override {
    const std::vector<double> weights = weights_of(s);
    if (!any_weight(weights)) return {};
    const Query now = current(s, *s.info);
    Query then = now;
    then.input = source_at(s, asker.state());
    asker.answer(then);
    at::Tensor energy;
    const auto add = [&](const at::Tensor& e) { energy = energy.defined() ? energy + e : e; };
    if (options_.attention != 0)
      for (const std::string& map : maps(*s.info))
        add(row_mean(apart(asker.tap(then, map).detach(), asker.tap(now, map)).square()) *
            options_.attention);
    if (options_.features != 0) {
      const std::string module = features_of(*s.info);
      const at::Tensor e =
          apart(asker.tap(then, module).detach(), asker.tap(styled() ? own(*s.info) : now, module));
      add(row_mean(styled() ? e.square() : e.abs()) * options_.features);
    }
    return energy * at::tensor(weights, at::kDouble).to(energy.options());
  }

 private:
  bool styled() const { return options_.form == LayoutOptions::Form::style && options_.features != 0; }
  std::string features_of(const ModelInfo& info) const {
    if (!options_.module.empty()) return options_.module;
    for (auto tap = info.taps.rbegin(); tap != info.taps.rend(); ++tap)
      if (!tap->ends_with(map_suffix)) return *tap;
    return "";
  }
  // The field gives the noise prediction s times the gradient; here it is to be added as it is.
  std::vector<double> weights_of(const Situation& s) const {
    const bool acts = options_.attention != 0 || options_.features != 0;
    std::vector<double> weights = s.data_weights(options_.schedule, acts ? 1 : 0);
    for (std::size_t r = 0; r < weights.size(); ++r) {
      const Marginal m = s.info->path.at(s.times[r]);
      if (!s.open) weights[r] = m.a > 0 && m.s > 0 ? weights[r] / m.s : 0;
    }
    return weights;
  }
  // What the source was asked, at the state.
  Query current(const Situation& s, const ModelInfo& info) const {
    Query q;
    q.condition = Query::Condition::null;
    if (s.conditions != nullptr)
      if (const auto found = s.conditions->find(source_label_condition); found != s.conditions->end()) {
        q.condition = Query::Condition::label;
        q.label = found->second;
      }
    if (options_.attention != 0) q.taps = maps(info);
    if (options_.features != 0) q.taps.push_back(features_of(info));
    return q;
  }
  Query own(const ModelInfo& info) const {
    Query q;
    q.taps = {features_of(info)};
    return q;
  }
  at::Tensor source_at(const Situation& s, const at::Tensor& state) const {
    const auto found = s.conditions->find(source_condition);
    if (found == s.conditions->end())
      fail(ErrorKind::option, layout_place,
           "the draw has no condition '{}': a picture's noisy states; `ulam edit` gives them",
           source_condition);
    const at::Tensor& nodes = found->second;
    std::vector<std::int64_t> wanted = state.sizes().vec();
    wanted.insert(wanted.begin() + 1, s.context.steps + 1);
    if (nodes.sizes() != at::IntArrayRef(wanted))
      fail(ErrorKind::shape, layout_place, "the source is {}, a plan of {} steps needs {}",
           shape_text(nodes.sizes()), s.context.steps, shape_text(wanted));
    if (s.context.stage != 0)
      fail(ErrorKind::unsupported, layout_place,
           "the solver asks between the nodes that the source is known at; valid: those of one evaluation a "
           "step");
    const at::Tensor step =
        s.context.row_steps.empty()
            ? at::full({state.size(0)}, s.context.step, at::kLong)
            : at::tensor(std::vector<std::int64_t>(s.context.row_steps.begin(), s.context.row_steps.end()),
                         at::kLong);
    return nodes.index({at::arange(state.size(0), at::kLong), step}).to(state.options());
  }
  LayoutOptions options_;
};

class Rescale final : public Term {
 public:
  explicit Rescale(const RescaleOptions& options) : options_(options) {}
  std::string spec() const override {
    return fmt::format("rescale:least={},most={}", real_text(options_.least), real_text(options_.most));
  }
  void check(const ModelInfo& info) const override {
    if (std::none_of(info.conditions.begin(), info.conditions.end(),
                     [](const ConditionInfo& c) { return c.null_class; }))
      fail(ErrorKind::unsupported, "rescale", "the model '{}' has no null class to tell what the class adds",
           info.name);
  }
  std::vector<Ask> asks(const Situation&) const override { return {}; }
  std::vector<Query> needs(const Situation&) const override { return {null_query()}; }
  at::Tensor bound(const at::Tensor& shift, const at::Tensor& mixed, const Situation&,
                   Asker& asker) const override {
    const at::Tensor d = mixed - asker.answer(null_query());
    const at::Tensor of_g = row_dots(shift, shift).sqrt(), of_d = row_dots(d, d).sqrt();
    const at::Tensor rho = at::where(of_d > 0, of_g / of_d, at::ones_like(of_d));
    const at::Tensor factor =
        at::where(of_g > 0, rho.clamp(options_.least, options_.most) / rho, at::ones_like(rho));
    return shift * factor;
  }

 private:
  RescaleOptions options_;
};

}  // namespace

TermPtr make_layout(const LayoutOptions& options) {
  for (const double w : {options.attention, options.features})
    if (!std::isfinite(w) || w < 0)
      fail(ErrorKind::option, layout_place, "the weight {} is not 0 or more", w);
  return std::make_shared<Layout>(options);
}

TermEntry layout_entry() {
  TermEntry e;
  e.name = "layout";
  e.aliases = {"guide-and-rescale"};
  e.purpose = "Keeps the layout of a source picture, by the network's attention maps and features";
  e.parameters = {{"attention", OptionType::real, "300000", "weight of the attention maps", 0, 1e12, {}, ""},
                  {"features", OptionType::real, "500", "weight of the features", 0, 1e12, {}, ""},
                  {"module",
                   OptionType::text,
                   "",
                   "whose output the features are; none: the network's last",
                   {},
                   {},
                   {},
                   ""},
                  {"form", OptionType::text, "layout", "what is kept", {}, {}, {"layout", "style"}, ""}};
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper = "Titov et al. 2024, arXiv 2409.01322";
  e.cost = "2 evaluations (style: 3) and a backward pass where it acts";
  e.composes = "solvers of one evaluation a step; draws with a source, as `ulam edit` makes them";
  e.make = [](const Options& o, const ModelFinder&, const std::string& place) {
    LayoutOptions options;
    options.attention = o.real("attention");
    options.features = o.real("features");
    if (o.has("module")) options.module = o.text("module");
    options.form = o.text("form") == "style" ? LayoutOptions::Form::style : LayoutOptions::Form::layout;
    options.schedule = schedule_of(o, place);
    return make_layout(options);
  };
  return e;
}

TermPtr make_rescale(const RescaleOptions& options) {
  if (!(options.least >= 0 && options.most >= options.least && std::isfinite(options.most)))
    fail(ErrorKind::option, "rescale", "least = {} and most = {}, valid: 0 <= least <= most", options.least,
         options.most);
  return std::make_shared<Rescale>(options);
}

TermEntry rescale_entry() {
  TermEntry e;
  e.name = "rescale";
  e.aliases = {"noise-rescaling"};
  e.purpose = "Holds what gradients add between two shares of what the class adds";
  e.parameters = {
      {"least", OptionType::real, "0.33", "smallest share", 0, 1e6, {}, ""},
      {"most", OptionType::real, "3", "largest share; the same as least: always that", 0, 1e6, {}, ""}};
  e.paper = "Titov et al. 2024, arXiv 2409.01322";
  e.cost = "the answer without a class";
  e.composes = "cfg and any term with a gradient (cg, observe, layout)";
  e.make = [](const Options& o, const ModelFinder&, const std::string&) {
    return make_rescale({o.real("least"), o.real("most")});
  };
  return e;
}

}  // namespace ulam
