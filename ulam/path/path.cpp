#include "ulam/path/path.h"

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/path/betas.h"
#include "ulam/path/kinds.h"

namespace ulam {

Path::Path(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {
  if (!impl_) fail(ErrorKind::option, "path", "no implementation given");
}

double Path::Impl::half_log_snr(double t) const {
  const Marginal m = at(t);
  return std::log(m.a) - std::log(m.s);
}

double Path::rho(double t) const {
  const Marginal m = at(t);
  return m.a > 0 ? m.s / m.a : std::numeric_limits<double>::infinity();
}

double Path::time_of_rho(double rho) const { return impl_->time_of_half_log_snr(-std::log(rho)); }

nlohmann::json Path::json() const { return impl_->json(); }

const std::vector<PathKind>& path_kinds() {
  static const std::vector<PathKind> kinds = {vp_kind(),  cosine_kind(), discrete_kind(),      ve_kind(),
                                              edm_kind(), flow_kind(),   mean_reverting_kind()};
  return kinds;
}

void check_time(const char* kind, double t, double least, double most) {
  if (!(t >= least && t <= most))
    fail(ErrorKind::numeric, std::string("path ") + kind, "time {} is outside {} .. {}", t, least, most);
}

void check_range(std::string_view place, const char* name, double value, double least, double most) {
  if (!(value >= least && value <= most && std::isfinite(value)))
    fail(ErrorKind::option, place, "{} = {} is outside {} .. {}", name, value, least, most);
}

namespace {

std::string text_of(const nlohmann::json& value, const std::string& key, const std::string& place) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_integer()) return value.dump();
  if (value.is_number()) return fmt::format("{}", value.get<double>());
  fail(ErrorKind::option, place, "\"{}\" is a JSON {}, but a number, text or true/false is needed", key,
       value.type_name());
}

Path from_betas(const nlohmann::json& j, const std::string& place) {
  bool zero_terminal = false;
  for (const auto& [key, value] : j.items()) {
    if (key == "kind" || key == "betas") continue;
    if (key != "zero_terminal_snr") fail_unknown(place, key, {"kind", "betas", "zero_terminal_snr"});
    if (!value.is_boolean()) fail(ErrorKind::option, place, "\"zero_terminal_snr\" must be true or false");
    zero_terminal = value.get<bool>();
  }
  const nlohmann::json& list = j.at("betas");
  if (!list.is_array()) fail(ErrorKind::option, place, "\"betas\" must be a list of numbers");
  std::vector<double> betas;
  for (const nlohmann::json& beta : list) {
    if (!beta.is_number()) fail(ErrorKind::option, place, "betas[{}] is not a number", betas.size());
    betas.push_back(beta.get<double>());
  }
  check_betas(betas, place);
  return Path::discrete(betas, zero_terminal);
}

Path make(const std::string& name, const std::map<std::string, std::string>& given,
          const std::string& place) {
  const PathKind& kind = find_entry(path_kinds(), name, place);
  return kind.make(Options(place, kind.parameters, given), place);
}

}  // namespace

Path Path::from_json(const nlohmann::json& j, const std::string& place) {
  if (!j.is_object()) fail(ErrorKind::option, place, "a path is a JSON object such as {{\"kind\": \"edm\"}}");
  if (!j.contains("kind") || !j.at("kind").is_string())
    fail(ErrorKind::option, place,
         "a path needs \"kind\": one of vp, cosine, discrete, ve, edm, flow, mean_reverting");
  const std::string name = j.at("kind").get<std::string>();
  if (name == "discrete" && j.contains("betas")) return from_betas(j, place);
  std::map<std::string, std::string> given;
  for (const auto& [key, value] : j.items())
    if (key != "kind") given[key] = text_of(value, key, place);
  return make(name, given, place);
}

Path Path::from_spec(const std::string& spec, const std::string& place) {
  const Spec parsed = parse_spec(spec, place);
  return make(parsed.name, parsed.given, place);
}

}  // namespace ulam
