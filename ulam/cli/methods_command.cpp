#include "ulam/cli/methods_command.h"

#include <fmt/format.h>

#include "ulam/base/text.h"
#include "ulam/cli/command_line.h"
#include "ulam/cli/table.h"

namespace ulam::cli {
namespace {

Rows table_of(const std::vector<Method>& all) {
  Rows rows = {{"kind", "name", "purpose", "cost", "paper"}};
  for (const Method& m : all)
    rows.push_back({m.kind, m.entry.name, m.entry.purpose, m.entry.cost, m.entry.paper});
  return rows;
}

/// The columns that fit a terminal.
Rows short_table_of(const std::vector<Method>& all) {
  Rows rows = {{"kind", "name", "cost", "purpose"}};
  for (const Method& m : all)
    rows.push_back({m.kind, m.entry.name, m.entry.cost.substr(0, m.entry.cost.find(';')), m.entry.purpose});
  return rows;
}

Rows parameters_of(const Entry& entry) {
  Rows rows = {{"parameter", "values", "purpose"}};
  for (const Parameter& p : entry.parameters) rows.push_back({p.name, describe(p), p.purpose});
  return rows;
}

std::string details(const Method& m) {
  const Entry& e = m.entry;
  std::string out = fmt::format("{} ({})\n  {}\n", e.name, m.kind, e.purpose);
  const auto line = [&](const char* what, const std::string& text) {
    if (!text.empty()) out += fmt::format("  {:<10}{}\n", what, text);
  };
  line("aliases", joined(e.aliases));
  line("cost", e.cost);
  line("paper", e.paper);
  line("composes", e.composes);
  if (!e.parameters.empty()) {
    out += '\n';
    out += plain_table(parameters_of(e));
  }
  return out;
}

}  // namespace

nlohmann::json method_json(const Method& m) {
  static const char* const types[] = {"boolean", "integer", "real", "text"};
  nlohmann::json parameters = nlohmann::json::array();
  for (const Parameter& p : m.entry.parameters) {
    nlohmann::json j = {{"name", p.name}, {"type", types[static_cast<int>(p.type)]}, {"purpose", p.purpose}};
    if (!p.standard.empty()) j["default"] = p.standard;
    if (p.least) j["least"] = *p.least;
    if (p.most) j["most"] = *p.most;
    if (!p.choices.empty()) j["choices"] = p.choices;
    if (!p.unit.empty()) j["unit"] = p.unit;
    parameters.push_back(j);
  }
  return {{"kind", m.kind},
          {"name", m.entry.name},
          {"aliases", m.entry.aliases},
          {"purpose", m.entry.purpose},
          {"cost", m.entry.cost},
          {"paper", m.entry.paper},
          {"composes", m.entry.composes},
          {"parameters", parameters}};
}

std::string methods_text(const std::vector<Method>& all, const std::string& name, MethodsForm form) {
  const std::vector<Method> chosen = name.empty() ? all : find_methods(all, name, "methods");
  if (form == MethodsForm::json) {
    nlohmann::json list = nlohmann::json::array();
    for (const Method& m : chosen) list.push_back(method_json(m));
    return list.dump(2) + "\n";
  }
  if (form == MethodsForm::markdown) return markdown_table(table_of(chosen));
  if (name.empty())
    return plain_table(short_table_of(chosen)) + "\nulam methods NAME shows parameters and paper.\n";
  std::string out;
  for (const Method& m : chosen) {
    if (!out.empty()) out += '\n';
    out += details(m);
  }
  return out;
}

}  // namespace ulam::cli
