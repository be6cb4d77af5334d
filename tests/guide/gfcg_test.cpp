#include "ulam/guide/gfcg.h"

#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::gfcg_test {
namespace {

using guide_test::ask;
using guide_test::classes;
using guide_test::Judge;
using guide_test::labels;
using guide_test::largest;
using guide_test::rows_of_x;
using testing::expect_error;

struct Bench {
  std::shared_ptr<Judge> judge = std::make_shared<Judge>();
  Terms terms(double strength, GfcgOptions::Confusion confusion = GfcgOptions::Confusion::odds) const {
    GfcgOptions options;
    options.classifier = judge;
    options.strength = strength;
    options.confusion = confusion;
    return {make_gfcg(options)};
  }
};

// Of two classes the wrong one is the other one, with a weight a row by the classifier's view of D.
TEST(Gfcg, PushesAwayFromTheWrongClass) {
  const Bench b;
  const at::Tensor right = ask(classes(), {}).prediction;
  const Conditions others{{"label", 1 - labels().at("label")}};
  const at::Tensor wrong = ask(classes(), {}, 0.7, rows_of_x(), &others).prediction;
  Call call;
  const at::Tensor p = at::softmax(b.judge->forward(right, {}, {}, call), 1);
  const at::Tensor of_wrong = p.gather(1, others.at("label").unsqueeze(1));
  for (const auto& [confusion, h] :
       {std::pair{GfcgOptions::Confusion::wrong, of_wrong},
        {GfcgOptions::Confusion::odds, of_wrong},
        {GfcgOptions::Confusion::reference, of_wrong}}) {  // all the same for two classes
    const auto guided = ask(classes(), b.terms(3, confusion));
    EXPECT_LT(largest(guided.prediction - (right + 3 * h * (right - wrong))), 1e-13);
    EXPECT_EQ(guided.evaluations, 15);
  }
}

TEST(Gfcg, SurerRowsArePushedLess) {
  const Bench b;
  const at::Tensor x = at::tensor({-1.2, 0.0, -0.6, 0.1, 0.0, 0.2}, at::kDouble).reshape({3, 2});
  const Conditions left{{"label", at::zeros({3}, at::kLong)}};
  const at::Tensor push =
      ask(classes(), b.terms(1), 0.7, x, &left).prediction - ask(classes(), {}, 0.7, x, &left).prediction;
  const at::Tensor gap = ask(classes(), {}, 0.7, x, &left).prediction -
                         ask(classes(), {}, 0.7, x,
                             [] {
                               static const Conditions right{{"label", at::ones({3}, at::kLong)}};
                               return &right;
                             }())
                             .prediction;
  const at::Tensor weight = push.norm(2, 1) / gap.norm(2, 1);
  EXPECT_LT(weight[0].item<double>(), weight[1].item<double>());
  EXPECT_LT(weight[1].item<double>(), weight[2].item<double>());
}

TEST(Gfcg, StrengthZeroAsksNobody) {
  const Bench b;
  const auto off = ask(classes(), b.terms(0)), plain = ask(classes(), {});
  EXPECT_TRUE(at::equal(off.prediction, plain.prediction));
  EXPECT_EQ(off.evaluations, plain.evaluations);
  EXPECT_EQ(b.judge->rows, 0);
}

TEST(Gfcg, ClassifiersThatDoNotFitAreRefused) {
  const auto find = [](const std::string& name) -> ModelPtr {
    if (name == "three") {
      const auto judge = std::make_shared<Judge>();
      judge->info_.outputs.emplace_back("third");
      return judge;
    }
    return classes();
  };
  expect_error(ErrorKind::unsupported, {"gfcg", "no classifier"},
               [&] { Field(classes(), 0, {}, guide_test::one("gfcg:classifier=x", find)); });
  expect_error(ErrorKind::unsupported, {"2 classes", "'judge' 3"},
               [&] { Field(classes(), 0, {}, guide_test::one("gfcg:classifier=three", find)); });
  expect_error(ErrorKind::option, {"classifier=fashion-features"}, [&] { guide_test::one("gfcg", find); });
}

}  // namespace
}  // namespace ulam::gfcg_test
