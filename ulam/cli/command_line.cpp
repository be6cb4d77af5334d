#include "ulam/cli/command_line.h"

#include <CLI/CLI.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam::cli {

std::string describe(const Parameter& p) {
  std::string out;
  const auto bound = [](double v) { return real_text(v); };
  switch (p.type) {
    case OptionType::boolean:
      out = "flag";
      break;
    case OptionType::integer:
      out = "integer";
      break;
    case OptionType::real:
      out = "number";
      break;
    case OptionType::text:
      out = p.choices.empty() ? "text" : "one of " + joined(p.choices);
      break;
  }
  if (p.least && p.most && *p.most < 1e15)
    out += " from " + bound(*p.least) + " to " + bound(*p.most);
  else if (p.least)
    out += ", at least " + bound(*p.least);
  else if (p.most)
    out += ", at most " + bound(*p.most);
  if (!p.unit.empty()) out += " " + p.unit;
  if (!p.standard.empty() && p.type != OptionType::boolean) out += ", default " + p.standard;
  return out;
}

void add_parameters(CLI::App& app, const std::vector<Parameter>& schema, Given& given,
                    const std::map<std::string, std::string>& letters) {
  for (const Parameter& p : schema) {
    std::string names = "--" + p.name;
    if (const auto letter = letters.find(p.name); letter != letters.end())
      names = "-" + letter->second + "," + names;
    const auto store = [&given, name = p.name](const std::string& text) { given[name] = text; };
    if (p.type == OptionType::boolean) {
      app.add_flag_callback(
          names, [store] { store("true"); }, p.purpose);
    } else {
      const std::string values = describe(p);
      const std::string help = values == "text" ? p.purpose : p.purpose + " (" + values + ")";
      app.add_option_function<std::string>(names, store, help)->type_name("");
    }
  }
}

void refuse_extras(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return;
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  const std::string& first = extras.front();
  if (!first.starts_with('-')) fail(ErrorKind::option, app.get_name(), "unexpected argument {}", first);
  const std::string near = nearest_name(first.substr(0, first.find('=')), names);
  fail(ErrorKind::option, app.get_name(), "unknown option {}{}; ulam {} --help lists all", first,
       near.empty() ? "" : ", nearest: " + near, app.get_name());
}

}  // namespace ulam::cli
