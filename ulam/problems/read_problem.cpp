#include "ulam/problems/read_problem.h"

#include <filesystem>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/io/json.h"

namespace ulam {
namespace {

Path read_path(const io::json& value, const std::string& place) {
  return value.is_string() ? Path::from_spec(value.get<std::string>(), place) : Path::from_json(value, place);
}

at::ScalarType read_dtype(const std::string& name, const std::string& place) {
  if (name == "float64") return at::kDouble;
  if (name == "float32") return at::kFloat;
  fail_unknown(place, name, {"float64", "float32"});
}

/// Errors of the parts name the part; here they get the file in front.
template <typename F>
auto placed(const std::string& place, F f) {
  try {
    return f();
  } catch (const Error& e) {
    if (std::string_view(e.what()).substr(0, place.size()) == place) throw;
    throw Error(e.kind(), place + ": " + e.what());
  }
}

}  // namespace

ProblemPtr problem_from_json(const nlohmann::json& j, const std::string& place, const std::string& folder) {
  if (!j.is_object()) fail(ErrorKind::file, place, "a problem is a JSON object with a member \"problem\"");
  const ProblemEntry& entry = find_entry(problems(), io::get_text(j, "problem", place), place);
  std::vector<std::string> keys = {"problem"};
  for (const Parameter& p : entry.parameters) keys.push_back(p.name);
  for (const char* key : {"name", "path", "dtype", "head", "sigma_data", "shape", "centre_noise"})
    keys.emplace_back(key);
  io::only_keys(j, keys, place);
  return placed(place, [&] {
    ProblemSettings settings;
    settings.name = entry.name;
    settings.hash = hash_bytes(j.dump());
    const DensityPtr density = entry.make(j, place, folder, settings);
    settings.name = io::get_text(j, "name", place, settings.name);
    if (io::has_key(j, "path")) settings.path = read_path(j.at("path"), place + ": path");
    settings.dtype = read_dtype(io::get_text(j, "dtype", place, "float64"), place + ": dtype");
    settings.head.kind = parse_prediction(io::get_text(j, "head", place, "data"), place + ": head");
    settings.head.sigma_data = io::get_real(j, "sigma_data", place, settings.head.sigma_data);
    settings.shape = io::get_integers(j, "shape", place, settings.shape);
    settings.centre_noise = io::get_real(j, "centre_noise", place, settings.centre_noise);
    return Problem::make(density, settings);
  });
}

ProblemPtr read_problem(const std::string& path) {
  return problem_from_json(io::read_json(path), path, std::filesystem::path(path).parent_path().string());
}

ProblemPtr named_problem(const std::string& spec) {
  const std::string place = "problem " + spec;
  const Spec parsed = parse_spec(spec, place);
  io::json j = {{"problem", parsed.name}};
  for (const auto& [key, value] : parsed.given) {
    if (const auto integer = parse_integer(value)) {
      j[key] = *integer;
    } else if (const auto real = parse_real(value)) {
      j[key] = *real;
    } else {
      j[key] = value;
    }
  }
  return problem_from_json(j, place, "");
}

}  // namespace ulam
