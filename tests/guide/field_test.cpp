#include "ulam/guide/field.h"

#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/guide/clip.h"
#include "ulam/guide/threshold.h"
#include "ulam/path/betas.h"

namespace ulam::field_test {
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
  EXPECT_EQ(field.evaluations(0.5, {}), 1);
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

// Says D = data(x), an arbitrary smooth function, in the head asked for, and remembers what it saw.
class Knower : public Model {
 public:
  Knower(Path path, Prediction head) {
    info_.name = "knower";
    info_.path = std::move(path);
    info_.head = {head, .5};
    info_.shape = {4};
    info_.dtype = at::kDouble;
  }
  static at::Tensor data(const at::Tensor& x) { return at::sin(x * 3) * 2.5; }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call&) const override {
    seen.push_back(x.clone());
    const auto centre = conditions.find("centre");
    if (centre != conditions.end()) centres.push_back(centre->second.clone());
    if (info_.head.kind == Prediction::data) return data(x);
    std::vector<at::Tensor> rows;
    for (std::int64_t r = 0; r < x.size(0); ++r) {
      const Affine c = from_data(info_.head, info_.path.at(t[r].item<double>()));
      const at::Tensor mu = centre == conditions.end() ? at::zeros_like(x[r]) : centre->second[r];
      rows.push_back((x[r] - mu) * c.of_x + (data(x[r]) - mu) * c.of_p);
    }
    return at::stack(rows);
  }
  mutable std::vector<at::Tensor> seen, centres;
  ModelInfo info_;
};

constexpr Prediction every_head[] = {Prediction::data, Prediction::noise, Prediction::velocity,
                                     Prediction::flow, Prediction::score, Prediction::edm};

at::Tensor some_x(std::int64_t rows) {
  return at::sin(at::arange(rows * 4, at::kDouble) * 7.7).reshape({rows, 4});
}
at::Tensor some_times(const Path& path, std::int64_t rows) {
  return at::linspace(path.t_noise() * .1, path.t_noise() * .9, rows, at::kDouble);
}
at::Tensor data_of(const ModelInfo& info, const at::Tensor& y, const at::Tensor& p, const at::Tensor& t) {
  std::vector<at::Tensor> rows;
  for (std::int64_t r = 0; r < y.size(0); ++r) {
    const Affine c = to_data(info.head, info.path.at(t[r].item<double>()));
    rows.push_back(y[r] * c.of_x + p[r] * c.of_p);
  }
  return at::stack(rows);
}
at::Tensor ask(const Field& field, const at::Tensor& x, const at::Tensor& t, const Conditions& c = {},
               bool gradients = false) {
  Ledger ledger;
  return field.answer(x, t, c, {}, ledger, {}, gradients).prediction;
}
double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

// What a solver gets back must mean exactly the new D, whatever the head.
TEST(FieldOperations, ActOnTheDataEstimateOfEveryHead) {
  ThresholdOptions options;
  options.quantile = .6;
  const PostOperations operations{make_threshold(options)};
  for (const Path& path : {Path::vp(), Path::flow(), Path::edm(.002, 3)})
    for (const Prediction head : every_head) {
      const auto model = std::make_shared<Knower>(path, head);
      const at::Tensor x = some_x(5), t = some_times(path, 5), d = Knower::data(x);
      const at::Tensor wanted = operations[0]->apply(d, x, t, model->info());
      ASSERT_GT(largest(wanted - d), .1);
      const at::Tensor got = data_of(model->info(), x, ask(Field(model, 0, operations), x, t), t);
      EXPECT_LT(largest(got - wanted), 1e-13) << path.json() << name_of(head);
    }
}

// An operation that finds nothing to do must not cost a rounding.
TEST(FieldOperations, RowsThatAreLeftAloneKeepTheirBits) {
  for (const Prediction head : every_head) {
    const auto model = std::make_shared<Knower>(Path::vp(), head);
    const at::Tensor x = some_x(3), t = some_times(Path::vp(), 3);
    EXPECT_TRUE(at::equal(ask(Field(model, 0, {make_clip(-3, 3)}), x, t), ask(Field(model), x, t)))
        << name_of(head);
  }
}

TEST(FieldOperations, AreAppliedInTheirOrder) {
  const auto model = std::make_shared<Knower>(Path::vp(), Prediction::data);
  const PostOperationPtr clip = make_clip(), threshold = make_threshold({});
  const at::Tensor x = some_x(2), t = some_times(Path::vp(), 2), d = Knower::data(x);
  const auto run = [&](const PostOperationPtr& o, const at::Tensor& v) {
    return o->apply(v, x, t, model->info());
  };
  EXPECT_TRUE(at::equal(ask(Field(model, 0, {clip, threshold}), x, t), run(threshold, run(clip, d))));
  EXPECT_TRUE(at::equal(ask(Field(model, 0, {threshold, clip}), x, t), run(clip, run(threshold, d))));
  EXPECT_FALSE(at::equal(run(threshold, run(clip, d)), run(clip, run(threshold, d))));
}

