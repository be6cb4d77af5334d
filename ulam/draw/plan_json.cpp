#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/draw/plan.h"
#include "ulam/path/grid.h"

namespace ulam {
namespace {

using nlohmann::json;
constexpr const char* format_name = "ulam-plan-1";
constexpr std::size_t most_steps = 100000;
constexpr int most_registers = 64;

std::string target_name(const Row& row) {
  switch (row.to) {
    case Row::To::x:
      return "x";
    case Row::To::history:
      return "history";
    case Row::To::memory:
      return fmt::format("memory.{}", row.index);
  }
  return "";
}

json move_json(const Move& move) {
  json j = json::object();
  if (move.time) j["time"] = *move.time;
  if (!move.left_out.empty()) j["left_out"] = move.left_out;
  j["rows"] = json::array();
  for (const Row& row : move.rows) {
    json r = {{"to", target_name(row)}, {"of", row.of}};
    if (row.noise != 0) r["noise"] = row.noise;
    j["rows"].push_back(std::move(r));
  }
  return j;
}

// Reads with the place in hand; every complaint opens with it.
struct Reader {
  std::string place;

  template <typename... Args>
  [[noreturn]] void bad(const std::string& where, fmt::format_string<Args...> text, Args&&... args) const {
    const std::string at = where.empty() ? place : place + ": " + where;
    fail(ErrorKind::option, at, "{}", fmt::format(text, std::forward<Args>(args)...));
  }
  const json& need(const json& j, const char* key, const std::string& where) const {
    const auto it = j.find(key);
    if (it == j.end()) bad(where, "'{}' is missing", key);
    return *it;
  }
  void keys(const json& j, const std::set<std::string>& valid, const std::string& where) const {
    if (!j.is_object()) bad(where, "an object is needed, not {}", j.type_name());
    for (const auto& [key, value] : j.items())
      if (!valid.count(key)) bad(where, "unknown key '{}', valid: {}", key, fmt::join(valid, ", "));
  }
  double number(const json& j, const std::string& where, const char* what) const {
    if (!j.is_number())
      bad(where, "{} is {}, a finite number is needed", what,
          j.dump(-1, ' ', true, json::error_handler_t::replace));
    const double v = j.get<double>();
    if (!std::isfinite(v)) bad(where, "{} is not finite", what);
    return v;
  }
  std::vector<double> numbers(const json& j, const std::string& where, const char* what) const {
    if (!j.is_array()) bad(where, "{} must be a list of numbers", what);
    std::vector<double> out;
    for (std::size_t i = 0; i < j.size(); ++i)
      out.push_back(number(j[i], where, fmt::format("{} {}", what, i).c_str()));
    return out;
  }
  int integer(const json& j, const char* key, int standard, int most) const {
    const auto it = j.find(key);
    if (it == j.end()) return standard;
    if (!it->is_number_integer() || it->get<double>() < 0 || it->get<double>() > most)
      bad("", "'{}' must be an integer from 0 to {}", key, most);
    return it->get<int>();
  }
  std::string text(const json& j, const char* key) const {
    const auto it = j.find(key);
    if (it == j.end()) return "";
    if (!it->is_string()) bad("", "'{}' must be a text", key);
    return it->get<std::string>();
  }
};

void read_target(const Reader& in, const std::string& name, int registers, const std::string& where,
                 Row& row) {
  if (name == "x") {
    row.to = Row::To::x;
  } else if (name == "history") {
    row.to = Row::To::history;
  } else {
    row.to = Row::To::memory;
    row.index = -1;
    for (int k = 0; k < registers; ++k)
      if (name == fmt::format("memory.{}", k)) row.index = k;
    if (row.index < 0)
      in.bad(where, "unknown target '{}', valid: x, history{}", name,
             registers > 0 ? fmt::format(", memory.0 to memory.{}", registers - 1) : "");
  }
}

std::vector<std::string> read_modules(const Reader& in, const json& j, bool evaluates,
                                      const std::string& where) {
  if (!j.is_array()) in.bad(where, "'left_out' must be a list of modules");
  if (!evaluates && !j.empty()) in.bad(where, "modules are left out of an evaluation, here is none");
  std::vector<std::string> out;
  for (const json& name : j) {
    if (!name.is_string() || name.get<std::string>().empty())
      in.bad(where, "'left_out' must be a list of modules' names");
    out.push_back(name.get<std::string>());
  }
  if (std::set<std::string>(out.begin(), out.end()).size() != out.size())
    in.bad(where, "'left_out' names a module twice");
  return out;
}

Move read_move(const Reader& in, const json& j, const Plan& plan, std::size_t nodes, const std::string& step,
               const std::string& where) {
  in.keys(j, {"time", "rows", "left_out"}, where);
  Move move;
  if (j.contains("time")) {
    move.time = in.number(j["time"], where, "time");
    const bool inside = (*move.time >= plan.times.back() && *move.time <= plan.times.front()) ||
                        (*move.time <= plan.times.back() && *move.time >= plan.times.front());
    if (!inside) in.bad(where, "evaluation time {} lies outside the grid", *move.time);
  }
  if (j.contains("left_out")) move.left_out = read_modules(in, j["left_out"], move.time.has_value(), where);
  const json& rows = in.need(j, "rows", where);
  if (!rows.is_array() || rows.empty()) in.bad(where, "'rows' must be a list of at least one row");
  const std::size_t columns =
      1 + nodes + static_cast<std::size_t>(plan.memory + plan.scratch) + (move.time ? 1 : 0);
  std::set<std::string> seen;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::string at_row = fmt::format("{}, row {}", step, r);
    in.keys(rows[r], {"to", "of", "noise"}, at_row);
    Row row;
    const json& to = in.need(rows[r], "to", at_row);
    if (!to.is_string()) in.bad(at_row, "'to' must be a text");
    read_target(in, to.get<std::string>(), plan.memory + plan.scratch, at_row, row);
    if (row.to == Row::To::history && plan.history == 0)
      in.bad(at_row, "writes to history, the plan keeps none");
    if (!seen.insert(to.get<std::string>()).second)
      in.bad(at_row, "a second row to {}", to.get<std::string>());
    row.of = in.numbers(in.need(rows[r], "of", at_row), at_row, "coefficient");
    if (row.of.size() != columns) in.bad(at_row, "{} coefficients given, {} needed", row.of.size(), columns);
    if (rows[r].contains("noise")) row.noise = in.number(rows[r]["noise"], at_row, "noise");
    if (row.noise < 0) in.bad(at_row, "noise {} is negative", row.noise);
    move.rows.push_back(std::move(row));
  }
  return move;
}

void read_variant(const Reader& in, const json& j, Plan& plan, int step, std::size_t count,
                  Variant& variant) {
  const std::string name = fmt::format("step {}", step);
  in.keys(j, {"nodes", "moves"}, name);
  const std::size_t back = static_cast<std::size_t>(step);
  if (j.contains("nodes")) {
    variant.nodes = in.numbers(j["nodes"], name, "node");
    if (variant.nodes.size() != count)
      in.bad(name, "{} nodes given for {} history entries", variant.nodes.size(), count);
  } else {
    for (std::size_t i = 1; i <= count && i <= back; ++i) variant.nodes.push_back(plan.times[back - i]);
  }
  const json& moves = in.need(j, "moves", name);
  if (!moves.is_array()) in.bad(name, "'moves' must be a list");
  bool pushed = false;
  for (std::size_t m = 0; m < moves.size(); ++m) {
    const std::string step_name = moves.size() > 1 ? fmt::format("{}, move {}", name, m) : name;
    variant.moves.push_back(read_move(in, moves[m], plan, count, step_name, step_name));
    for (const Row& row : variant.moves.back().rows)
      if (row.to == Row::To::history) {
        if (pushed) in.bad(step_name, "a step may write to history once");
        pushed = true;
      }
  }
  if (!variant.moves.empty() && variant.nodes.size() != count)
    in.bad(name, "{} history entries are not there yet, at most {}", count, step);
}

void read_step(const Reader& in, const json& j, Plan& plan, int step) {
  const std::string name = fmt::format("step {}", step);
  const std::size_t natural = static_cast<std::size_t>(std::min(step, plan.history));
  PlanStep out;
  out.variants.resize(static_cast<std::size_t>(plan.history) + 1);
  if (j.is_object() && j.contains("variants")) {
    in.keys(j, {"variants"}, name);
    const json& variants = j["variants"];
    if (!variants.is_array() || variants.size() > out.variants.size() || variants.size() <= natural)
      in.bad(name, "'variants' must be a list, one for each number of history entries from 0 to {}", natural);
    for (std::size_t c = 0; c < variants.size(); ++c)
      read_variant(in, variants[c], plan, step, c, out.variants[c]);
  } else {
    read_variant(in, j, plan, step, natural, out.variants[natural]);
  }
  if (out.variants[natural].moves.empty()) in.bad(name, "no move for {} history entries", natural);
  bool moves_x = false;
  for (const Move& move : out.variants[natural].moves)
    for (const Row& row : move.rows) moves_x = moves_x || row.to == Row::To::x;
  if (!moves_x) in.bad(name, "no row to x");
  plan.steps.push_back(std::move(out));
}

// Rows that leave the plan's times need its recipe: made again from its solver, and held to the file's
// numbers.
void rebuild(const Reader& in, const json& j, Plan& plan) {
  std::vector<double> times = plan.times;
  if (j.contains("asked_times")) {
    times = in.numbers(j["asked_times"], "", "asked time");
    check_grid(times, plan.path, in.place + ": asked_times");
  }
  if (plan.solver.empty())
    in.bad("", "rows with times of their own need the 'solver' that the plan is made by");
  const Plan made =
      compile_plan(make_recipe(plan.solver, in.place + ": solver"), times, plan.path, plan.head);
  if (!j.contains("own_times") || own_times_json(made.own) != j["own_times"] || made.times != plan.times ||
      made.history != plan.history || made.memory != plan.memory || made.scratch != plan.scratch ||
      made.steps != plan.steps)
    in.bad("",
           "the solver '{}' does not make these numbers, and rows with times of their own need its recipe",
           plan.solver);
  plan.own = made.own;
  plan.asked_times = made.asked_times;
  plan.recipe = made.recipe;
}

}  // namespace

