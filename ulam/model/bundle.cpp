#include "ulam/model/bundle.h"

#include <cmath>
#include <filesystem>

#include "ulam/base/error.h"
#include "ulam/io/bytes.h"
#include "ulam/io/json.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/foreign_config.h"

namespace ulam {
namespace fs = std::filesystem;

nlohmann::json BundleConfig::json() const {
  nlohmann::json j = {{"format", 1},
                      {"name", name},
                      {"network", network},
                      {"path", path},
                      {"prediction", name_of(head.kind)},
                      {"sigma_data", head.sigma_data},
                      {"range", {data_low, data_high}}};
  if (!classes.empty()) j["classes"] = classes;
  if (row_limit > 0) j["row_limit"] = row_limit;
  if (!draw.empty()) j["draw"] = draw;
  if (!card.empty()) j["card"] = card;
  return j;
}

BundleConfig parse_bundle_config(const nlohmann::json& j, const std::string& place) {
  io::only_keys(j, {"format", "name", "network", "path", "prediction", "sigma_data", "range", "classes", "row_limit", "draw", "card"}, place);
  if (const auto format = io::get_integer(j, "format", place); format != 1)
    fail(ErrorKind::file, place, "'format' is {}, this version reads 1", format);
  BundleConfig c;
  c.name = io::get_text(j, "name", place);
  if (!j.contains("network")) fail(ErrorKind::file, place, "'network' is missing");
  c.network = j["network"];
  if (!j.contains("path")) fail(ErrorKind::file, place, "'path' is missing");
  c.path = j["path"];
  Path::from_json(c.path, place + ": path");
  c.head.kind = parse_prediction(io::get_text(j, "prediction", place), place + ": prediction");
  if (j.contains("sigma_data")) c.head.sigma_data = io::get_real(j, "sigma_data", place);
  if (!(c.head.sigma_data > 0) || !std::isfinite(c.head.sigma_data))
    fail(ErrorKind::file, place, "'sigma_data' must be a positive number, got {}", c.head.sigma_data);
  if (j.contains("range")) {
    const std::vector<double> range = io::get_reals(j, "range", place);
    if (range.size() != 2 || !(range[0] < range[1])) fail(ErrorKind::file, place, "'range' must be [low, high] with low < high");
    c.data_low = range[0];
    c.data_high = range[1];
  }
  if (j.contains("classes")) {
    if (!j["classes"].is_array()) fail(ErrorKind::file, place, "'classes' must be a list of names");
    for (const auto& name : j["classes"]) {
      if (!name.is_string()) fail(ErrorKind::file, place, "'classes' must be a list of names, got {}", name.dump());
      c.classes.push_back(name.get<std::string>());
    }
  }
  if (j.contains("row_limit")) {
    const auto rows = io::get_integer(j, "row_limit", place);
    if (rows < 0 || rows > 1 << 20) fail(ErrorKind::file, place, "'row_limit' must be in 0..{}, got {}", 1 << 20, rows);
    c.row_limit = static_cast<int>(rows);
  }
  for (const char* name : {"draw", "card"})
    if (j.contains(name) && !j[name].is_object()) fail(ErrorKind::file, place, "'{}' must be an object", name);
  if (j.contains("draw")) c.draw = j["draw"];
  if (j.contains("card")) c.card = j["card"];
  return c;
}

bool is_bundle(const std::string& folder) {
  std::error_code ignored;
  return fs::is_regular_file(fs::path(folder) / "model.json", ignored);
}

BundleConfig read_bundle_config(const std::string& folder) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) fail(ErrorKind::system, folder, "no such folder");
  if (!fs::is_directory(folder, ignored)) fail(ErrorKind::system, folder, "is not a folder; a bundle is a folder with model.json and weights.safetensors");
  const std::string file = (fs::path(folder) / "model.json").string();
  return parse_bundle_config(io::read_json(file), file);
}

ModelInfo info_of(const BundleConfig& config) {
  ModelInfo info;
  info.name = config.name;
  info.path = Path::from_json(config.path, "model '" + config.name + "': path");
  info.head = config.head;
  info.data_low = config.data_low;
  info.data_high = config.data_high;
  info.row_limit = config.row_limit;
  if (!config.classes.empty()) info.conditions.push_back({"label", static_cast<int>(config.classes.size()), true, config.classes});
  return info;
}

std::unique_ptr<Network> load_network(const std::string& folder, const BundleConfig& config) {
  if (is_foreign(config))
    fail(ErrorKind::unsupported, folder, "holds a network as {}, which can be drawn from and nothing else; networks of our own kinds are trained and tapped",
         config.network["kind"].get<std::string>());
  const std::string file = (fs::path(folder) / "weights.safetensors").string();
  std::unique_ptr<Network> network = make_network(config.network, (fs::path(folder) / "model.json").string() + ": network");
  network->parameters().load(io::SafetensorsFile(file));
  return network;
}

std::shared_ptr<const NetworkModel> load_bundle(const std::string& folder) {
  const BundleConfig config = read_bundle_config(folder);
  return std::make_shared<const NetworkModel>(load_network(folder, config), info_of(config));
}

void save_bundle(const std::string& folder, const BundleConfig& config, const Network& network, bool half) {
  io::ensure_folder(folder);
  io::ArrayFile weights;
  network.parameters().store(weights, "", half);
  weights.metadata = {{"format", "ulam"}, {"model", config.name}};
  io::write_safetensors((fs::path(folder) / "weights.safetensors").string(), weights);
  io::write_json((fs::path(folder) / "model.json").string(), config.json());
}

}  // namespace ulam
