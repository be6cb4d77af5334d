#include "ulam/model/network_config.h"

#include <algorithm>

#include "ulam/base/error.h"
#include "ulam/base/options.h"

namespace ulam {

NetworkConfig::NetworkConfig(const nlohmann::json& json, std::string place) : json_(json), place_(std::move(place)) {
  if (!json.is_object()) fail(ErrorKind::file, place_, "the network's configuration must be a JSON object");
}

const nlohmann::json* NetworkConfig::find(const std::string& name) {
  asked_.push_back(name);
  const auto it = json_.find(name);
  return it == json_.end() ? nullptr : &*it;
}

namespace {

int whole(const nlohmann::json& value, const std::string& place, const std::string& name, int least, int most) {
  if (!value.is_number_integer()) fail(ErrorKind::option, place, "'{}' must be a whole number, got {}", name, value.dump());
  const auto n = value.get<std::int64_t>();
  if (n < least || n > most) fail(ErrorKind::option, place, "'{}' must be in {}..{}, got {}", name, least, most, n);
  return static_cast<int>(n);
}

}  // namespace

int NetworkConfig::integer(const std::string& name, int standard, int least, int most) {
  const nlohmann::json* value = find(name);
  return value == nullptr ? standard : whole(*value, place_, name, least, most);
}

bool NetworkConfig::flag(const std::string& name, bool standard) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return standard;
  if (!value->is_boolean()) fail(ErrorKind::option, place_, "'{}' must be true or false, got {}", name, value->dump());
  return value->get<bool>();
}

std::string NetworkConfig::choice(const std::string& name, const std::string& standard, const std::vector<std::string>& valid) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return standard;
  for (const std::string& v : valid)
    if (*value == v) return v;
  fail(ErrorKind::option, place_, "'{}' must be one of {}, got {}", name, joined(valid), value->dump());
}

std::vector<int> NetworkConfig::integers(const std::string& name, const std::vector<int>& standard, int least, int most) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return standard;
  if (!value->is_array() || value->size() > 16 || (value->empty() && !standard.empty()))
    fail(ErrorKind::option, place_, "'{}' must be a list of 1 to 16 whole numbers", name);
  std::vector<int> out;
  for (const nlohmann::json& v : *value) out.push_back(whole(v, place_, name, least, most));
  return out;
}

std::vector<double> NetworkConfig::reals(const std::string& name, const std::vector<double>& standard, std::size_t count, double least,
                                         double most) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return standard;
  if (!value->is_array() || value->empty() || (count > 0 && value->size() != count))
    fail(ErrorKind::option, place_, "'{}' must be a list of {} numbers", name, count > 0 ? std::to_string(count) : "1 or more");
  std::vector<double> out;
  for (const nlohmann::json& v : *value) {
    if (!v.is_number() || !(v.get<double>() >= least && v.get<double>() <= most))
      fail(ErrorKind::option, place_, "'{}' must hold numbers in {:g} .. {:g}, got {}", name, least, most, v.dump());
    out.push_back(v.get<double>());
  }
  return out;
}

std::vector<std::string> NetworkConfig::texts(const std::string& name, const std::vector<std::string>& standard) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return standard;
  if (!value->is_array()) fail(ErrorKind::option, place_, "'{}' must be a list of texts", name);
  std::vector<std::string> out;
  for (const nlohmann::json& v : *value) {
    if (!v.is_string() || v.get<std::string>().empty()) fail(ErrorKind::option, place_, "'{}' must be a list of texts, got {}", name, v.dump());
    out.push_back(v.get<std::string>());
    if (std::find(out.begin(), out.end() - 1, out.back()) != out.end() - 1)
      fail(ErrorKind::option, place_, "'{}' holds '{}' twice", name, out.back());
  }
  return out;
}

std::vector<std::int64_t> NetworkConfig::shape(const std::string& name) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) fail(ErrorKind::option, place_, "'{}' (the shape of one row) is missing", name);
  if (!value->is_array() || value->empty() || value->size() > 4) fail(ErrorKind::option, place_, "'{}' must be a list of 1 to 4 sizes", name);
  std::vector<std::int64_t> out;
  std::int64_t numbers = 1;
  for (const nlohmann::json& v : *value) {
    out.push_back(whole(v, place_, name, 1, 1 << 24));
    numbers *= out.back();
    if (numbers > (1 << 24)) fail(ErrorKind::option, place_, "'{}' asks for more than 2^24 numbers a row", name);
  }
  return out;
}

void NetworkConfig::finish() const {
  for (const auto& [name, value] : json_.items())
    if (std::find(asked_.begin(), asked_.end(), name) == asked_.end())
      fail(ErrorKind::option, place_, "unknown field '{}'; valid: {}; nearest: {}", name, joined(asked_), nearest_name(name, asked_));
}

}  // namespace ulam