json plan_json(const Plan& plan) {
  json j = {{"format", format_name},
            {"path", plan.path.json()},
            {"head", {{"prediction", name_of(plan.head.kind)}, {"sigma_data", plan.head.sigma_data}}},
            {"times", plan.times},
            {"history", plan.history},
            {"memory", plan.memory},
            {"scratch", plan.scratch}};
  if (!plan.solver.empty()) j["solver"] = plan.solver;
  if (!plan.grid.empty()) j["grid"] = plan.grid;
  if (!plan.provenance.empty()) j["provenance"] = json::parse(plan.provenance);
  if (plan.own.any()) j["own_times"] = own_times_json(plan.own);
  if (!plan.asked_times.empty()) j["asked_times"] = plan.asked_times;
  j["steps"] = json::array();
  for (const PlanStep& step : plan.steps) {
    json variants = json::array();
    for (const Variant& variant : step.variants) {
      json moves = json::array();
      for (const Move& move : variant.moves) moves.push_back(move_json(move));
      variants.push_back({{"nodes", variant.nodes}, {"moves", std::move(moves)}});
    }
    while (variants.size() > 1 && variants.back()["moves"].empty()) variants.erase(variants.size() - 1);
    j["steps"].push_back({{"variants", std::move(variants)}});
  }
  return j;
}