// eps at a = 0 says nothing of D; the answer must come back as it was, not as NaN.
TEST(FieldOperations, RowsWithoutADataEstimateKeepTheirAnswer) {
  const Path path = Path::discrete(linear_betas(10), true);
  for (const Prediction head : {Prediction::noise, Prediction::score}) {
    const auto model = std::make_shared<Doubler>();
    model->info_.path = path;
    model->info_.head.kind = head;
    const at::Tensor x = rows_of_x(2) + 3, t = at::tensor({9., 4.}, at::kDouble);
    const at::Tensor p = ask(Field(model, 0, {make_clip()}), x, t);
    EXPECT_TRUE(at::equal(p[0], x[0] * 2));
    EXPECT_FALSE(at::equal(p[1], x[1] * 2));
    EXPECT_TRUE(at::isfinite(p).all().item<bool>());
  }
}

TEST(FieldOperations, GradientsPassThroughWhenAskedForOnly) {
  const auto model = std::make_shared<Knower>(Path::vp(), Prediction::noise);
  const Field field(model, 0, {make_threshold({})});
  const at::Tensor x = some_x(2).requires_grad_(true), t = some_times(Path::vp(), 2);
  EXPECT_FALSE(ask(field, x, t).requires_grad());
  ask(field, x, t, {}, true).sum().backward();
  EXPECT_TRUE(at::isfinite(x.grad()).all().item<bool>());
}

TEST(FieldOperations, OneThatChangesTheShapeIsNamed) {
  class Broken : public PostOperation {
   public:
    std::string spec() const override { return "broken"; }
    at::Tensor apply(const at::Tensor& d, const at::Tensor&, const at::Tensor&,
                     const ModelInfo&) const override {
      return d.narrow(1, 0, 1);
    }
  };
  const auto model = std::make_shared<Knower>(Path::vp(), Prediction::data);
  testing::expect_error(ErrorKind::shape, {"'broken'", "shape"}, [&] {
    ask(Field(model, 0, {std::make_shared<Broken>()}), some_x(2), some_times(Path::vp(), 2));
  });
  testing::expect_error(ErrorKind::option, {"missing"}, [&] { Field(model, 0, {nullptr}); });
}

constexpr Prediction centred_heads[] = {Prediction::data, Prediction::noise, Prediction::velocity,
                                        Prediction::flow, Prediction::score};

// The model gets x = y + mu and mu, row for row however the call is cut; the solver gets D - mu, eps and v as
// they are.
TEST(FieldCentre, ModelSeesXAndTheSolverGetsY) {
  const Path path = Path::mean_reverting();
  const at::Tensor y = some_x(5), mu = at::cos(y * 9) * .4, t = some_times(path, 5);
  for (const Prediction head : centred_heads) {
    const auto model = std::make_shared<Knower>(path, head);
    const at::Tensor p = ask(Field(model, 2), y, t, {{"centre", mu}});
    EXPECT_TRUE(at::equal(at::cat(model->seen), y + mu));
    EXPECT_TRUE(at::equal(at::cat(model->centres), mu));
    EXPECT_LT(largest(data_of(model->info(), y, p, t) - (Knower::data(y + mu) - mu)), 1e-13) << name_of(head);
  }
}

TEST(FieldCentre, ZeroChangesNoBit) {
  const Path path = Path::mean_reverting();
  const at::Tensor y = some_x(3), t = some_times(path, 3);
  for (const Prediction head : centred_heads) {
    const auto model = std::make_shared<Knower>(path, head);
    Call call;
    EXPECT_TRUE(
        at::equal(ask(Field(model), y, t, {{"centre", at::zeros_like(y)}}), model->forward(y, t, {}, call)));
  }
}

// Operations are about the data, not about their distance to the centre.
TEST(FieldCentre, OperationsSeeTheDataThemselves) {
  const Path path = Path::mean_reverting();
  const at::Tensor y = some_x(4), mu = at::cos(y * 9) * .4, t = some_times(path, 4);
  for (const Prediction head : centred_heads) {
    const auto model = std::make_shared<Knower>(path, head);
    const at::Tensor p = ask(Field(model, 0, {make_clip(0, 1)}), y, t, {{"centre", mu}});
    EXPECT_LT(largest(data_of(model->info(), y, p, t) + mu - Knower::data(y + mu).clamp(0, 1)), 1e-13)
        << name_of(head);
  }
}

TEST(FieldCentre, MissingOrMisshapenCentresAndTheEdmHeadAreRefused) {
  const Path path = Path::mean_reverting();
  const auto model = std::make_shared<Knower>(path, Prediction::data);
  const at::Tensor y = some_x(3), t = some_times(path, 3);
  const auto with = [&](const at::Tensor& centre) {
    return [&, centre] { ask(Field(model), y, t, {{"centre", centre}}); };
  };
  testing::expect_error(ErrorKind::option, {"\"centre\" is needed"}, [&] { ask(Field(model), y, t); });
  testing::expect_error(ErrorKind::shape, {"centre", "1]"}, with(y.narrow(1, 0, 1)));
  testing::expect_error(ErrorKind::shape, {"centre", "Float"}, with(y.to(at::kFloat)));
  testing::expect_error(ErrorKind::unsupported, {"edm", "velocity"},
                        [&] { Field(std::make_shared<Knower>(path, Prediction::edm)); });
  EXPECT_TRUE(model->seen.empty());
}

}  // namespace
}  // namespace ulam::field_test
