#include "bench/report.h"

#include <fstream>
#include <sched.h>

#include <fmt/format.h>
#include <torch/version.h>

#include "ulam/base/version.h"
#include "ulam/kernels/isa.h"

namespace ulam::bench {
namespace {

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(": ") + 2));
  return "unknown";
}

int cores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

}  // namespace

nlohmann::json machine_class() {
  return {{"processor", processor()},  {"instruction_set", std::string(kernels::name(kernels::best_isa()))},
          {"cores", cores()},          {"compiler", fmt::format("{}.{}", __GNUC__, __GNUC_MINOR__)},
          {"libtorch", TORCH_VERSION}, {"ulam", version}};
}

void Report::table(const std::string& name, const std::vector<std::string>& columns) {
  table_ = name;
  columns_ = columns;
  fmt::print("\n{:<44}", name);
  for (const std::string& column : columns) fmt::print(" {:>13}", column);
  fmt::print("\n");
}

void Report::row(const std::string& name, const std::vector<double>& values) {
  fmt::print("  {:<42}", name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    fmt::print(" {:>13}", fmt::format("{:.4g}", values[i]));
    tables_[table_][name][columns_.at(i)] = values[i];
  }
  fmt::print("\n");
  std::fflush(stdout);
}

void Report::headline(const std::string& name, double value, const std::string& unit) {
  headlines_[name] = {{"value", value}, {"unit", unit}};
}

void Report::print_headlines() const {
  fmt::print("\n");
  for (const auto& [name, figure] : headlines_.items())
    fmt::print("{:<44} {:>13} {}\n", name, fmt::format("{:.4g}", figure["value"].get<double>()),
               figure["unit"].get<std::string>());
}

nlohmann::json Report::json() const {
  return {{"machine", machine_class()}, {"headlines", headlines_}, {"tables", tables_}};
}

}  // namespace ulam::bench
