#pragma once
// Models and calls that the tests of guidance share.
#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/guide/field.h"
#include "ulam/guide/terms.h"
#include "ulam/problems/read_problem.h"

namespace ulam::guide_test {

/// Two Gaussian classes in two dimensions, with any head.
inline ProblemPtr classes(const std::string& head = "data", const std::string& path = "edm") {
  nlohmann::json j = nlohmann::json::parse(
      R"({"problem": "mixture", "weights": [0.5, 0.5], "means": [[-1, 0], [1, 0.5]], "variances": [0.2, 0.3],
          "labels": [0, 1]})");
  j["head"] = head;
  j["path"] = path;
  return problem_from_json(j, "test.json", "");
}
/// One Gaussian per class k = 0 .. n - 1 at mean (m_k, m_k), all of one variance.
inline ProblemPtr gaussians(const std::vector<double>& means, double variance) {
  nlohmann::json j = {{"problem", "mixture"},
                      {"means", nlohmann::json::array()},
                      {"variances", nlohmann::json::array()},
                      {"labels", nlohmann::json::array()}};
  for (std::size_t k = 0; k < means.size(); ++k) {
    j["means"].push_back({means[k], means[k]});
    j["variances"].push_back(variance);
    j["labels"].push_back(k);
  }
  return problem_from_json(j, "test.json", "");
}

/// Says log p(class | x) of clean rows near the means of classes(), and counts its rows.
class Judge : public Model {
 public:
  Judge() {
    info_.name = "judge";
    info_.shape = {2};
    info_.dtype = at::kDouble;
    info_.outputs = {"left", "right"};
    info_.hash = 77;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const Conditions& conditions,
                     Call&) const override {
    EXPECT_TRUE(conditions.empty());
    EXPECT_FALSE(x.requires_grad());
    rows += x.size(0);
    const at::Tensor left = at::tensor({-1.0, 0.0}, at::kDouble), right = at::tensor({1.0, 0.5}, at::kDouble);
    return at::stack({-(x - left).square().sum(1), -(x - right).square().sum(1)}, 1);
  }
  ModelInfo info_;
  mutable std::int64_t rows = 0;
};

/// log p(class | x_t) of rows near the means of classes() at any level; takes gradients.
class NoisedJudge : public Model {
 public:
  NoisedJudge() {
    info_.name = "noised judge";
    info_.shape = {2};
    info_.dtype = at::kDouble;
    info_.outputs = {"left", "right"};
    info_.hash = 79;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions&, Call&) const override {
    const at::Tensor left = at::tensor({-1.0, 0.0}, at::kDouble), right = at::tensor({1.0, 0.5}, at::kDouble);
    const at::Tensor v = 2 * (0.25 + t.square());
    return at::stack({-(x - left).square().sum(1) / v, -(x - right).square().sum(1) / v}, 1);
  }
  ModelInfo info_;
};

inline ModelPtr no_model(const std::string& name) { fail(ErrorKind::option, "test", "no model {}", name); }

struct Priced {
  at::Tensor prediction;
  std::int64_t evaluations;
};
inline at::Tensor rows_of_x(std::int64_t rows = 5) {
  return at::sin(at::arange(rows * 2, at::kDouble) * 7.7).reshape({rows, 2}) * 1.5;
}
inline Conditions labels(std::int64_t rows = 5) {
  return {{"label", at::arange(rows, at::kLong).remainder(2)}};
}

/// One answer at sigma `sigma` of an edm path (time = sigma) with its cost, which must be the promised one.
inline Priced ask(const ModelPtr& model, const Terms& terms, double sigma = 0.7,
                  const at::Tensor& x = rows_of_x(), const Conditions* conditions = nullptr,
                  int row_limit = 0) {
  const Field field(model, row_limit, {}, terms);
  Ledger ledger;
  const Conditions all = conditions ? *conditions : labels(x.size(0));
  const at::Tensor t = at::full({x.size(0)}, sigma, at::kDouble);
  Priced out{field.answer(x, t, all, {}, ledger, {}).prediction, ledger.spent().evaluations};
  EXPECT_EQ(out.evaluations, x.size(0) * field.evaluations(sigma, {}));
  return out;
}
inline Terms one(const std::string& spec, const ModelFinder& find = no_model) {
  return {make_term(spec, find)};
}
inline double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

}  // namespace ulam::guide_test
