#include "ulam/reproduce/judge.h"

#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/problems/read_problem.h"

namespace ulam {
namespace {

class Judge final : public Model {
 public:
  Judge(ProblemPtr problem, std::vector<double> weights)
      : problem_(std::move(problem)), weights_(std::move(weights)), info_(problem_->info()) {
    info_.name = "the exact classifier of " + info_.name;
    info_.conditions.clear();
    for (std::size_t k = 0; k < weights_.size(); ++k) info_.outputs.push_back(fmt::format("class {}", k));
    info_.hash ^= 0x6a75646765;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions&, Call&) const override {
    std::vector<at::Tensor> logits;
    for (std::size_t k = 0; k < weights_.size(); ++k) {
      const Conditions label = {{"label", at::full({x.size(0)}, static_cast<std::int64_t>(k), at::kLong)}};
      logits.push_back(problem_->log_density(x, t, label) + std::log(weights_[k]));
    }
    return at::stack(logits, 1);
  }

 private:
  ProblemPtr problem_;
  std::vector<double> weights_;
  ModelInfo info_;
};

class Leaky final : public Model {
 public:
  Leaky(std::vector<ProblemPtr> conditional, ProblemPtr null)
      : conditional_(std::move(conditional)), null_(std::move(null)), info_(null_->info()) {
    info_.name = "leaky classes";
    info_.conditions = {{"label", static_cast<int>(conditional_.size()), true, {}}};
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    at::Tensor out = null_->forward(x, t, {}, call);
    const auto label = conditions.find("label");
    if (label == conditions.end()) return out;
    for (std::size_t k = 0; k < conditional_.size(); ++k) {
      const at::Tensor rows = label->second.eq(static_cast<std::int64_t>(k)).nonzero().flatten();
      if (rows.numel() == 0) continue;
      out = out.index_copy(
          0, rows, conditional_[k]->forward(x.index_select(0, rows), t.index_select(0, rows), {}, call));
    }
    return out;
  }

 private:
  std::vector<ProblemPtr> conditional_;
  ProblemPtr null_;
  ModelInfo info_;
};

}  // namespace

ModelPtr exact_judge(ProblemPtr problem, std::vector<double> weights) {
  const auto& conditions = problem->info().conditions;
  if (conditions.empty() || conditions[0].classes != static_cast<int>(weights.size()))
    fail(ErrorKind::option, "exact judge", "{} weights for {} classes", weights.size(),
         conditions.empty() ? 0 : conditions[0].classes);
  for (const double w : weights)
    if (!(w > 0)) fail(ErrorKind::option, "exact judge", "a weight of {}; above 0 is needed", w);
  return std::make_shared<Judge>(std::move(problem), std::move(weights));
}

ModelPtr leaky_classes(const nlohmann::json& problem, double leak) {
  const std::size_t classes = problem.at("means").size();
  if (classes < 2) fail(ErrorKind::option, "leaky classes", "{} parts; at least 2 are needed", classes);
  if (!(leak >= 0 && leak <= 1))
    fail(ErrorKind::option, "leaky classes", "a leak of {} is not in 0 .. 1", leak);
  std::vector<ProblemPtr> conditional;
  for (std::size_t k = 0; k < classes; ++k) {
    nlohmann::json one = problem;
    one["weights"] = std::vector<double>(classes, leak / static_cast<double>(classes - 1));
    one["weights"][k] = 1 - leak;
    conditional.push_back(problem_from_json(one, "leaky classes", ""));
  }
  return std::make_shared<Leaky>(std::move(conditional), problem_from_json(problem, "leaky classes", ""));
}

}  // namespace ulam