Plan plan_from_json(const json& j, const std::string& place) {
  const Reader in{place};
  in.keys(j,
          {"format", "path", "head", "times", "history", "memory", "scratch", "solver", "grid", "provenance",
           "steps", "own_times", "asked_times"},
          "");
  if (in.text(j, "format") != format_name) in.bad("", "'format' must be \"{}\"", format_name);
  Plan plan;
  plan.solver = in.text(j, "solver");
  plan.grid = in.text(j, "grid");
  if (j.contains("provenance")) {
    if (!j["provenance"].is_object()) in.bad("", "'provenance' must be an object");
    plan.provenance = j["provenance"].dump(-1, ' ', true, json::error_handler_t::replace);
  }
  plan.path = Path::from_json(in.need(j, "path", ""), place + ": path");
  const json& head = in.need(j, "head", "");
  in.keys(head, {"prediction", "sigma_data"}, "head");
  plan.head.kind = parse_prediction(in.text(head, "prediction"), place + ": head");
  if (head.contains("sigma_data")) plan.head.sigma_data = in.number(head["sigma_data"], "head", "sigma_data");
  if (!(plan.head.sigma_data > 0)) in.bad("head", "sigma_data {} must be positive", plan.head.sigma_data);
  plan.times = in.numbers(in.need(j, "times", ""), "", "time");
  check_grid(plan.times, plan.path, place + ": times");
  plan.history = in.integer(j, "history", 0, 7);
  plan.memory = in.integer(j, "memory", 0, most_registers);
  plan.scratch = in.integer(j, "scratch", 0, most_registers);
  const json& steps = in.need(j, "steps", "");
  if (!steps.is_array() || steps.size() > most_steps)
    in.bad("", "'steps' must be a list of at most {} steps", most_steps);
  if (steps.size() + 1 != plan.times.size())
    in.bad("", "{} steps given, {} times need {}", steps.size(), plan.times.size(), plan.times.size() - 1);
  for (std::size_t i = 0; i < steps.size(); ++i) read_step(in, steps[i], plan, static_cast<int>(i));
  if (j.contains("own_times") || j.contains("asked_times")) rebuild(in, j, plan);
  return plan;
}

Plan parse_plan(const std::string& text, const std::string& place) {
  json j;
  try {
    j = json::parse(text);
  } catch (const json::exception& error) {
    fail(ErrorKind::option, place, "not valid JSON: {}", error.what());
  }
  return plan_from_json(j, place);
}

}  // namespace ulam
