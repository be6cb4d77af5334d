// Observation self-guidance: the loss and its gradient, through the denoiser
// and its Jacobian, in every head.
#include "ulam/guide/observe.h"

#include "tests/errors.h"
#include "tests/guide/gaussian_window.h"
#include <limits>

#include <gtest/gtest.h>

#include "ulam/guide/field.h"
#include "ulam/kernels/normal.h"

namespace ulam::observe_test {
namespace {

using testing::expect_error;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct Fixture {
  std::shared_ptr<const test::GaussianWindow> model;
  at::Tensor x, t;
  Conditions conditions;
  explicit Fixture(Prediction kind = Prediction::data, std::int64_t rows = 3, double time = 40)
      : model(std::make_shared<test::GaussianWindow>(test::ar1_covariance(6, .8), kind)) {
    x = at::empty({rows, 1, 6}, at::kDouble);
    kernels::fill_normal(RowKey{make_key(3, Stream::test), 0, 0}, 0,
                         std::span<double>(x.data_ptr<double>(), static_cast<std::size_t>(x.numel())));
    t = at::full({rows}, time, at::kDouble);
    conditions[observed_condition] =
        at::tensor({.5, none, -1., none, 2., none}, at::kDouble).view({1, 1, 6}).repeat({rows, 1, 1});
    conditions[level_condition] = (at::arange(rows, at::kDouble) + 1) / static_cast<double>(rows + 1);
  }
  at::Tensor answer(const std::string& spec, const Context& context = {}) const {
    Ledger ledger;
    const ModelFinder find = [](const std::string&) -> ModelPtr { return nullptr; };
    return Field(model, 0, {}, make_terms(spec, find))
        .answer(x, t, conditions, context, ledger, {})
        .prediction;
  }
  at::Tensor plain() const {
    Ledger ledger;
    return Field(model).answer(x, t, {}, {}, ledger, {}).prediction;
  }
  // Gradient of the loss with respect to D, then through the matrix of the
  // denoiser.
  at::Tensor gradient(bool quantile) const {
    const Marginal m = model->info().path.at(t[0].item<double>());
    const at::Tensor matrix = model->matrix(m), d = x.matmul(matrix.t()),
                     observed = conditions.at(observed_condition);
    const at::Tensor e = observed - d, k = conditions.at(level_condition).view({-1, 1, 1});
    at::Tensor g = quantile ? e.lt(0).to(at::kDouble) - k : e * -2;
    g = at::where(observed.isnan(), at::zeros_like(g), g);
    return g.matmul(matrix);
  }
};

// The derivative of the pinball loss is 1[e < 0] - k, and it passes the
// denoiser's Jacobian: a model that is detached would miss the matrix.
TEST(Observe, TheScoreLosesTheGradientThroughTheDenoiser) {
  for (const bool quantile : {true, false})
    for (const Prediction kind :
         {Prediction::data, Prediction::noise, Prediction::velocity, Prediction::edm}) {
      const Fixture f(kind);
      const Marginal m = f.model->info().path.at(40);
      const std::string spec =
          std::string("observe:form=score,scale=3,loss=") + (quantile ? "quantile" : "square");
      const Affine head = from_data(f.model->info().head, m);
      // D moves by s^2/a times what the score loses.
      const at::Tensor expected = f.plain() - f.gradient(quantile) * (3 * m.s * m.s / m.a * head.of_p);
      EXPECT_LT((f.answer(spec) - expected).abs().max().item<double>(), 1e-10)
          << name_of(kind) << ' ' << spec;
    }
}

TEST(Observe, TheMiddleLevelIsHalfTheAbsoluteError) {
  Fixture f(Prediction::data, 1);
  ASSERT_EQ(f.conditions.at(level_condition).item<double>(),
            .5);  // one row of one has level 1/2
  const at::Tensor with = f.answer("observe:form=score");
  f.conditions.erase(level_condition);
  EXPECT_TRUE(at::equal(with, f.answer("observe:form=score")));
  const Marginal m = f.model->info().path.at(40);
  const at::Tensor matrix = f.model->matrix(m),
                   e = f.conditions.at(observed_condition) - f.x.matmul(matrix.t());
  const at::Tensor half = at::where(e.isnan(), at::zeros_like(e), e.sign() * -.5).matmul(matrix);
  EXPECT_LT((f.plain() - half * (4 * m.s * m.s / m.a) - with).abs().max().item<double>(), 1e-10);
}

TEST(Observe, SwitchedOffOrWithoutObservationsTheBitsArePlain) {
  Fixture f(Prediction::noise);
  EXPECT_TRUE(at::equal(f.answer("observe:scale=0"), f.plain()));
  EXPECT_TRUE(at::equal(f.answer("observe:form=score,high=1e-6"), f.plain()));
  f.conditions[observed_condition] = at::full_like(f.x, none);
  EXPECT_TRUE(at::equal(f.answer("observe:form=score"), f.plain()));
}

TEST(Observe, ARowWithoutObservationsIsLeftAloneBesideOthers) {
  Fixture f;
  f.conditions.at(observed_condition)[1].fill_(none);
  const at::Tensor guided = f.answer("observe:form=score"), plain = f.plain();
  EXPECT_TRUE(at::equal(guided[1], plain[1]));
  EXPECT_FALSE(at::equal(guided[0], plain[0]));
}

// Form mean: whatever the head, the new state moves by -scale * variance *
// gradient.
TEST(Observe, FormMeanMovesTheMeanOfTheKernelByItsVariance) {
  for (const Prediction kind : {Prediction::data, Prediction::noise, Prediction::edm}) {
    const Fixture f(kind);
    Context context;
    context.kernel.from = 40, context.kernel.to = 39;
    context.kernel.variance = .03, context.kernel.share = -.7;
    const at::Tensor moved = (f.answer("observe:form=mean,scale=2", context) - f.plain()) * -.7;
    EXPECT_LT((moved + f.gradient(true) * (2 * .03)).abs().max().item<double>(), 1e-10) << name_of(kind);
    context.kernel.variance = 0;
    EXPECT_TRUE(at::equal(f.answer("observe:form=mean,scale=2", context), f.plain()));
  }
}

TEST(Observe, CostsOneEvaluation) {
  const Fixture f;
  Ledger ledger;
  const Field field(f.model, 0, {}, {make_observe({})});
  field.answer(f.x, f.t, f.conditions, {}, ledger, {});
  EXPECT_EQ(ledger.spent().evaluations, 3);
  EXPECT_EQ(field.most_evaluations(), 1);
  EXPECT_EQ(field.evaluations(40, {}), 1);
}

TEST(Observe, ItsSpecIsReadBack) {
  const ModelFinder find = [](const std::string&) -> ModelPtr { return nullptr; };
  for (const char* spec :
       {"observe:loss=quantile,scale=4,form=mean", "observe:loss=square,scale=0.5,form=score,low=0.2"}) {
    EXPECT_EQ(make_term(spec, find)->spec(), spec);
    EXPECT_EQ(make_term("tsdiff", find)->spec(), "observe:loss=quantile,scale=4,form=mean");
  }
}

TEST(Observe, OddObservationsAreRefused) {
  Fixture f;
  f.conditions[level_condition] = at::tensor({.5, 1., .5}, at::kDouble);
  expect_error(ErrorKind::option, {"observe", "strictly between 0 and 1"}, [&] { f.answer("observe"); });
  f.conditions[level_condition] = at::full({3, 2}, .5, at::kDouble);
  expect_error(ErrorKind::shape, {"levels", "3 samples"}, [&] { f.answer("observe"); });
  f.conditions[observed_condition] = at::zeros({3, 1, 5}, at::kDouble);
  expect_error(ErrorKind::shape, {"[3, 1, 5]", "[3, 1, 6]"}, [&] { f.answer("observe"); });
  f.conditions.clear();
  expect_error(ErrorKind::option, {"guide.observed", "ulam forecast"}, [&] { f.answer("observe"); });
  expect_error(ErrorKind::option, {"observe", "median", "quantile, square"},
               [&] { f.answer("observe:loss=median"); });
}

}  // namespace
}  // namespace ulam::observe_test
