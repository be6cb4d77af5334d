// Energies: their gradient enters the score, one backward pass for all, and nothing is paid twice.
#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::energy_test {
namespace {

using guide_test::ask;
using guide_test::classes;
using guide_test::largest;
using guide_test::rows_of_x;

/// weight/2 |D|^2 or weight/2 |x - D|^2 of the model's own answer.
class Pull : public Term {
 public:
  explicit Pull(double weight) : weight_(weight) {}
  std::string spec() const override { return "pull"; }
  void check(const ModelInfo&) const override {}
  std::vector<Ask> asks(const Situation&) const override { return {}; }
  std::vector<Ask> sources(const Situation& s) const override { return {{Query{}, s.weights({}, weight_)}}; }
  at::Tensor energy(const Situation&, Asker& asker) const override {
    return weight_ == 0 ? at::Tensor() : asker.data({}).square().sum() * (weight_ / 2);
  }
  double weight_;
};

// For data N(0, v) the answer is D = v/(v + s^2) x, so the gradient is weight (v/(v + s^2))^2 x, and D moves
// by -s^2 times it, in every head.
TEST(Energy, TheGradientEntersTheScoreInEveryHead) {
  const double v = 0.3, s = 0.7, share = v / (v + s * s);
  for (const char* head : {"data", "noise", "velocity", "flow", "score", "edm"}) {
    const ProblemPtr model = problem_from_json(
        {{"problem", "gaussian"}, {"mean", {0, 0}}, {"variances", {v, v}}, {"path", "edm"}, {"head", head}},
        "test.json", "");
    const at::Tensor x = rows_of_x();
    const Conditions none;
    const auto plain = ask(model, {}, s, x, &none),
               pulled = ask(model, {std::make_shared<Pull>(2.0)}, s, x, &none);
    const Affine to = to_data(model->info().head, model->info().path.at(s));
    const at::Tensor moved = (pulled.prediction - plain.prediction) * to.of_p;
    EXPECT_LT(largest(moved + s * s * 2 * share * share * x), 1e-12) << head;
    EXPECT_EQ(pulled.evaluations, plain.evaluations) << head;  // the answer it reads is there anyway
    EXPECT_FALSE(pulled.prediction.requires_grad());
  }
}

TEST(Energy, EnergiesOfSeveralTermsAdd) {
  const auto once = ask(classes(), {std::make_shared<Pull>(1.5)});
  const auto split = ask(classes(), {std::make_shared<Pull>(1.0), std::make_shared<Pull>(0.5)});
  EXPECT_LT(largest(once.prediction - split.prediction), 1e-13);
  EXPECT_EQ(once.evaluations, split.evaluations);
}

TEST(Energy, WithoutWeightTheBitsAreThePlainOnes) {
  EXPECT_TRUE(
      at::equal(ask(classes(), {std::make_shared<Pull>(0)}).prediction, ask(classes(), {}).prediction));
}

}  // namespace
}  // namespace ulam::energy_test
