// Any function of the data estimate as an energy: its gradient enters the score, rows out of its window are
// not shown.
#include "ulam/guide/energy_function.h"

#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::energy_function_test {
namespace {

using guide_test::ask;
using guide_test::largest;
using guide_test::rows_of_x;
using testing::expect_error;

at::Tensor half_square(const at::Tensor& data, const at::Tensor&) { return data.square().sum(1) / 2; }

Terms energy(EnergyFunction function, double scale = 2, Schedule schedule = {}) {
  return {make_energy_function({std::move(function), scale, std::move(schedule), "test"})};
}
ProblemPtr gaussian(const std::string& head = "data", const std::string& path = "edm") {
  return problem_from_json(
      {{"problem", "gaussian"}, {"mean", {0, 0}}, {"variances", {.3, .3}}, {"path", path}, {"head", head}},
      "test.json", "");
}

// D = v/(v + s^2) x, so the gradient of |D|^2/2 is (v/(v + s^2))^2 x, and D moves by -s^2 times it, in every
// head.
TEST(EnergyFunction, ItsGradientEntersTheScoreInEveryHead) {
  const double v = .3, s = .7, share = v / (v + s * s);
  for (const char* head : {"data", "noise", "velocity", "flow", "score", "edm"}) {
    const ProblemPtr model = gaussian(head);
    const at::Tensor x = rows_of_x();
    const Conditions none;
    const auto plain = ask(model, {}, s, x, &none), moved = ask(model, energy(half_square), s, x, &none);
    const Affine to = to_data(model->info().head, model->info().path.at(s));
    EXPECT_LT(largest((moved.prediction - plain.prediction) * to.of_p + s * s * 2 * share * share * x), 1e-12)
        << head;
    EXPECT_EQ(moved.evaluations, plain.evaluations) << head;
    EXPECT_FALSE(moved.prediction.requires_grad());
  }
}

TEST(EnergyFunction, ARewardIsAnEnergyWithTheOtherSign) {
  const Conditions none;
  const auto with = [&](EnergyFunction f, double scale) {
    return ask(gaussian(), energy(std::move(f), scale), .7, rows_of_x(), &none).prediction;
  };
  const auto reward = [](const at::Tensor& data, const at::Tensor& sigma) {
    return -half_square(data, sigma);
  };
  EXPECT_TRUE(at::equal(with(reward, -2), with(half_square, 2)));
}

TEST(EnergyFunction, SeesTheNoiseOfItsRowsAndNoOtherRows) {
  const ProblemPtr model = gaussian();
  std::vector<double> seen;
  const auto look = [&](const at::Tensor& data, const at::Tensor& sigma) {
    EXPECT_EQ(data.size(0), sigma.size(0));
    for (std::int64_t i = 0; i < sigma.size(0); ++i) seen.push_back(sigma[i].item<double>());
    return half_square(data, sigma);
  };
  Schedule window;
  window.low = .5, window.high = 3;
  const Field field(model, 0, {}, energy(look, 1, window)), plain(model);
  Ledger ledger;
  const at::Tensor x = rows_of_x(4), t = at::tensor({.1, .6, 2., 9.}, at::kDouble);
  const at::Tensor guided = field.answer(x, t, {}, {}, ledger, {}).prediction,
                   own = plain.answer(x, t, {}, {}, ledger, {}).prediction;
  EXPECT_EQ(seen, (std::vector<double>{.6, 2.}));
  for (const std::int64_t r : {0, 3}) EXPECT_TRUE(at::equal(guided[r], own[r])) << r;
  for (const std::int64_t r : {1, 2}) EXPECT_FALSE(at::equal(guided[r], own[r])) << r;
}

// At pure noise the field adds nothing, and sigma is infinite: the function is not asked what it cannot
// answer.
TEST(EnergyFunction, IsNotAskedAtPureNoise) {
  const ProblemPtr model = gaussian("data", "flow");
  const auto never = [](const at::Tensor&, const at::Tensor&) -> at::Tensor {
    throw std::out_of_range("asked");
  };
  const Field field(model, 0, {}, energy(never));
  Ledger ledger;
  const at::Tensor x = rows_of_x(2);
  EXPECT_TRUE(at::isfinite(field.answer(x, at::ones({2}, at::kDouble), {}, {}, ledger, {}).prediction)
                  .all()
                  .item<bool>());
}

TEST(EnergyFunction, SaysWhatItIs) {
  EXPECT_EQ(energy(half_square)[0]->spec(), "energy:function=test,scale=2");
  EXPECT_TRUE(energy(half_square)[0]->of_time());
  // A function without a name could be any: no converged reference is kept under it.
  EXPECT_FALSE(make_energy_function({half_square, 1, {}, ""})->of_time());
}

TEST(EnergyFunction, BadOnesAreRefused) {
  const auto asked = [](EnergyFunction f) {
    const Conditions none;
    ask(gaussian(), energy(std::move(f)), .7, rows_of_x(), &none);
  };
  using T = at::Tensor;
  expect_error(ErrorKind::shape, {"energy", "[5, 2]", "[5] is needed"},
               [&] { asked([](const T& d, const T&) { return d; }); });
  expect_error(ErrorKind::shape, {"[]"}, [&] { asked([](const T& d, const T&) { return d.sum(); }); });
  expect_error(ErrorKind::shape, {"nothing"}, [&] { asked([](const T&, const T&) { return T(); }); });
  expect_error(ErrorKind::unsupported, {"no gradient"},
               [&] { asked([](const T& d, const T&) { return d.detach().sum(1); }); });
  EXPECT_THROW(asked([](const T&, const T&) -> T { throw std::out_of_range("own"); }), std::out_of_range);
  expect_error(ErrorKind::option, {"no function"}, [] { make_energy_function({}); });
  expect_error(ErrorKind::option, {"inf"}, [] { energy(half_square, INFINITY); });
  Schedule empty;
  empty.low = 2, empty.high = 1;
  expect_error(ErrorKind::option, {"low = 2"}, [&] { energy(half_square, 1, empty); });
}

}  // namespace
}  // namespace ulam::energy_function_test
