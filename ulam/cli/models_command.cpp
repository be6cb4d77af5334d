#include "ulam/cli/models_command.h"

#include <fmt/format.h>

#include "ulam/cli/model_source.h"
#include "ulam/cli/table.h"

namespace ulam::cli {
namespace {

std::string size_text(std::uint64_t bytes) {
  return bytes == 0 ? "no weights" : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

std::string models_text(const std::vector<std::string>& folders, bool json) {
  Rows rows = {{"name", "kind", "classes", "size", "purpose"}};
  nlohmann::json list = nlohmann::json::array();
  for (const Shipped& s : shipped_models(folders)) {
    try {
      const FolderCard card = read_folder_card(s.folder);
      rows.push_back({s.name, card.kind, std::to_string(card.classes), size_text(card.bytes), card.purpose});
      list.push_back({{"name", s.name}, {"folder", s.folder}, {"model", card.model}});
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
