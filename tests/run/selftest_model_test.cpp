#include "ulam/run/selftest_model.h"

#include "tests/run/fakes.h"
#include <algorithm>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "ulam/problems/read_problem.h"

namespace ulam::selftest_model_test {
namespace {

using testing::Distorted;

std::vector<Check> checked(const ModelPtr& model, const ModelSettings& settings = {}) {
  Checklist list;
  check_model(list, "m", model, settings);
  return list.checks();
}
std::vector<std::string> failing(const ModelPtr& model, const ModelSettings& settings = {}) {
  std::vector<std::string> names;
  for (const Check& c : checked(model, settings))
    if (!c.passed) names.push_back(c.claim.name);
  return names;
}
const std::vector<std::string> none;

/// A stand-in for a network: the same answers without the promise of exact bits, in float.
std::shared_ptr<Distorted> network(Distorted::Change change, const char* spec = "ring") {
  auto model = std::make_shared<Distorted>(named_problem(spec)->with_dtype(at::kFloat), std::move(change));
  model->change_info().exact = false;
  return model;
}

TEST(SelftestModel, ExactProblemsPassOnEveryPathAndHead) {
  for (const char* spec : {"tp1", "ring", "checkerboard:path=flow,head=flow", "swissroll:path=vp,head=noise",
                           "ring:path=ve,head=edm", "tp1:path=flow,head=velocity"})
    EXPECT_EQ(failing(named_problem(spec)), none) << spec;
}

TEST(SelftestModel, ASmallDifferenceOfANetworkPassesAndIsReported) {
  const auto checks = checked(network([](const at::Tensor& x, const at::Tensor&, const at::Tensor& p) {
    return p * (1 + 2e-6 * static_cast<double>(x.size(0) > 1));
  }));
  EXPECT_TRUE(all_passed(checks));
  for (const Check& c : checks)
    if (c.claim.name == "m/batch-16") {
      EXPECT_NEAR(c.measured, 2e-6, 5e-7);
    }
}

// Batch normalisation in training mode is the classical case.
TEST(SelftestModel, AModelThatMixesItsRowsIsCaught) {
  const auto names = failing(network(
      [](const at::Tensor&, const at::Tensor&, const at::Tensor& p) { return p + 0.01 * p.mean(0, true); }));
  for (const char* want : {"m/batch-2", "m/batch-16", "m/batch-64", "m/batch-64/worst", "m/batch-draw"})
    EXPECT_EQ(std::count(names.begin(), names.end(), want), 1) << want;
  EXPECT_EQ(std::count(names.begin(), names.end(), "m/repeat"), 0);
}

// A model that promises exact bits is held to them.
TEST(SelftestModel, ALastBitThatFeelsTheBatchIsCaughtWhereExactnessIsPromised) {
  const auto broken = std::make_shared<Distorted>(
      named_problem("ring"), [](const at::Tensor& x, const at::Tensor&, const at::Tensor& p) {
        return p * (x.size(0) == 64 ? 1 + 4e-16 : 1.0);
      });
  EXPECT_EQ(failing(broken), (std::vector<std::string>{"m/batch-64", "m/batch-64/worst"}));
}

// One wrong row of eight leaves the median alone.
TEST(SelftestModel, OneBadRowShowsInTheWorstAlone) {
  const auto names = failing(network([](const at::Tensor& x, const at::Tensor&, at::Tensor p) {
    if (x.size(0) == 16) p[0].mul_(1.01);
    return p;
  }));
  EXPECT_EQ(std::count(names.begin(), names.end(), "m/batch-16/worst"), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(), "m/batch-16"), 0);
}

TEST(SelftestModel, NaNAtOneEndOfTheNoiseIsCaught) {
  const auto names = failing(network([](const at::Tensor&, const at::Tensor& t, at::Tensor p) {
    for (std::int64_t r = 0; r < p.size(0); ++r)
      if (t[r].item<double>() < 0.01) p[r].fill_(std::numeric_limits<float>::quiet_NaN());
    return p;
  }));
  EXPECT_EQ(std::count(names.begin(), names.end(), "m/finite"), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(), "m/clean"), 1);
}

// NaN everywhere: no check that measures a difference may pass on it.
TEST(SelftestModel, NaNEverywhereFailsEverything) {
  ModelSettings settings;
  settings.set_threads = [](int n) { return n; };
  const auto broken = network([](const at::Tensor&, const at::Tensor&, const at::Tensor& p) {
    return at::full_like(p, std::numeric_limits<float>::quiet_NaN());
  });
  for (const Check& c : checked(broken, settings)) EXPECT_FALSE(c.passed) << c.claim.name;
}

// Dropout left on, or a counter inside.
TEST(SelftestModel, AModelThatDoesNotRepeatItselfIsCaught) {
  int calls = 0;
  const auto names = failing(network([&](const at::Tensor&, const at::Tensor&, const at::Tensor& p) {
    return p * (1 + 1e-6 * static_cast<double>(++calls % 2));
  }));
  EXPECT_EQ(names, std::vector<std::string>{"m/repeat"});
}

// Taking the time the wrong way round: noise for data.
TEST(SelftestModel, ADenoiserThatChangesCleanDataIsCaught) {
  const auto names =
      failing(network([](const at::Tensor&, const at::Tensor&, const at::Tensor& p) { return 0.5 * p; }));
  EXPECT_EQ(names, std::vector<std::string>{"m/clean"});
}

TEST(SelftestModel, AModelThatThrowsIsCaughtWithItsSentence) {
  const auto checks =
      checked(network([](const at::Tensor& x, const at::Tensor&, const at::Tensor& p) -> at::Tensor {
        if (x.size(0) > 8) throw std::runtime_error("no more than 8 rows");
        return p;
      }));
  bool found = false;
  for (const Check& c : checks) found = found || (!c.passed && c.note == "no more than 8 rows");
  EXPECT_TRUE(found);
}

TEST(SelftestModel, AWrongShapeIsCaught) {
  const auto names = failing(network([](const at::Tensor&, const at::Tensor&, const at::Tensor& p) {
    return p.narrow(1, 0, 1).contiguous();
  }));
  EXPECT_EQ(std::count(names.begin(), names.end(), "m/finite"), 1);
}

TEST(SelftestModel, AnAnswerThatDependsOnTheThreadsIsCaughtAndTheirNumberRestored) {
  int threads = 1, last = 0;
  ModelSettings settings;
  settings.set_threads = [&](int n) { return last = threads = n; };
  const auto model = network([&](const at::Tensor&, const at::Tensor&, const at::Tensor& p) {
    return p * (threads == 2 ? 1.001 : 1.0);
  });
  const auto names = failing(model, settings);
  EXPECT_EQ(std::count(names.begin(), names.end(), "m/threads"), 1);
  EXPECT_EQ(last, at::get_num_threads());
}

}  // namespace
}  // namespace ulam::selftest_model_test
