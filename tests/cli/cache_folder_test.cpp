#include "ulam/cli/cache_folder.h"

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace ulam::cli::cache_folder_test {
namespace {

/// Puts the environment back.
class Environment {
 public:
  ~Environment() {
    for (const auto& [name, value] : former_) {
      if (value)
        setenv(name.c_str(), value->c_str(), 1);
      else
        unsetenv(name.c_str());
    }
  }
  void set(const std::string& name, const char* value) {
    const char* now = std::getenv(name.c_str());
    former_.try_emplace(name, now == nullptr ? std::nullopt : std::optional<std::string>(now));
    if (value == nullptr)
      unsetenv(name.c_str());
    else
      setenv(name.c_str(), value, 1);
  }

 private:
  std::map<std::string, std::optional<std::string>> former_;
};

TEST(CacheFolder, TheNearestSettingWins) {
  Environment e;
  e.set("ULAM_CACHE", nullptr);
  e.set("XDG_CACHE_HOME", nullptr);
  e.set("HOME", nullptr);
  EXPECT_EQ(cache_folder(), "");
  e.set("HOME", "/h");
  EXPECT_EQ(cache_folder(), "/h/.cache/ulam");
  e.set("XDG_CACHE_HOME", "/x");
  EXPECT_EQ(cache_folder(), "/x/ulam");
  e.set("ULAM_CACHE", "/u");
  EXPECT_EQ(cache_folder(), "/u");
}

}  // namespace
}  // namespace ulam::cli::cache_folder_test
