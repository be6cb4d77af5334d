#pragma once
// The environment of programs that tests start.
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace ulam::cli_test {

/// Variables that hold while the object lives.
class Variables {
 public:
  Variables(std::initializer_list<std::pair<std::string, std::string>> values) : values_(values) {
    for (const auto& [name, value] : values_) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Variables() {
    for (const auto& [name, value] : values_) unsetenv(name.c_str());
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace ulam::cli_test
