// Instructions of the stepping loop and of plan compilation, outside model calls, counted by callgrind.
//
//   valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no --callgrind-out-file=OUT instructions
//   run instructions check BASELINE.json OUT.1 OUT.2 ...    exit code 1 where a section grew by more than 3 %
//   instructions update BASELINE.json OUT.1 OUT.2 ...   writes the baseline
//
// Time on a shared machine says little about a few per cent; a count of instructions repeats to a few in a
// million. Under valgrind no processor has AVX-512, so that the kernels run their AVX2 code wherever there is
// AVX2.
#include "bench/instruction_counts.h"
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <valgrind/callgrind.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include "ulam/base/error.h"
#include "ulam/draw/draw.h"
#include "ulam/io/json.h"
#include "ulam/kernels/isa.h"
#include "ulam/path/grid.h"

namespace {

using namespace ulam;
using namespace ulam::bench;

constexpr double tolerance = 0.03;

/// Answers with a fresh tensor of zeros, as a network would, and is not counted.
class Uncounted final : public Model {
 public:
  explicit Uncounted(std::vector<std::int64_t> shape) {
    info_.path = Path::vp();
    info_.head.kind = Prediction::noise;
    info_.shape = std::move(shape);
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const Conditions&, Call&) const override {
    CALLGRIND_TOGGLE_COLLECT;
    at::Tensor answer = at::zeros(x.sizes(), x.options());
    CALLGRIND_TOGGLE_COLLECT;
    return answer;
  }

 private:
  ModelInfo info_;
};

/// Steps that are not counted come first: what is allocated once is there.
void loop(const char* name, const char* solver, std::int64_t rows, std::vector<std::int64_t> shape,
          int steps) {
  constexpr int warm = 3;
  const auto model = std::make_shared<Uncounted>(std::move(shape));
  const ModelInfo& info = model->info();
  const SolverProcess process(make_plan(solver, "time2", warm + steps, info.path, info.head), Field(model));
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = i;
  State state = process.start(ids);
  Ledger ledger;
  const Watch watch;
  for (int i = 0; i < warm; ++i) process.step(state, ledger, watch);
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  run(process, state, ledger, watch);
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS_AT(name);
}

void compile(const char* name, const char* solver, int steps) {
  const Path path = Path::vp();
  make_plan(solver, "time2", steps, path, Head{});
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  make_plan(solver, "time2", steps, path, Head{});
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS_AT(name);
}

int run_sections() {
  at::set_num_threads(1);
  CALLGRIND_START_INSTRUMENTATION;
  for (const char* solver : {"ddim", "heun", "ddpm"}) {
    loop((std::string("loop/") + solver).c_str(), solver, 64, {4, 64, 64}, 8);
    loop((std::string("small/") + solver).c_str(), solver, 1, {16},
         64);  // what a step costs besides its elements
    compile((std::string("plan/") + solver).c_str(), solver, 64);
  }
  CALLGRIND_STOP_INSTRUMENTATION;
  return 0;
}

Toolchain toolchain() {
  // The set that the counted run had: valgrind offers AVX2 at most.
  const kernels::Isa isa = std::min(kernels::best_isa(), kernels::Isa::avx2);
  return {fmt::format("g++ {}.{}", __GNUC__, __GNUC_MINOR__), TORCH_VERSION, std::string(kernels::name(isa))};
}

Counts read_counts(const std::vector<std::string>& files) {
  Counts counts;
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) fail(ErrorKind::system, file, "cannot be read");
    counts.merge(parse_callgrind({std::istreambuf_iterator<char>(in), {}}, file));
  }
  if (counts.empty())
    fail(ErrorKind::file, files.empty() ? "instructions" : files.front(), "holds no counted section");
  return counts;
}

int update(const std::string& baseline, const Counts& counts) {
  io::write_json(baseline, {{"toolchain", to_json(toolchain())}, {"instructions", counts}});
  fmt::print("wrote {} sections to {}\n", counts.size(), baseline);
  return 0;
}

int check(const std::string& baseline, const Counts& counts) {
  const nlohmann::json json = io::read_json(baseline);
  const Toolchain then = toolchain_from_json(json.at("toolchain")), now = toolchain();
  const Comparison result = compare(counts, json.at("instructions").get<Counts>(), tolerance);
  fmt::print("{}", result.table);
  if (then != now) {
    fmt::print("not judged: the baseline is of {}, this is {}\n", to_json(then).dump(), to_json(now).dump());
    return 0;
  }
  for (const std::string& fault : result.faults) fmt::print("FAILED: {}\n", fault);
  if (!result.faults.empty() || result.outdated)
    fmt::print("{}; `make instructions-update` makes these counts the baseline, {}\n",
               result.faults.empty() ? "some counts fell" : "find out why first",
               "to be committed with the reason in the message");
  return result.faults.empty() ? 0 : 1;
}

int act(int count, char** words) {
  const std::string verb = count > 1 ? words[1] : "";
  if (verb == "run" && count == 2) return run_sections();
  if ((verb == "check" || verb == "update") && count > 3) {
    const Counts counts = read_counts({words + 3, words + count});
    return verb == "check" ? check(words[2], counts) : update(words[2], counts);
  }
  fmt::print(stderr, "usage: instructions run | instructions check|update BASELINE.json CALLGRIND_FILE...\n");
  return 2;
}

}  // namespace

int main(int count, char** words) {
  try {
    return act(count, words);
  } catch (const std::exception& e) {
    fmt::print(stderr, "instructions: {}\n", e.what());
    return 1;
  }
}
