#include "ulam/guide/perturbed.h"

#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam {
namespace {

using Kind = Perturbation::Kind;

const char* name_of(Kind kind) {
  return kind == Kind::identity_attention ? "pag" : kind == Kind::blurred_attention ? "seg" : "slg";
}
const char* suffix_of(Kind kind) {
  return kind == Kind::identity_attention  ? ":identity_attention"
         : kind == Kind::blurred_attention ? ":blurred_attention"
                                           : ":skip";
}

/// The modules of a model that can be disturbed so.
std::vector<std::string> able(const ModelInfo& info, Kind kind) {
  std::vector<std::string> out;
  for (const std::string& p : info.perturbations)
    if (p.ends_with(suffix_of(kind)))
      out.push_back(p.substr(0, p.size() - std::string(suffix_of(kind)).size()));
  return out;
}

class Perturbed final : public Term {
 public:
  explicit Perturbed(PerturbedOptions options) : options_(std::move(options)) {}
  std::string spec() const override {
    std::string out = fmt::format("{}:strength={}", name_of(options_.kind), real_text(options_.strength));
    if (!options_.modules.empty()) out += fmt::format(",modules={}", fmt::join(options_.modules, "/"));
    if (options_.kind == Kind::blurred_attention) out += ",blur=" + real_text(options_.blur);
    const std::string when = options_.schedule.text();
    return when.empty() ? out : out + "," + when;
  }
  bool of_time() const override { return options_.schedule.of_time(); }
  void check(const ModelInfo& info) const override {
    const std::vector<std::string> have = able(info, options_.kind);
    if (have.empty())
      fail(ErrorKind::unsupported, name_of(options_.kind),
           "the model '{}' has no module that can be disturbed so ({}); networks with attention have",
           info.name, suffix_of(options_.kind) + 1);
    for (const std::string& m : options_.modules)
      if (std::find(have.begin(), have.end(), m) == have.end())
        fail(ErrorKind::option, name_of(options_.kind),
             "the model '{}' has no module '{}' for this; it has {}", info.name, m, joined(have));
  }
  std::vector<Ask> asks(const Situation& s) const override {
    std::vector<double> more = s.weights(options_.schedule, options_.strength), less = more;
    for (double& w : less) w = -w;
    Query disturbed;
    for (const std::string& module : modules(*s.info)) {
      Perturbation p;
      p.module = module;
      p.kind = options_.kind;
      if (p.kind == Kind::blurred_attention) p.strength = options_.blur;
      disturbed.perturbations.push_back(std::move(p));
    }
    return {{Query{}, std::move(more)}, {std::move(disturbed), std::move(less)}};
  }

 private:
  std::vector<std::string> modules(const ModelInfo& info) const {
    if (!options_.modules.empty()) return options_.modules;
    const std::vector<std::string> have = able(info, options_.kind);
    std::vector<std::string> middle;
    for (const std::string& m : have)
      if (m.starts_with("mid")) middle.push_back(m);
    return middle.empty() ? have : middle;
  }
  PerturbedOptions options_;
};

TermEntry entry(Kind kind, const char* purpose, const char* strength, const char* paper) {
  TermEntry e;
  e.name = name_of(kind);
  e.purpose = purpose;
  e.parameters = {{"strength",
                   OptionType::real,
                   strength,
                   "times the difference to the disturbed answer",
                   -1e3,
                   1e3,
                   {},
                   ""},
                  {"modules",
                   OptionType::text,
                   "",
                   "which, as mid.attention0/up1.attention0; the middle ones without",
                   {},
                   {},
                   {},
                   ""}};
  if (kind == Kind::blurred_attention)
    e.parameters.push_back(
        {"blur", OptionType::real, "1e9", "deviation of the blur in places", 1e-3, 1e12, {}, ""});
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper = paper;
  e.cost = "1 evaluation more where it acts";
  e.composes = "any solver and term; networks whose modules can be disturbed";
  return e;
}

template <Kind kind>
TermPtr from_options(const Options& o, const ModelFinder&, const std::string& place) {
  PerturbedOptions options;
  options.kind = kind;
  options.strength = o.real("strength");
  if (o.has("modules")) options.modules = split_escaped(o.text("modules"), '/');
  if (kind == Kind::blurred_attention) options.blur = o.real("blur");
  options.schedule = schedule_of(o, place);
  return make_perturbed(options);
}

}  // namespace

TermPtr make_perturbed(const PerturbedOptions& options) {
  if (!std::isfinite(options.strength))
    fail(ErrorKind::option, name_of(options.kind), "strength = {} is not finite", options.strength);
  return std::make_shared<Perturbed>(options);
}

TermEntry pag_entry() {
  TermEntry e = entry(Kind::identity_attention,
                      "Perturbed-attention guidance: away from a network whose attention sees only itself",
                      "2", "Ahn et al. 2024, arXiv 2403.17377");
  e.aliases = {"perturbed_attention"};
  e.make = from_options<Kind::identity_attention>;
  return e;
}
TermEntry seg_entry() {
  TermEntry e = entry(Kind::blurred_attention,
                      "Smoothed-energy guidance: away from a network whose attention queries are blurred",
                      "2", "Hong 2024, arXiv 2408.00760");
  e.aliases = {"smoothed_energy"};
  e.make = from_options<Kind::blurred_attention>;
  return e;
}
TermEntry slg_entry() {
  TermEntry e = entry(Kind::skip, "Skip-layer guidance: away from a network that leaves modules out", "1",
                      "Hyung et al. 2024, arXiv 2411.18664");
  e.aliases = {"skip_layers"};
  e.make = from_options<Kind::skip>;
  return e;
}

}  // namespace ulam
