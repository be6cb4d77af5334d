// How often a classifier recognises the class that a model was asked for, beside its accuracy on real test pictures.
//
//   class_agreement MODEL CLASSIFIER DATA N STEPS SOLVER [THREADS] [FIRST]
//
// Draws N samples (classes in turn, seed 0, ids FIRST..FIRST+N-1) and prints the share recognised, overall and by class, with its
// standard error, and the classifier's accuracy on the test split of DATA.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ulam/base/error.h"
#include "ulam/draw/draw.h"
#include "ulam/learn/dataset.h"
#include "ulam/model/bundle.h"

namespace {

using namespace ulam;

// Predicted classes of pictures in the model's range.
at::Tensor classes_of(const Model& classifier, const at::Tensor& pictures) {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> out;
  for (const at::Tensor& rows : pictures.split(64)) {
    Call call;
    const at::Tensor t = at::full({rows.size(0)}, classifier.info().path.t_data(), at::kDouble);
    out.push_back(classifier.forward(rows.contiguous(), t, {}, call).argmax(1));
  }
  return at::cat(out);
}

struct Tally {
  std::vector<long> right, all;
  explicit Tally(std::size_t classes) : right(classes), all(classes) {}
  void add(const at::Tensor& found, const at::Tensor& asked) {
    for (std::int64_t i = 0; i < found.size(0); ++i) {
      const auto c = static_cast<std::size_t>(asked[i].item<std::int64_t>());
      ++all[c];
      right[c] += found[i].item<std::int64_t>() == static_cast<std::int64_t>(c) ? 1 : 0;
    }
  }
  static double share(long a, long b) { return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b); }
};

int run(int count, char** words) {
  if (count < 7) {
    std::fprintf(stderr, "usage: class_agreement MODEL CLASSIFIER DATA N STEPS SOLVER [THREADS] [FIRST]\n");
    return 2;
  }
  if (count > 7) at::set_num_threads(std::atoi(words[7]));
  const auto model = load_bundle(words[1]), classifier = load_bundle(words[2]);
  const auto& names = classifier->info().outputs;
  const Dataset test = read_dataset(words[3], Split::test);
  Tally real(names.size()), drawn(names.size());
  real.add(classes_of(*classifier, pictures_to_float(test.images, -1, 1)), test.labels);

  const std::int64_t n = std::atol(words[4]), piece = 250, begin = count > 8 ? std::atol(words[8]) : 0;
  for (std::int64_t first = begin; first < begin + n; first += piece) {
    DrawRequest request{Field(model)};
    request.solver = words[6];
    request.steps = std::atoi(words[5]);
    request.first_id = static_cast<std::uint64_t>(first);
    request.count = std::min(piece, begin + n - first);
    const at::Tensor labels = (at::arange(request.count, at::kLong) + first).remainder(static_cast<std::int64_t>(names.size()));
    request.conditions["label"] = labels;
    // What is judged is what a user gets: eight-bit pictures.
    const at::Tensor bytes = float_to_pictures(draw(request).samples, -1, 1);
    drawn.add(classes_of(*classifier, pictures_to_float(bytes, -1, 1)), labels);
    std::fprintf(stderr, "\r%ld of %ld", static_cast<long>(first + request.count - begin), static_cast<long>(n));
  }
  std::printf("\n%-14s %12s %20s %12s\n", "class", "real test", "drawn, recognised", "difference");
  long real_right = 0, real_all = 0, drawn_right = 0, drawn_all = 0;
  const auto line = [](const char* name, long rr, long ra, long dr, long da) {
    const double r = Tally::share(rr, ra), d = Tally::share(dr, da);
    std::printf("%-14s %10.1f %% %12.1f +- %.1f %% %+10.1f\n", name, 100 * r, 100 * d, 100 * std::sqrt(d * (1 - d) / std::max(da, 1L)), 100 * (d - r));
  };
  for (std::size_t c = 0; c < names.size(); ++c) {
    line(names[c].c_str(), real.right[c], real.all[c], drawn.right[c], drawn.all[c]);
    real_right += real.right[c], real_all += real.all[c], drawn_right += drawn.right[c], drawn_all += drawn.all[c];
  }
  line("all", real_right, real_all, drawn_right, drawn_all);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count, words);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "class_agreement: %s\n", e.what());
    return 1;
  }
}
