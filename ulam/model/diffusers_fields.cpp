#include "ulam/model/diffusers_fields.h"

#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/base/options.h"
#include "ulam/io/quote.h"

namespace ulam::diffusers {
namespace {

std::string shown(const nlohmann::json& value) {
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 60) + "..." : text;
}

}  // namespace

Fields::Fields(const nlohmann::json& json, std::string place) : json_(json), place_(std::move(place)) {
  if (!json.is_object()) fail(ErrorKind::file, place_, "a JSON object is needed, not {}", json.type_name());
}

const nlohmann::json* Fields::find(const std::string& name) {
  asked_.push_back(name);
  const auto it = json_.find(name);
  return it == json_.end() ? nullptr : &*it;
}

void Fields::refuse(const std::string& name, const std::string& wanted) const {
  const auto it = json_.find(name);
  fail(ErrorKind::file, place_, "field '{}' is {}, {}", name, it == json_.end() ? "missing" : shown(*it),
       wanted);
}

bool Fields::has(const std::string& name) {
  const nlohmann::json* v = find(name);
  return v != nullptr && !v->is_null();
}

std::optional<int> Fields::maybe_integer(const std::string& name, std::optional<int> standard, int least,
                                         int most) {
  const nlohmann::json* v = find(name);
  if (v == nullptr) return standard;
  if (v->is_null()) return std::nullopt;
  // Python writes a whole number that was computed as a float ("224.0").
  const bool whole =
      v->is_number_integer() || (v->is_number_float() && v->get<double>() == std::floor(v->get<double>()));
  if (!whole || !(v->get<double>() >= least && v->get<double>() <= most))
    refuse(name, fmt::format("a whole number from {} to {} is needed", least, most));
  return static_cast<int>(v->get<double>());
}

int Fields::integer(const std::string& name, int standard, int least, int most) {
  const auto value = maybe_integer(name, standard, least, most);
  if (!value) refuse(name, fmt::format("a whole number from {} to {} is needed", least, most));
  return *value;
}

std::optional<double> Fields::maybe_real(const std::string& name, std::optional<double> standard,
                                         double least, double most) {
  const nlohmann::json* v = find(name);
  if (v == nullptr) return standard;
  if (v->is_null()) return std::nullopt;
  if (!v->is_number() || !(v->get<double>() >= least && v->get<double>() <= most))
    refuse(name, fmt::format("a number from {} to {} is needed", least, most));
  return v->get<double>();
}

double Fields::real(const std::string& name, double standard, double least, double most) {
  const auto value = maybe_real(name, standard, least, most);
  if (!value) refuse(name, fmt::format("a number from {} to {} is needed", least, most));
  return *value;
}

bool Fields::flag(const std::string& name, bool standard) {
  const nlohmann::json* v = find(name);
  if (v == nullptr) return standard;
  if (v->is_null()) return false;  // as Python takes it
  if (!v->is_boolean()) refuse(name, "true or false is needed");
  return v->get<bool>();
}

std::optional<std::string> Fields::maybe_text(const std::string& name, std::optional<std::string> standard) {
  const nlohmann::json* v = find(name);
  if (v == nullptr) return standard;
  if (v->is_null()) return std::nullopt;
  if (!v->is_string()) refuse(name, "a string is needed");
  return v->get<std::string>();
}

std::string Fields::text(const std::string& name, const std::string& standard) {
  const auto value = maybe_text(name, standard);
  if (!value) refuse(name, "a string is needed");
  return *value;
}

std::string Fields::choice(const std::string& name, const std::string& standard,
                           const std::vector<std::string>& choices) {
  std::string value = text(name, standard);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    const std::string near = nearest_name(value, choices);
    refuse(name, fmt::format("valid: {}{}", joined(choices), near.empty() ? "" : "; nearest: " + near));
  }
  return value;
}

std::vector<int> Fields::integers(const std::string& name, const std::vector<int>& standard, int least,
                                  int most, std::size_t longest) {
  std::vector<int> out;
  for (const double v : reals(name, {standard.begin(), standard.end()}, least, most, longest)) {
    if (v != std::floor(v)) refuse(name, "whole numbers are needed");
    out.push_back(static_cast<int>(v));
  }
  return out;
}

std::vector<double> Fields::reals(const std::string& name, const std::vector<double>& standard, double least,
                                  double most, std::size_t longest) {
  const nlohmann::json* v = find(name);
  if (v == nullptr) return standard;
  const auto wanted = fmt::format("a list of 1 to {} numbers from {} to {} is needed", longest, least, most);
  if (!v->is_array() || v->empty() || v->size() > longest) refuse(name, wanted);
  std::vector<double> out;
  for (const nlohmann::json& entry : *v) {
    if (!entry.is_number() || !(entry.get<double>() >= least && entry.get<double>() <= most))
      refuse(name, wanted);
    out.push_back(entry.get<double>());
  }
  return out;
}

std::vector<std::string> Fields::texts(const std::string& name, const std::vector<std::string>& standard,
                                       std::size_t longest) {
  const nlohmann::json* v = find(name);
  if (v == nullptr) return standard;
  const auto wanted = fmt::format("a list of 1 to {} strings is needed", longest);
  if (!v->is_array() || v->empty() || v->size() > longest) refuse(name, wanted);
  std::vector<std::string> out;
  for (const nlohmann::json& entry : *v) {
    if (!entry.is_string()) refuse(name, wanted);
    out.push_back(entry.get<std::string>());
  }
  return out;
}

std::pair<int, int> Fields::size(const std::string& name, std::optional<int> standard, int least, int most) {
  const nlohmann::json* v = find(name);
  if (v != nullptr && v->is_array()) {
    const std::vector<int> both = integers(name, {}, least, most, 2);
    if (both.size() != 2) refuse(name, "a whole number or [height, width] is needed");
    return {both[0], both[1]};
  }
  const auto one = maybe_integer(name, standard, least, most);
  if (!one) refuse(name, "a whole number or [height, width] is needed: it says what is drawn");
  return {*one, *one};
}

void Fields::ignore(const std::vector<std::string>& names) {
  asked_.insert(asked_.end(), names.begin(), names.end());
}

std::vector<std::string> Fields::unknown() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : json_.items())
    if (!name.starts_with("_") && std::find(asked_.begin(), asked_.end(), name) == asked_.end())
      out.push_back(name);
  return out;
}

std::vector<std::string> Fields::warnings() const {
  std::vector<std::string> out;
  for (const std::string& name : unknown()) {
    const std::string near = nearest_name(name, asked_);
    out.push_back(fmt::format("{}: the field {} is unknown and not heeded{}", place_, io::in_quotes(name),
                              near.empty() ? "" : "; nearest: " + near));
  }
  return out;
}

}  // namespace ulam::diffusers
