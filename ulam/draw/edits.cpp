#include "ulam/draw/edits.h"

#include <cctype>
#include <charconv>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/draw/parameters.h"

namespace ulam {
namespace {

void each(Recipe& recipe, const auto& change) {
  for (StepRecipe& s : recipe.steps) change(s);
  for (StepRecipe& s : recipe.first) change(s);
}

void apply_dc(const Options& options, Recipe& recipe) {
  if (options.has("ratios"))
    recipe.ratios = number_list(options.text("ratios"), "dc ratios");
  else
    recipe.ratios = {options.real("ratio")};
}

void apply_dualfast(const Options& options, Recipe& recipe) {
  const double c = options.real("c");
  if (options.text("schedule") == "ramp")
    recipe.dual_ramp = c;
  else
    each(recipe, [&](StepRecipe& s) { s.edits.dual = c; });
  each(recipe, [&](StepRecipe& s) { s.edits.dual_first = options.text("tau") == "first"; });
}

void apply_heavy_ball(const Options& options, Recipe& recipe) {
  each(recipe, [&](StepRecipe& s) { s.edits.heavy_ball = options.real("beta"); });
}

void apply_nesterov(const Options& options, Recipe& recipe) {
  apply_heavy_ball(options, recipe);
  each(recipe, [](StepRecipe& s) { s.edits.nesterov = true; });
}

void apply_time_shift(const Options& options, Recipe& recipe) {
  TimeShift shift;
  shift.window = options.real("window");
  shift.cutoff = options.real("cutoff");
  shift.mode = parse_shift_mode(options.text("mode"), "timeshift mode");
  shift.data_variance = options.real("data_variance");
  if (shift.window > 0 && shift.cutoff < 1) recipe.own.shift = shift;
}

EditEntry row(const char* name, std::vector<std::string> aliases, const char* purpose,
              std::vector<Parameter> parameters, const char* paper, const char* composes,
              void (*apply)(const Options&, Recipe&)) {
  EditEntry entry;
  entry.name = name;
  entry.aliases = std::move(aliases);
  entry.purpose = purpose;
  entry.parameters = std::move(parameters);
  entry.paper = paper;
  entry.cost = "0 evaluations";
  entry.composes = composes;
  entry.apply = apply;
  return entry;
}

std::vector<EditEntry> rows() {
  const char* momentum = "any solver without eta; the order falls to 1 where beta < 1";
  return {
      row("dc", {"dc-solver"},
          "Dynamic compensation: each prediction is moved along the parabola through the last three, for "
          "good",
          {real_parameter("ratio", "1.1", "one ratio for all steps; 1 changes nothing", -5, 5),
           text_parameter("ratios", "", "a ratio a step, as 1/1/0.98/1.17; the first two have no effect")},
          "Zhao et al. 2024, arXiv 2409.03755, eq. 8",
          "multistep solvers and predictor-correctors; any fixed ratio but 1 leaves order 1", apply_dc),
      row("dualfast", {}, "Extrapolates eps away from an earlier, noisier prediction in the first-order term",
          {real_parameter("c", "0.3", "strength; 0 changes nothing", 0, 2),
           text_parameter("tau", "previous", "the earlier prediction: the one before, or the first",
                          {"previous", "first"}),
           text_parameter("schedule", "ramp", "c from 0 at the first step to its full value, or constant",
                          {"ramp", "constant"})},
          "arXiv 2506.13058, eq. 8", "any solver; leaves order 1", apply_dualfast),
      row("hb", {"heavy-ball"},
          "Heavy-ball momentum on the direction of each step, against divergence at large guidance",
          {real_parameter("beta", "0.8", "1 changes nothing, less damps more", 0.01, 1)},
          "Wizadwongsa et al. 2024, arXiv 2307.11118, eq. 8", momentum, apply_heavy_ball),
      row("nesterov", {}, "Nesterov's momentum on the direction of each step",
          {real_parameter("beta", "0.8", "1 changes nothing, less damps more", 0.01, 1)},
          "Wizadwongsa et al. 2024, arXiv 2307.11118, appendix", momentum, apply_nesterov),
      row("afs", {}, "The first step asks no model: D = 0 stands for its answer (saves one evaluation)", {},
          "Dockhorn et al. 2022, arXiv 2210.05475; Liu et al. 2023, arXiv 2312.07243",
          "any solver; the first time should be nearly pure noise",
          [](const Options&, Recipe& recipe) { recipe.skip_first = true; }),
      row("timeshift", {"time-shift", "ts"},
          "Each row's time is the one near the plan's whose noise explains the row's own variance",
          {real_parameter("window", "20", "width, in entries of a table of 1000 times; 0 changes nothing", 0,
                          100000),
           real_parameter("cutoff", "0.2", "no shift below this share of the table; 1 changes nothing", 0, 1),
           text_parameter("mode", "paper",
                          "what is shifted: the whole step, its target, or what the model is told",
                          {"paper", "target", "evaluate"}),
           real_parameter("data_variance", "0",
                          "variance of the numbers of one sample, added to the noise's; 0: the paper's rule",
                          0, 1e6)},
          "Li et al. 2024, arXiv 2305.15583, algorithm 3",
          "any solver on samples of many numbers; not adaptive", apply_time_shift),
  };
}

}  // namespace

const std::vector<EditEntry>& edits() {
  static const std::vector<EditEntry> entries = rows();
  return entries;
}

std::vector<std::string> split_edits(const std::string& spec) {
  std::vector<std::string> parts{""};
  for (std::size_t i = 0; i < spec.size(); ++i) {
    const bool begins = spec[i] == '+' && i > 0 && i + 1 < spec.size() &&
                        std::isalpha(static_cast<unsigned char>(spec[i + 1])) != 0;
    if (begins)
      parts.emplace_back();
    else
      parts.back() += spec[i];
  }
  return parts;
}

void apply_edit(const std::string& spec, Recipe& recipe, const std::string& place) {
  const Spec parsed = parse_spec(spec, place);
  const EditEntry& entry = find_entry(edits(), parsed.name, place);
  const auto momentum = [](const std::string& name) { return name == "hb" || name == "nesterov"; };
  for (const std::string& part : split_edits(recipe.solver)) {
    const std::string name = part.substr(0, part.find(':'));
    if (name == entry.name) fail(ErrorKind::option, place, "the edit '{}' is given twice", entry.name);
    if (momentum(name) && momentum(entry.name))
      fail(ErrorKind::option, place, "hb and nesterov are momenta of one direction; give one of them");
  }
  const Options options(place + " " + entry.name, entry.parameters, parsed.given);
  entry.apply(options, recipe);
  const std::string values = options.canonical();
  recipe.solver += "+" + (values.empty() ? entry.name : entry.name + ":" + values);
}

std::vector<double> number_list(const std::string& text, const std::string& place) {
  std::vector<double> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    double value = 0;
    const char* first = text.data() + begin;
    const auto [rest, error] = std::from_chars(first, text.data() + end, value);
    if (error != std::errc() || rest != text.data() + end || !std::isfinite(value))
      fail(ErrorKind::option, place, "'{}' is no number; write numbers parted by /, as 1/1/0.98",
           text.substr(begin, end - begin));
    out.push_back(value);
    begin = end + 1;
  }
  return out;
}

}  // namespace ulam
