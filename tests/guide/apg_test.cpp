#include "ulam/guide/apg.h"

#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::apg_test {
namespace {

using guide_test::ask;
using guide_test::classes;
using guide_test::labels;
using guide_test::largest;
using guide_test::one;
using guide_test::rows_of_x;

TEST(Apg, WithNothingTakenAwayIsCfg) {
  for (const char* head : {"data", "noise", "velocity", "flow", "score", "edm"}) {
    const auto apg = ask(classes(head), one("apg:scale=3,parallel=1,momentum=0"));
    const auto cfg = ask(classes(head), one("cfg:scale=3"));
    EXPECT_LT(largest(apg.prediction - cfg.prediction), 1e-12) << head;
    EXPECT_EQ(apg.evaluations, cfg.evaluations);
  }
}

// What is added is at right angles to the conditional estimate, row by row.
TEST(Apg, AddsNothingAlongTheEstimate) {
  const at::Tensor plain = ask(classes(), {}).prediction;
  const at::Tensor push = ask(classes(), one("apg:scale=3,momentum=0")).prediction - plain;
  EXPECT_LT(largest((push * plain).sum(1)), 1e-13);
  EXPECT_GT(largest(push), 1e-3);
}

TEST(Apg, TheDifferenceIsCutToItsNorm) {
  const at::Tensor plain = ask(classes(), {}).prediction;
  const at::Tensor push =
      ask(classes(), one("apg:scale=3,parallel=1,momentum=0,norm=0.01")).prediction - plain;
  EXPECT_LT(largest(push.norm(2, 1) - 0.02), 1e-13);  // (scale - 1) * norm
}

// The running difference: with the memory of one step, d + momentum d.
TEST(Apg, MomentumAddsTheDifferenceOfTheStepBefore) {
  const Field field(classes(), 0, {}, one("apg:scale=2,parallel=1,momentum=-0.5"));
  const at::Tensor x = rows_of_x(), t = at::full({5}, 0.7, at::kDouble);
  Ledger ledger;
  TermMemory first, second;
  Context context;
  context.written = &first;
  const at::Tensor a = field.answer(x, t, labels(), context, ledger, {}).prediction;
  context.memory = &first;
  context.written = &second;
  const at::Tensor b = field.answer(x, t, labels(), context, ledger, {}).prediction;
  const at::Tensor plain = ask(classes(), {}).prediction;
  EXPECT_LT(largest((b - plain) - 0.5 * (a - plain)), 1e-13);
  EXPECT_LT(largest(recall(second, "0.difference") - 0.5 * recall(first, "0.difference")), 1e-13);
}

TEST(Apg, ScaleOneIsTheModelAlone) {
  const auto off = ask(classes(), one("apg:scale=1")), plain = ask(classes(), {});
  EXPECT_TRUE(at::equal(off.prediction, plain.prediction));
  EXPECT_EQ(off.evaluations, plain.evaluations);
}

TEST(Apg, WhatCannotBeIsRefused) {
  testing::expect_error(ErrorKind::option, {"apg", "momentum"}, [] {
    ApgOptions o;
    o.momentum = 1;
    make_apg(o);
  });
  testing::expect_error(ErrorKind::option, {"apg", "norm"}, [] {
    ApgOptions o;
    o.norm = -1;
    make_apg(o);
  });
  const Conditions none;
  testing::expect_error(ErrorKind::option, {"no condition"},
                        [&] { ask(classes(), one("apg"), 0.7, rows_of_x(), &none); });
  const TermPtr term = make_term("apg:scale=4,norm=2,low=0.3", guide_test::no_model);
  EXPECT_EQ(make_term(term->spec(), guide_test::no_model)->spec(), term->spec());
}

}  // namespace
}  // namespace ulam::apg_test
