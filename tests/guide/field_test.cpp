#include "ulam/guide/field.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

// Answers 2 x, remembers how it was called.
class Doubler : public Model {
 public:
  Doubler() {
    info_.name = "doubler";
    info_.shape = {2};
    info_.dtype = at::kDouble;
    info_.flops_per_row = 10;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call&) const override {
    sizes.push_back(x.size(0));
    first_times.push_back(t[0].item<double>());
    if (!conditions.empty()) labels.push_back(conditions.at("label")[0].item<std::int64_t>());
    grad = at::GradMode::is_enabled();
    if (wrong_shape) return x.narrow(1, 0, 1).clone();
    if (wrong_dtype) return x.to(at::kFloat);
    return x * 2;
  }
  ModelInfo info_;
  mutable std::vector<std::int64_t> sizes, labels;
  mutable std::vector<double> first_times;
  mutable bool grad = false;
  bool wrong_shape = false, wrong_dtype = false;
};

at::Tensor rows_of_x(std::int64_t rows) { return at::arange(2 * rows, at::kDouble).reshape({rows, 2}); }
at::Tensor times(std::int64_t rows) { return at::arange(rows, at::kDouble); }

TEST(Field, CutsCallsToTheRowLimitAndKeepsOrder) {
  const auto model = std::make_shared<Doubler>();
  const Field field(model, 3);
  Ledger ledger;
  const at::Tensor x = rows_of_x(8);
  const Conditions conditions{{"label", at::arange(8, at::kLong)}};
  const Answer answer = field.answer(x, times(8), conditions, {}, ledger, {});
  EXPECT_TRUE(at::equal(answer.prediction, x * 2));
  EXPECT_EQ(model->sizes, (std::vector<std::int64_t>{3, 3, 2}));
  EXPECT_EQ(model->first_times, (std::vector<double>{0, 3, 6}));
  EXPECT_EQ(model->labels, (std::vector<std::int64_t>{0, 3, 6}));
}

TEST(Field, TakesTheModelsOwnLimitUnlessTold) {
  const auto model = std::make_shared<Doubler>();
  model->info_.row_limit = 5;
  EXPECT_EQ(Field(model).row_limit(), 5);
  EXPECT_EQ(Field(model, 2).row_limit(), 2);
}

TEST(Field, ChargesRowsFlopsAndNetworkSeconds) {
  const Field field(std::make_shared<Doubler>(), 2);
  Ledger ledger;
  double now = 0;
  Watch watch;
  watch.clock = [&] { return now += 0.5; };
  field.answer(rows_of_x(5), times(5), {}, {}, ledger, watch);
  EXPECT_EQ(ledger.spent().evaluations, 5);
  EXPECT_EQ(ledger.spent().flops, 50);
  EXPECT_EQ(ledger.spent().network_seconds, 1.5);  // three calls of one clock tick
  EXPECT_EQ(field.evaluations_per_row(), 1);
}

TEST(Field, StopsAtTheCapBeforeTheModelIsCalled) {
  const auto model = std::make_shared<Doubler>();
  Ledger ledger(3);
  EXPECT_THROW(Field(model).answer(rows_of_x(4), times(4), {}, {}, ledger, {}), Error);
  EXPECT_TRUE(model->sizes.empty());
}

TEST(Field, GradientsFlowOnlyWhenAskedFor) {
  const auto model = std::make_shared<Doubler>();
  const Field field(model, 2);
  Ledger ledger;
  const at::Tensor x = rows_of_x(3).requires_grad_(true);
  EXPECT_FALSE(field.answer(x, times(3), {}, {}, ledger, {}).prediction.requires_grad());
  EXPECT_FALSE(model->grad);
  EXPECT_TRUE(at::GradMode::is_enabled());
  EXPECT_TRUE(field.answer(x, times(3), {}, {}, ledger, {}, true).prediction.requires_grad());
}

TEST(Field, LeavesNanAlone) {
  const Field field(std::make_shared<Doubler>());
  Ledger ledger;
  at::Tensor x = rows_of_x(2);
  x[0][1] = std::nan("");
  const at::Tensor p = field.answer(x, times(2), {}, {}, ledger, {}).prediction;
  EXPECT_TRUE(std::isnan(p[0][1].item<double>()));
  EXPECT_EQ(p[1][0].item<double>(), 4);
}

TEST(Field, RefusesWhatDoesNotFit) {
  Ledger ledger;
  const auto text = [&](const Field& field, const at::Tensor& x, const at::Tensor& t,
                        const Conditions& c) -> std::string {
    try {
      field.answer(x, t, c, {}, ledger, {});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const auto model = std::make_shared<Doubler>();
  const Field field(model);
  EXPECT_NE(text(field, rows_of_x(2).to(at::kFloat), times(2), {}).find("Float"), std::string::npos);
  EXPECT_NE(text(field, rows_of_x(2), times(3), {}).find("2 doubles"), std::string::npos);
  EXPECT_NE(text(field, rows_of_x(2), times(2), {{"label", times(1)}}).find("'label' has 1 rows"),
            std::string::npos);
  EXPECT_EQ(field.answer(rows_of_x(0), times(0), {}, {}, ledger, {}).prediction.size(0), 0);
  model->wrong_shape = true;
  EXPECT_NE(text(field, rows_of_x(2), times(2), {}).find("another shape"), std::string::npos);
  model->wrong_shape = false;
  model->wrong_dtype = true;
  EXPECT_NE(text(field, rows_of_x(2), times(2), {}).find("dtype"), std::string::npos);
  EXPECT_THROW(Field(nullptr), Error);
  EXPECT_THROW(Field(model, -1), Error);
}

}  // namespace
}  // namespace ulam
