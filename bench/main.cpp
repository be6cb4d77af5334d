// The benchmarks in one program: tables on standard output, and with --json FILE the same figures and the
// machine.
#include "bench/benchmarks.h"
#include <functional>
#include <utility>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ulam/io/json.h"

namespace {

using namespace ulam::bench;

int measure(int count, char** words) {
  CLI::App app("Measures Ulam on this machine.", "benchmarks");
  NetworkSettings network;
  std::string json;
  std::vector<std::string> only;
  const std::vector<std::pair<std::string, std::function<void(Report&)>>> all{
      {"normals", bench_normals},
      {"fused", bench_fused},
      {"products", bench_products},
      {"allocations", bench_allocations},
      {"loading", bench_loading},
      {"network", [&](Report& report) { bench_network(report, network); }},
      {"guidance", [&](Report& report) { bench_guidance(report, network); }}};
  std::vector<std::string> names;
  for (const auto& [name, run] : all) names.push_back(name);
  app.add_option("--only", only, "benchmarks to run, all where none is given")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--json", json, "file for the figures");
  app.add_option("--model", network.model, "folder of the bundle that is drawn from")->capture_default_str();
  app.add_option("--solver", network.solver, "solver of the draw")->capture_default_str();
  app.add_option("--rows", network.rows, "rows of the draw")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--steps", network.steps, "steps of the draw")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--pairs", network.pairs, "draws and bare calls in turn")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", network.threads, "threads of the draw, 0 = libtorch's own number")
      ->check(CLI::NonNegativeNumber);
  CLI11_PARSE(app, count, words);

  Report report;
  fmt::print("machine: {}\n", machine_class().dump());
  const int threads = at::get_num_threads();
  for (const auto& [name, run] : all) {
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) continue;
    at::set_num_threads(name == "network" || name == "guidance" || name == "loading" ? threads : 1);
    run(report);
  }
  report.print_headlines();
  if (!json.empty()) ulam::io::write_json(json, report.json());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return measure(count, words);
  } catch (const std::exception& e) {
    fmt::print(stderr, "benchmarks: {}\n", e.what());
    return 1;
  }
}
