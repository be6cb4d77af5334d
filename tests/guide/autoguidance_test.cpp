#include "ulam/guide/autoguidance.h"

#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::autoguidance_test {
namespace {

using guide_test::ask;
using guide_test::classes;
using guide_test::largest;
using guide_test::one;
using testing::expect_error;

ModelFinder finds(ModelPtr model) {
  return [model](const std::string&) { return model; };
}
// classes() without its labels, and another one that is merely worse.
ModelPtr unlabelled() {
  return problem_from_json(
      nlohmann::json::parse(
          R"({"problem": "mixture", "weights": [0.5, 0.5], "means": [[-1, 0], [1, 0.5]], "variances": [0.2, 0.3]})"),
      "test.json", "");
}
ModelPtr worse(const std::string& head = "data") {
  nlohmann::json j = nlohmann::json::parse(
      R"({"problem": "mixture", "means": [[-0.8, 0.1], [0.7, 0.2]], "variances": [0.5, 0.6], "labels": [0, 1]})");
  j["head"] = head;
  return problem_from_json(j, "test.json", "");
}

TEST(Autoguidance, IsTheLineThroughBothModels) {
  const at::Tensor good = ask(classes(), {}).prediction, bad = ask(worse(), {}).prediction;
  const auto guided = ask(classes(), one("autoguidance:model=w,scale=2.5", finds(worse())));
  EXPECT_LT(largest(guided.prediction - (bad + 2.5 * (good - bad))), 1e-14);
  EXPECT_EQ(guided.evaluations, 10);
}

// Its own copy as the worse model, or scale 1: the model's own bits for its own price.
TEST(Autoguidance, TheModelItselfChangesNothing) {
  const auto plain = ask(classes(), {});
  for (const Terms& terms : {one("autoguidance:model=m,scale=2.1", finds(classes())),
                             one("autoguidance:model=w,scale=1", finds(worse()))}) {
    const auto guided = ask(classes(), terms);
    EXPECT_TRUE(at::equal(guided.prediction, plain.prediction));
    EXPECT_EQ(guided.evaluations, plain.evaluations);
  }
}

TEST(Autoguidance, SimsIsTheSameForm) {
  EXPECT_TRUE(at::equal(ask(classes(), one("sims:model=w,omega=1.5", finds(worse()))).prediction,
                        ask(classes(), one("autoguidance:model=w,scale=2.5", finds(worse()))).prediction));
}

TEST(Autoguidance, AnotherHeadMeansTheSame) {
  const at::Tensor same = ask(classes(), one("autoguidance:model=w,scale=3", finds(worse()))).prediction;
  for (const char* head : {"noise", "velocity", "edm"})
    EXPECT_LT(
        largest(ask(classes(), one("autoguidance:model=w,scale=3", finds(worse(head)))).prediction - same),
        1e-12);
}

TEST(Autoguidance, ModelsThatDoNotFitAreRefused) {
  expect_error(ErrorKind::unsupported, {"autoguidance", "noise path"},
               [] { Field(classes(), 0, {}, one("autoguidance:model=w", finds(classes("data", "vp")))); });
  expect_error(ErrorKind::unsupported, {"'label'"},
               [] { Field(classes(), 0, {}, one("autoguidance:model=w", finds(unlabelled()))); });
  expect_error(ErrorKind::unsupported, {"[1]"},
               [] { Field(classes(), 0, {}, one("sims:model=w", finds(named_problem("tp1:path=edm")))); });
  expect_error(ErrorKind::unsupported, {"classifier"}, [] {
    Field(classes(), 0, {}, one("sims:model=w", finds(std::make_shared<guide_test::Judge>())));
  });
  expect_error(ErrorKind::option, {"model=fashion-weak"}, [] { one("sims"); });
}

}  // namespace
}  // namespace ulam::autoguidance_test
