#include "ulam/guide/cfg.h"

#include "tests/guide/support.h"

#include <gtest/gtest.h>

#include "ulam/path/prediction.h"

namespace ulam::cfg_test {
namespace {

using guide_test::ask;
using guide_test::classes;
using guide_test::labels;
using guide_test::largest;
using guide_test::one;
using guide_test::rows_of_x;
using testing::expect_error;

at::Tensor answer_of(const ModelPtr& model, const Conditions& conditions) {
  return ask(model, {}, 0.7, rows_of_x(), &conditions).prediction;
}

TEST(Cfg, IsTheLineThroughBothAnswers) {
  const ModelPtr model = classes();
  const at::Tensor given = answer_of(model, labels()), null = answer_of(model, {});
  EXPECT_LT(largest(ask(model, one("cfg:scale=3")).prediction - (null + 3 * (given - null))), 1e-14);
  EXPECT_LT(largest(ask(model, one("cfg:strength=2")).prediction - (null + 3 * (given - null))), 1e-14);
}

// Scale 1 is the conditional model and scale 0 the unconditional one: same bits, and no evaluation for
// nothing.
TEST(Cfg, ScalesOneAndZeroCostOneEvaluation) {
  const ModelPtr model = classes();
  const auto off = ask(model, one("cfg:scale=1")), none = ask(model, one("cfg:scale=0"));
  EXPECT_TRUE(at::equal(off.prediction, answer_of(model, labels())));
  EXPECT_EQ(off.evaluations, 5);
  EXPECT_TRUE(at::equal(none.prediction, answer_of(model, {})));
  EXPECT_EQ(none.evaluations, 5);
  EXPECT_EQ(ask(model, one("cfg:scale=2")).evaluations, 10);
}

// The mix means the same D in every head; rescaling does not, and its page says so.
TEST(Cfg, TheMixIsTheSameInEveryHead) {
  const double sigma = 0.7;
  const auto data_of = [&](const std::string& head, const std::string& spec) {
    const ModelPtr model = classes(head);
    const Affine d = to_data(model->info().head, model->info().path.at(sigma));
    return rows_of_x() * d.of_x + ask(model, one(spec), sigma).prediction * d.of_p;
  };
  for (const char* head : {"noise", "velocity", "flow", "score", "edm"}) {
    EXPECT_LT(largest(data_of(head, "cfg:scale=4") - data_of("data", "cfg:scale=4")), 1e-12) << head;
    EXPECT_GT(largest(data_of(head, "cfg:scale=4,rescale=1") - data_of("data", "cfg:scale=4,rescale=1")),
              1e-3)
        << head;
  }
}

TEST(Cfg, RescalingSetsTheDeviationBack) {
  const ModelPtr model = classes();
  const at::Tensor given = answer_of(model, labels());
  const at::Tensor full = ask(model, one("cfg:scale=4,rescale=1")).prediction;
  EXPECT_LT(largest(full.std(1, false) - given.std(1, false)), 1e-14);
  const at::Tensor plain = ask(model, one("cfg:scale=4")).prediction;
  EXPECT_LT(largest(ask(model, one("cfg:scale=4,rescale=0.25")).prediction - (0.25 * full + 0.75 * plain)),
            1e-13);
}

// Rows outside the interval keep the bits of the conditional answer and pay one evaluation, beside rows
// inside.
TEST(Cfg, TheIntervalIsARowsOwn) {
  const ModelPtr model = classes();
  const Field field(model, 0, {}, one("cfg:scale=3,low=0.5,high=2")), plain(model);
  Ledger ledger, none;
  const at::Tensor x = rows_of_x(4), t = at::tensor({0.4, 0.7, 3.0, 2.0}, at::kDouble);
  const at::Tensor mixed = field.answer(x, t, labels(4), {}, ledger, {}).prediction;
  const at::Tensor base = plain.answer(x, t, labels(4), {}, none, {}).prediction;
  EXPECT_EQ(ledger.spent().evaluations, 6);
  EXPECT_TRUE(at::equal(mixed[0], base[0]));
  EXPECT_TRUE(at::equal(mixed[2], base[2]));
  EXPECT_GT(largest(mixed[1] - base[1]), 1e-3);
  EXPECT_GT(largest(mixed[3] - base[3]), 1e-3);
  EXPECT_EQ(field.evaluations(0.4, {}), 1);
  EXPECT_EQ(field.evaluations(0.7, {}), 2);
}

// Chunks must not change which rows see which condition.
TEST(Cfg, CallsOfAnySizeGiveTheSame) {
  const ModelPtr model = classes();
  const at::Tensor whole = ask(model, one("cfg:scale=3")).prediction;
  for (const int limit : {1, 2, 3, 7})
    EXPECT_TRUE(
        at::equal(ask(model, one("cfg:scale=3"), 0.7, rows_of_x(), nullptr, limit).prediction, whole));
}

TEST(Cfg, ModelsAndDrawsThatCannotAreRefused) {
  expect_error(ErrorKind::unsupported, {"cfg", "tp1", "no condition"},
               [] { Field(named_problem("tp1"), 0, {}, one("cfg")); });
  expect_error(ErrorKind::option, {"cfg", "--label 3"}, [] {
    const Conditions none;
    ask(classes(), one("cfg"), 0.7, rows_of_x(), &none);
  });
  expect_error(ErrorKind::option, {"cfg", "--label 3"}, [] {
    const Conditions null{{"label", at::full({5}, 2, at::kLong)}};
    ask(classes(), one("cfg"), 0.7, rows_of_x(), &null);
  });
  expect_error(ErrorKind::option, {"rescale"}, [] { one("cfg:rescale=1.5"); });
}

}  // namespace
}  // namespace ulam::cfg_test
