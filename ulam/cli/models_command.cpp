#include "ulam/cli/models_command.h"

#include <filesystem>

#include <fmt/format.h>

#include "ulam/cli/model_source.h"
#include "ulam/cli/table.h"

namespace ulam::cli {
namespace {

std::string card_line(const nlohmann::json& card) {
  const auto purpose = card.find("purpose");
  return purpose != card.end() && purpose->is_string() ? purpose->get<std::string>() : "";
}

std::string size_text(const std::string& folder) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(folder + "/weights.safetensors", error);
  return error ? "no weights" : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

std::string models_text(const std::vector<std::string>& folders, bool json) {
  Rows rows = {{"name", "kind", "classes", "size", "purpose"}};
  nlohmann::json list = nlohmann::json::array();
  for (const Shipped& s : shipped_models(folders)) {
    try {
      const BundleConfig config = read_bundle_config(s.folder);
      rows.push_back({s.name, config.network.value("kind", ""), std::to_string(config.classes.size()),
                      size_text(s.folder), card_line(config.card)});
      list.push_back({{"name", s.name}, {"folder", s.folder}, {"model", config.json()}});
    } catch (const std::exception& e) {
      rows.push_back({s.name, "", "", "", std::string("broken: ") + e.what()});
      list.push_back({{"name", s.name}, {"folder", s.folder}, {"error", e.what()}});
    }
  }
  if (json) return list.dump(2) + "\n";
  if (rows.size() > 1) return plain_table(rows);
  std::string searched;
  for (const std::string& folder : folders) searched += "  " + folder + "\n";
  return "no shipped models found in\n" + searched;
}

}  // namespace ulam::cli
