#include "ulam/cli/cache_folder.h"

#include <cstdlib>

namespace ulam::cli {

std::string cache_folder() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? std::string(value) : std::string();
  };
  if (const std::string own = set("ULAM_CACHE"); !own.empty()) return own;
  if (const std::string shared = set("XDG_CACHE_HOME"); !shared.empty()) return shared + "/ulam";
  if (const std::string home = set("HOME"); !home.empty()) return home + "/.cache/ulam";
  return "";
}

}  // namespace ulam::cli
