#include "ulam/reproduce/judge.h"

#include "tests/errors.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/problems/read_problem.h"

namespace ulam::judge_test {
namespace {

nlohmann::json parts() {
  return {{"problem", "mixture"}, {"means", {{-1, 0}, {1, 0.5}}}, {"variances", {0.2, 0.3}}};
}
ProblemPtr labelled() {
  nlohmann::json j = parts();
  j["labels"] = {0, 1};
  j["weights"] = {0.75, 0.25};
  return problem_from_json(j, "test.json", "");
}
at::Tensor some_rows() { return at::sin(at::arange(12, at::kDouble) * 3.1).reshape({6, 2}); }

// Bayes: the scores of the classes, weighted by the classifier, make the score of all; otherwise gradients of
// the judge are not those of a classifier of this problem.
TEST(Judge, ProbabilitiesAreBayes) {
  const ProblemPtr p = labelled();
  const at::Tensor x = some_rows(), t = at::full({6}, 0.8, at::kDouble);
  Call call;
  const at::Tensor q = at::softmax(exact_judge(p, {0.75, 0.25})->forward(x, t, {}, call), 1);
  at::Tensor sum = at::zeros_like(x);
  for (std::int64_t k = 0; k < 2; ++k)
    sum = sum + q.select(1, k).unsqueeze(1) * p->score(x, t, {{"label", at::full({6}, k, at::kLong)}});
  EXPECT_LT((sum - p->score(x, t)).abs().max().item<double>(), 1e-12);
}

// Without a leak each label is its class alone; with it, and half of two classes each, no label matters.
TEST(Judge, TheLeakMixesClasses) {
  const ProblemPtr p = labelled();
  const at::Tensor x = some_rows(), t = at::full({6}, 0.8, at::kDouble),
                   label = at::arange(6, at::kLong).remainder(2);
  Call call;
  const at::Tensor clean = leaky_classes(parts(), 0)->forward(x, t, {{"label", label}}, call);
  EXPECT_LT((clean - p->denoise(x, t, {{"label", label}})).abs().max().item<double>(), 1e-12);
  const ModelPtr half = leaky_classes(parts(), 0.5);
  EXPECT_LT((half->forward(x, t, {{"label", label}}, call) - half->forward(x, t, {}, call))
                .abs()
                .max()
                .item<double>(),
            1e-12);
}

TEST(Judge, BadInputIsRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"weights"}, [] { exact_judge(labelled(), {1}); });
  ulam::testing::expect_error(ErrorKind::option, {"leak of 2"}, [] { leaky_classes(parts(), 2); });
}

}  // namespace
}  // namespace ulam::judge_test
