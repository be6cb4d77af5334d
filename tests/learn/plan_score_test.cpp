#include "ulam/learn/plan_score.h"

#include "tests/errors.h"
#include <cmath>
#include <span>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"

namespace ulam::plan_score_test {
namespace {

at::Tensor normals(std::int64_t rows, double mean) {
  std::vector<double> out;
  const RowKey key{make_key(3, Stream::test), static_cast<std::uint64_t>(mean * 100), 0};
  out.resize(static_cast<std::size_t>(rows * 2));
  kernels::fill_normal(key, 0, std::span<double>(out));
  return at::tensor(out, at::kDouble).reshape({rows, 2}) + mean;
}

// logits = (x, -x) of the first number of a row.
class Sign final : public Model {
 public:
  Sign() {
    info_.name = "sign";
    info_.shape = {2};
    info_.dtype = at::kDouble;
    info_.outputs = {"plus", "minus"};
    info_.row_limit = 3;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const Conditions&, Call&) const override {
    const at::Tensor first = x.select(1, 0);
    return at::stack({first, -first}, 1);
  }
  ModelInfo info_;
};

// Each is lower for samples that are nearer to what it asks for.
TEST(PlanScore, LowerIsBetter) {
  const at::Tensor data = normals(400, 0), near = normals(400, .1), far = normals(400, .9);
  const FeatureMap raw = raw_features({2});
  for (const SampleScore& s :
       {trajectory_score(data), frechet_score(*in_memory(data, "data"), raw),
        mmd_score(in_memory(data, "data"), raw),
        reward_score("lowness", [](const at::Tensor& x) { return -x.select(1, 0); })}) {
    EXPECT_LT(s.value(near), s.value(far)) << s.name;
    EXPECT_NEAR(s.figure(far).value, s.value(far), 1e-9) << s.name;
    EXPECT_GT(s.figure(far).error, 0) << s.name;
  }
}

// A few samples far away must not be a gain: with an unbounded kernel they are.
TEST(PlanScore, KernelDiscrepancyCannotBeGamed) {
  const at::Tensor data = normals(200, 0);
  at::Tensor wild = normals(200, .1).clone();
  wild[0].fill_(1e4);
  wild[1].fill_(-1e4);
  const SampleScore mmd = mmd_score(in_memory(data, "data"), raw_features({2}));
  EXPECT_GT(mmd.value(wild), mmd.value(data) - .01);
  EXPECT_LT(std::abs(mmd.value(wild)), 2);
}

TEST(PlanScore, KnownValues) {
  const at::Tensor data = normals(400, 0);
  const FeatureMap raw = raw_features({2});
  EXPECT_NEAR(trajectory_score(data).value(data + 2), 2, 1e-12);
  EXPECT_NEAR(frechet_score(*in_memory(data, "data"), raw).value(data), 0, 1e-10);
  EXPECT_NEAR(frechet_score(*in_memory(data, "data"), raw).value(data + 2), 8, 1e-8);
  const at::Tensor labels = at::tensor(std::vector<std::int64_t>{0, 1, 0, 1, 0}, at::kLong);
  const at::Tensor x = at::tensor({1., -1., 1., 1., -2.}, at::kDouble).unsqueeze(1).expand({5, 2});
  double wanted = 0;
  for (const double margin : {2., 2., 2., -2., -4.}) wanted += std::log1p(std::exp(-margin)) / 5;
  EXPECT_NEAR(agreement_score(std::make_shared<Sign>(), labels).value(x), wanted, 1e-12);
}

TEST(PlanScore, BadInputIsRefused) {
  const auto sign = std::make_shared<Sign>();
  const at::Tensor labels = at::zeros({5}, at::kLong);
  ulam::testing::expect_error(ErrorKind::option, {"2 classes"}, [&] { agreement_score(sign, labels + 2); });
  ulam::testing::expect_error(ErrorKind::shape, {"4 samples and 5 labels"}, [&] {
    agreement_score(sign, labels).value(at::zeros({4, 2}));
  });
  ulam::testing::expect_error(ErrorKind::shape, {"differ in shape"}, [&] {
    trajectory_score(at::zeros({4, 2})).value(at::zeros({5, 2}));
  });
  const auto none = std::make_shared<Sign>();
  none->info_.outputs.clear();
  ulam::testing::expect_error(ErrorKind::unsupported, {"no classifier"},
                              [&] { agreement_score(none, labels); });
}

}  // namespace
}  // namespace ulam::plan_score_test
