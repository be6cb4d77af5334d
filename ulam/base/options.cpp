#include "ulam/base/options.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam {
namespace {

std::string range_text(const Parameter& p) {
  const auto number = [&](double v) {
    return p.type == OptionType::integer ? fmt::format("{:.0f}", v) : real_text(v);
  };
  std::string out = p.type == OptionType::integer ? "an integer" : "a number";
  if (p.least && p.most)
    out += fmt::format(" from {} to {}", number(*p.least), number(*p.most));
  else if (p.least)
    out += fmt::format(" of at least {}", number(*p.least));
  else if (p.most)
    out += fmt::format(" of at most {}", number(*p.most));
  if (!p.unit.empty()) out += " " + p.unit;
  return out;
}

[[noreturn]] void fail_value(const std::string& place, const Parameter& p, std::string_view text,
                             std::string_view wanted) {
  fail(ErrorKind::option, place, "option {}={} must be {}", p.name, text, wanted);
}

bool outside(const Parameter& p, double v) { return (p.least && v < *p.least) || (p.most && v > *p.most); }

OptionValue parse_value(const std::string& place, const Parameter& p, const std::string& text) {
  switch (p.type) {
    case OptionType::boolean: {
      const auto value = parse_boolean(text);
      if (!value) fail_value(place, p, text, "true or false");
      return *value;
    }
    case OptionType::integer: {
      const auto value = parse_integer(text);
      if (!value || outside(p, static_cast<double>(*value))) fail_value(place, p, text, range_text(p));
      return *value;
    }
    case OptionType::real: {
      const auto value = parse_real(text);
      if (!value || outside(p, *value)) fail_value(place, p, text, range_text(p));
      return *value;
    }
    case OptionType::text:
      break;
  }
  if (!p.choices.empty() && std::find(p.choices.begin(), p.choices.end(), text) == p.choices.end()) {
    const std::string near = nearest_name(text, p.choices);
    fail_value(place, p, text,
               "one of " + joined(p.choices) + (near.empty() ? "" : " (did you mean " + near + "?)"));
  }
  return text;
}

std::string value_text(const OptionValue& value) {
  if (const bool* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const long* i = std::get_if<long>(&value)) return std::to_string(*i);
  if (const double* r = std::get_if<double>(&value)) return real_text(*r);
  return escaped(std::get<std::string>(value), ',');
}

}  // namespace

Options::Options(std::string place, const std::vector<Parameter>& schema,
                 const std::map<std::string, std::string>& given)
    : place_(std::move(place)) {
  for (const auto& [name, text] : given) {
    const auto known = [&name = name](const Parameter& p) { return p.name == name; };
    if (std::any_of(schema.begin(), schema.end(), known)) continue;
    std::vector<std::string> names;
    for (const Parameter& p : schema) names.push_back(p.name);
    if (names.empty()) fail(ErrorKind::option, place_, "unknown option {}; it takes no options", name);
    const std::string near = nearest_name(name, names);
    fail(ErrorKind::option, place_, "unknown option {}, valid: {}{}", name, joined(names),
         near.empty() ? "" : "; nearest: " + near);
  }
  for (const Parameter& p : schema) {
    const auto found = given.find(p.name);
    if (found != given.end())
      values_.emplace_back(p.name, parse_value(place_, p, found->second));
    else if (!p.standard.empty())
      values_.emplace_back(p.name, parse_value(place_, p, p.standard));
  }
}

bool Options::has(std::string_view name) const {
  return std::any_of(values_.begin(), values_.end(), [&](const auto& v) { return v.first == name; });
}

const OptionValue& Options::at(std::string_view name) const {
  for (const auto& [key, value] : values_)
    if (key == name) return value;
  fail(ErrorKind::option, place_.empty() ? "options" : place_, "option {} is not set and has no default",
       name);
}

bool Options::flag(std::string_view name) const {
  const OptionValue& value = at(name);
  if (const bool* b = std::get_if<bool>(&value)) return *b;
  fail(ErrorKind::option, place_, "option {}={} is not true or false", name, value_text(value));
}

long Options::integer(std::string_view name) const {
  const OptionValue& value = at(name);
  if (const long* i = std::get_if<long>(&value)) return *i;
  fail(ErrorKind::option, place_, "option {}={} is not an integer", name, value_text(value));
}

double Options::real(std::string_view name) const {
  const OptionValue& value = at(name);
  if (const double* r = std::get_if<double>(&value)) return *r;
  if (const long* i = std::get_if<long>(&value)) return static_cast<double>(*i);
  fail(ErrorKind::option, place_, "option {}={} is not a number", name, value_text(value));
}

const std::string& Options::text(std::string_view name) const {
  const OptionValue& value = at(name);
  if (const std::string* s = std::get_if<std::string>(&value)) return *s;
  fail(ErrorKind::option, place_, "option {}={} is not a text", name, value_text(value));
}

std::string Options::canonical() const {
  std::string out;
  for (const auto& [name, value] : values_) {
    if (!out.empty()) out += ',';
    out += name + "=" + value_text(value);
  }
  return out;
}

nlohmann::json Options::json() const {
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [name, value] : values_)
    std::visit([&, &key = name](const auto& v) { out[key] = v; }, value);
  return out;
}

Spec parse_spec(std::string_view text, std::string_view place) {
  Spec spec;
  const std::size_t colon = text.find(':');
  spec.name = std::string(text.substr(0, colon));
  if (spec.name.empty())
    fail(ErrorKind::option, place, "\"{}\" has no name; write name or name:key=value,key=value", text);
  if (colon == std::string_view::npos || colon + 1 == text.size()) return spec;
  for (const std::string& part : split_escaped(text.substr(colon + 1), ',')) {
    const std::size_t equals = part.find('=');
    const std::string key = part.substr(0, equals);
    if (key.empty())
      fail(ErrorKind::option, place, "\"{}\" has an option without a name; write name:key=value,key=value",
           text);
    const std::string value = equals == std::string::npos ? "true" : part.substr(equals + 1);
    if (!spec.given.emplace(key, value).second)
      fail(ErrorKind::option, place, "\"{}\" gives the option {} twice", text, key);
  }
  return spec;
}

std::string nearest_name(std::string_view wrong, const std::vector<std::string>& names) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, wrong.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(wrong, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  if (!best.empty() || wrong.size() < 3) return best;
  for (const std::string& name : names)
    if (name.starts_with(wrong) || wrong.starts_with(name)) return name;
  return "";
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace ulam
