#include "ulam/guide/classifier_guidance.h"

#include "tests/guide/exact_classifier.h"

#include <gtest/gtest.h>

namespace ulam::classifier_guidance_test {
namespace {

using guide_test::ask;
using guide_test::classes;
using guide_test::exact;
using guide_test::largest;
using guide_test::noise;
using guide_test::one;
using guide_test::standard_normal;
using guide_test::wanted;
using testing::expect_error;

// Through the estimate: the gradient goes through D = x / (1 + s^2), by the chain rule.
TEST(ClassifierGuidance, OfTheEstimateGoesThroughTheModel) {
  const Conditions none;
  const at::Tensor x = at::tensor({0.3, -1.0, 2.0}, at::kDouble).unsqueeze(1);
  const double s = 0.7, share = 1 / (1 + s * s);
  const at::Tensor moved =
      ask(standard_normal(), one("cg:classifier=c,class=0,of=estimate", exact()), s, x, &none).prediction -
      ask(standard_normal(), {}, s, x, &none).prediction;
  const at::Tensor clean = -(x * share - wanted) / noise;  // d log p(y | x0) at x0 = D, s = 0
  EXPECT_LT(largest(moved - s * s * share * clean), 1e-4);
}

TEST(ClassifierGuidance, ScaleZeroIsTheModelAlone) {
  const Conditions none;
  const at::Tensor x = at::tensor({0.3, -1.0}, at::kDouble).unsqueeze(1);
  const auto off = ask(standard_normal(), one("cg:classifier=c,class=0,scale=0", exact()), 0.7, x, &none);
  const auto plain = ask(standard_normal(), {}, 0.7, x, &none);
  EXPECT_TRUE(at::equal(off.prediction, plain.prediction));
  EXPECT_EQ(off.evaluations, plain.evaluations);
}

TEST(ClassifierGuidance, WhatDoesNotFitIsRefused) {
  const auto refused = [](ErrorKind kind, const std::vector<std::string>& words, const std::string& spec,
                          const ModelPtr& model, const ModelFinder& find) {
    expect_error(kind, words, [&] { Field(model, 0, {}, one(spec, find)); });
  };
  const auto no_judge = [](const std::string&) -> ModelPtr { return classes(); };
  refused(ErrorKind::unsupported, {"cg", "no classifier"}, "cg:classifier=c", classes(), no_judge);
  refused(ErrorKind::unsupported, {"rows"}, "cg:classifier=c", classes(), exact());
  refused(ErrorKind::unsupported, {"0 classes", "class="}, "cg:classifier=c", standard_normal(), exact());
  refused(ErrorKind::option, {"class 2", "0 .. 1"}, "cg:classifier=c,class=2", standard_normal(), exact());
  expect_error(ErrorKind::option, {"classifier=fashion-classifier"}, [] { one("cg"); });
  for (const char* spec :
       {"cg:classifier=c,class=1,scale=2,form=mean,high=3", "minority:classifier=c,bin=0"}) {
    const TermPtr term = make_term(spec, exact());
    EXPECT_EQ(make_term(term->spec(), exact())->spec(), term->spec());
  }
}

}  // namespace
}  // namespace ulam::classifier_guidance_test
