#include "bench/benchmarks.h"
#include "bench/timing.h"
#include <filesystem>
#include <memory>
#include <unistd.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "ulam/io/bytes.h"
#include "ulam/model/bundle.h"

namespace ulam::bench {
namespace {

namespace fs = std::filesystem;

/// A bundle of about 500 MB in a folder that goes with it.
class LargeBundle {
 public:
  LargeBundle() : folder_(fs::temp_directory_path() / fmt::format("ulam-loading-{}", ::getpid())) {
    BundleConfig config;
    config.name = "large";
    config.network = {
        {"kind", "unet"},      {"shape", {3, 32, 32}}, {"channels", 272}, {"multipliers", {1, 2, 4}},
        {"blocks", {1, 1, 1}}, {"attention", {2}},     {"heads", 4},      {"groups", 8},
        {"embedding", 512},    {"classes", 10}};
    const auto network = make_network(config.network, "loading");
    network->parameters().initialise(1);
    for (int c = 0; c < 10; ++c) config.classes.push_back(std::to_string(c));
    save_bundle(folder_, config, *network);
  }
  ~LargeBundle() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::string folder() const { return folder_; }
  std::string weights() const { return folder_ / "weights.safetensors"; }

 private:
  fs::path folder_;
};

void evaluate(const Model& model) {
  at::NoGradGuard no_grad;
  Call call;
  const at::Tensor x = at::ones({1, 3, 32, 32});
  model.forward(x, at::ones({1}, at::kDouble), {{"label", at::zeros({1}, at::kLong)}}, call);
}

}  // namespace

void bench_loading(Report& report) {
  const LargeBundle bundle;
  const ModelPtr there = load_bundle(bundle.folder());
  evaluate(*there);
  std::vector<double> reading;
  const Pair p = interleaved_wall([&] { evaluate(*load_bundle(bundle.folder())); },
                                  [&] {
                                    const double began = wall_seconds();
                                    io::InputFile file(bundle.weights());
                                    const auto bytes =
                                        std::make_unique_for_overwrite<std::byte[]>(file.size());
                                    file.read({bytes.get(), file.size()});
                                    reading.push_back(wall_seconds() - began);
                                    evaluate(*there);
                                  },
                                  7);
  const double megabytes = static_cast<double>(fs::file_size(bundle.weights())) / 1e6;
  report.table(
      fmt::format("first evaluation of a bundle of {:.0f} MB, its file in the page cache", megabytes),
      {"open and evaluate ms", "bytes and bare call ms", "ratio", "of these the bytes ms"});
  report.row("median of 7 pairs", {1e3 * p.ours, 1e3 * p.theirs, p.ratio, 1e3 * median(reading)});
  report.headline("first evaluation over reading the bytes and a bare call", p.ratio, "x");
}

}  // namespace ulam::bench
