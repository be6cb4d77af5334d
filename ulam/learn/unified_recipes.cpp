// Published samplers as unified recipes, and recipes as JSON.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "ulam/base/catalogue.h"
#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/learn/unified.h"

namespace ulam {
namespace {

using nlohmann::json;

UnifiedRecipe on(const std::vector<double>& times) {
  if (times.size() < 2) fail(ErrorKind::option, "recipe", "{} times given, at least 2 needed", times.size());
  UnifiedRecipe r;
  r.times = times;
  r.steps.assign(times.size() - 1, UnifiedStep{});
  return r;
}

constexpr const char* relaxations[] = {"none", "midpoint", "b_h", "linear", "exponential"};
constexpr const char* corrections[] = {"none", "pseudo", "implicit"};

template <std::size_t N>
std::size_t index_of(const json& j, const char* const (&names)[N], const std::string& place) {
  const std::string text = j.get<std::string>();
  for (std::size_t i = 0; i < N; ++i)
    if (text == names[i]) return i;
  fail_unknown(place, text, {names, names + N});
}

json step_json(const UnifiedStep& s) {
  json j = {{"order", s.order}, {"form", s.form == Form::data ? "data" : "noise"}};
  if (s.start != 0) j["start"] = s.start;
  if (!s.active.empty()) j["active"] = s.active;
  if (s.relax != Relaxation::none) j["relax"] = relaxations[static_cast<int>(s.relax)];
  if (s.relax_by != 0) j["relax_by"] = s.relax_by;
  if (s.correct != Correction::none) j["correct"] = corrections[static_cast<int>(s.correct)];
  if (s.correct_relax != Relaxation::none)
    j["correct_relax"] = relaxations[static_cast<int>(s.correct_relax)];
  if (s.ratio != 1) j["ratio"] = s.ratio;
  if (s.heavy_ball != 1) j["heavy_ball"] = s.heavy_ball;
  return j;
}

UnifiedStep step_from(const json& j, const std::string& place) {
  if (!j.is_object()) fail(ErrorKind::option, place, "is not an object");
  UnifiedStep s;
  for (const auto& [key, value] : j.items()) {
    if (key == "order")
      s.order = value.get<int>();
    else if (key == "form") {
      constexpr const char* forms[] = {"data", "noise"};
      s.form = index_of(value, forms, place) == 0 ? Form::data : Form::noise;
    } else if (key == "start")
      s.start = value.get<int>();
    else if (key == "active")
      s.active = value.get<std::vector<std::vector<int>>>();
    else if (key == "relax")
      s.relax = static_cast<Relaxation>(index_of(value, relaxations, place));
    else if (key == "relax_by")
      s.relax_by = value.get<double>();
    else if (key == "correct")
      s.correct = static_cast<Correction>(index_of(value, corrections, place));
    else if (key == "correct_relax")
      s.correct_relax = static_cast<Relaxation>(index_of(value, relaxations, place));
    else if (key == "ratio")
      s.ratio = value.get<double>();
    else if (key == "heavy_ball")
      s.heavy_ball = value.get<double>();
    else
      fail_unknown(place, key,
                   {"order", "form", "start", "active", "relax", "relax_by", "correct", "correct_relax",
                    "ratio", "heavy_ball"});
  }
  return s;
}

}  // namespace

UnifiedRecipe unified_ddim(const std::vector<double>& times) { return on(times); }

UnifiedRecipe unified_multistep(const std::vector<double>& times, int order, Form form, bool lower) {
  UnifiedRecipe r = on(times);
  const int n = static_cast<int>(r.steps.size());
  for (int i = 0; i < n; ++i) {
    UnifiedStep& s = r.steps[static_cast<std::size_t>(i)];
    s.form = form;
    s.order = std::clamp(order, 1, std::min(i + 1, 4));
    if (lower) s.order = std::min(s.order, n - i);
    if (s.order == 2) s.relax = Relaxation::midpoint;
  }
  return r;
}

UnifiedRecipe unified_unipc(const std::vector<double>& times, int order, Form form, Relaxation relax,
                            bool lower) {
  UnifiedRecipe r = unified_multistep(times, order, form, lower);
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    UnifiedStep& s = r.steps[i];
    s.relax = s.order == 2 ? relax : Relaxation::none;
    if (i + 1 < r.steps.size()) s.correct = Correction::pseudo;
    if (s.order == 1) s.correct_relax = relax;
  }
  return r;
}

UnifiedRecipe unified_single(const std::vector<double>& times, Form form) {
  UnifiedRecipe r = on(times);
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    UnifiedStep& s = r.steps[i];
    s.form = form;
    if (i % 2 == 0) continue;
    s.order = 2;
    s.start = 1;
    s.active = {{0}};
    s.relax = Relaxation::midpoint;
  }
  return r;
}

json recipe_json(const UnifiedRecipe& recipe) {
  json steps = json::array();
  for (const UnifiedStep& s : recipe.steps) steps.push_back(step_json(s));
  json j = {{"times", recipe.times}, {"steps", std::move(steps)}};
  if (recipe.skip_first) j["skip_first"] = true;
  if (recipe.first_variance != 0) j["first_variance"] = recipe.first_variance;
  if (!recipe.left_out.empty()) j["left_out"] = recipe.left_out;
  return j;
}

UnifiedRecipe recipe_from_json(const json& j, const std::string& place) {
  if (!j.is_object()) fail(ErrorKind::option, place, "is not an object");
  UnifiedRecipe r;
  try {
    for (const auto& [key, value] : j.items()) {
      if (key == "times")
        r.times = value.get<std::vector<double>>();
      else if (key == "skip_first")
        r.skip_first = value.get<bool>();
      else if (key == "first_variance")
        r.first_variance = value.get<double>();
      else if (key == "left_out")
        r.left_out = value.get<std::vector<std::vector<std::string>>>();
      else if (key == "steps")
        for (const json& step : value)
          r.steps.push_back(step_from(step, fmt::format("{}: step {}", place, r.steps.size())));
      else
        fail_unknown(place, key, {"times", "steps", "skip_first", "first_variance", "left_out"});
    }
  } catch (const json::exception& error) {
    fail(ErrorKind::option, place, "a value has the wrong type ({})", error.what());
  }
  return r;
}

std::uint64_t recipe_hash(const UnifiedRecipe& recipe) { return hash_bytes(recipe_json(recipe).dump()); }

}  // namespace ulam
