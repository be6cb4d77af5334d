// Seconds of one step of a solver with a model that costs nothing, asked for line by line on standard input:
//
//     SOLVER CHANNELS,HEIGHT,WIDTH ROWS STEPS      ->  seconds of processor time a step
//
// bench/peers/timing.py starts it and asks in turn with the other programs, so that all are measured in the
// same minute on the same core.
#include "bench/timing.h"
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "ulam/draw/draw.h"

namespace {

using namespace ulam;

/// Answers every call with the same tensor.
class Free final : public Model {
 public:
  Free(std::vector<std::int64_t> shape, std::int64_t rows) {
    info_.path = Path::edm();
    info_.head.kind = Prediction::data;
    info_.shape = shape;
    shape.insert(shape.begin(), rows);
    answer_ = at::full(shape, 0.1, at::kFloat);
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor&, const at::Tensor&, const Conditions&, Call&) const override {
    return answer_;
  }

 private:
  ModelInfo info_;
  at::Tensor answer_;
};

/// A draw of many steps that is measured from its fifth step on.
double seconds_a_step(const std::string& solver, const std::vector<std::int64_t>& shape, std::int64_t rows,
                      int steps) {
  constexpr int warm = 4;
  const auto model = std::make_shared<Free>(shape, rows);
  const ModelInfo& info = model->info();
  const SolverProcess process(make_plan(solver, "karras", steps + warm, info.path, info.head), Field(model));
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(rows));
  for (std::size_t r = 0; r < ids.size(); ++r) ids[r] = r;
  std::vector<std::int64_t> all = shape;
  all.insert(all.begin(), rows);
  State state = process.start_from(at::ones(all, at::kFloat), ids, {}, 0);
  Ledger ledger;
  const Watch watch;
  for (int i = 0; i < warm; ++i) process.step(state, ledger, watch);
  const double begin = bench::thread_seconds();
  for (int i = 0; i < steps; ++i) process.step(state, ledger, watch);
  return (bench::thread_seconds() - begin) / steps;
}

}  // namespace

int main() {
  at::set_num_threads(1);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string solver, shape_text;
    std::int64_t rows = 0;
    int steps = 0;
    words >> solver >> shape_text >> rows >> steps;
    std::vector<std::int64_t> shape;
    std::istringstream sizes(shape_text);
    for (std::string size; std::getline(sizes, size, ',');) shape.push_back(std::stoll(size));
    try {
      fmt::print("{}\n", seconds_a_step(solver, shape, rows, steps));
    } catch (const std::exception& e) {
      fmt::print("error: {}\n", e.what());
    }
    std::fflush(stdout);
  }
}
