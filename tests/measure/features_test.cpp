#include "ulam/measure/features.h"

#include "tests/measure/distribution_support.h"

#include "ulam/measure/moments.h"

namespace ulam::features_test {
namespace {
using namespace test;

/// Taps "double": 2 x + t, as [rows, 2, 3]; remembers the largest call.
class Doubler final : public Model {
 public:
  Doubler() {
    info_.name = "doubler";
    info_.shape = {1, 2, 3};
    info_.taps = {"double", "absent"};
    info_.row_limit = 5;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions&, Call& call) const override {
    EXPECT_EQ(x.sizes().slice(1), (at::IntArrayRef{1, 2, 3}));
    EXPECT_EQ(x.scalar_type(), at::kFloat);
    EXPECT_TRUE(t.eq(info_.path.t_data()).all().item<bool>());
    largest = std::max<std::int64_t>(largest, x.size(0));
    if (call.wanted_taps.front() == "double") call.taps["double"] = x.squeeze(1) * 2;
    return x * 1;
  }
  mutable std::int64_t largest = 0;

 private:
  ModelInfo info_;
};

at::Tensor whole(const SampleSet& set) { return set.block(0, set.size()); }

TEST(Features, RawIsTheRowsFlattened) {
  const at::Tensor rows = normals(300, 6, 1).view({300, 2, 3});
  const SampleSetPtr set = in_memory(rows, "a", at::arange(300, at::kLong));
  const SampleSetPtr raw = features_of(*set, raw_features(set->shape()));
  EXPECT_TRUE(at::equal(whole(*raw), rows.view({300, 6})));
  EXPECT_TRUE(raw->labels().defined());
  EXPECT_NE(raw->name().find("a"), std::string::npos);
}

// Components of the reference itself: no mean, no correlation, variances the leading eigenvalues.
TEST(Features, ComponentsOfTheReferenceAreUncorrelated) {
  const at::Tensor mix = normals(5, 5, 7) * row({5, 3, 2, 1, .5}).unsqueeze(1);
  const SampleSetPtr set = in_memory(at::mm(normals(9000, 5, 1), mix) + 3, "a");
  const FeatureMap pca = pca_features(*set, 3);
  EXPECT_EQ(pca.name, "pca:3");
  EXPECT_EQ(pca.dimension, 3);
  const Moments m = moments_of(*features_of(*set, pca));
  EXPECT_LT(m.mean.abs().max().item<double>(), 1e-12);
  const at::Tensor c = m.covariance(), values = at::linalg_eigvalsh(moments_of(*set).covariance()).flip(0);
  EXPECT_LT((c - at::diag(values.narrow(0, 0, 3))).abs().max().item<double>(), 1e-10);
}

// All components are a rotation: they keep distances.
TEST(Features, AllComponentsKeepDistances) {
  const at::Tensor rows = normals(40, 4, 1) * row({1, 2, 3, 4});
  const SampleSetPtr set = in_memory(rows, "a");
  const at::Tensor y = whole(*features_of(*set, pca_features(*set, 4)));
  EXPECT_LT((at::cdist(y, y) - at::cdist(rows, rows)).abs().max().item<double>(), 1e-7);
}

TEST(Features, SignsOfComponentsDoNotDependOnTheSignOfTheData) {
  const at::Tensor rows = normals(100, 3, 1) * row({1, 2, 3});
  const at::Tensor a = pca_features(*in_memory(rows, "a"), 2).map(at::eye(3, at::kDouble)),
                   b = pca_features(*in_memory(-rows, "a"), 2).map(at::eye(3, at::kDouble));
  // Means differ in sign; the axes do not.
  EXPECT_LT(((a - a[2]) - (b - b[2])).abs().max().item<double>(), 1e-9);
}

TEST(Features, TapsOfAModelComeAtTheDataEndInSmallCalls) {
  const auto model = std::make_shared<Doubler>();
  const FeatureMap map = model_features(model, "double");
  EXPECT_EQ(map.name, "doubler:double");
  EXPECT_EQ(map.dimension, 6);
  const at::Tensor rows = normals(33, 6, 1);
  for (const SampleSetPtr& set :
       {in_memory(rows.view({33, 1, 2, 3}), "a"), in_memory(rows.to(at::kFloat), "b")})
    EXPECT_TRUE(at::equal(whole(*features_of(*set, map)), rows.to(at::kFloat) * 2));
  EXPECT_EQ(model->largest, 5);
}

TEST(Features, WhatDoesNotFitIsRefused) {
  const SampleSetPtr set = in_memory(normals(10, 6, 1), "a"), other = in_memory(normals(10, 5, 1), "b");
  for (const std::int64_t k : {0, 7, 10})
    expect_error(ErrorKind::option, {"pca", "1 to 6"}, [&] { pca_features(*set, k); });
  expect_error(ErrorKind::option, {"1 to 4"}, [&] { pca_features(*slice(set, 0, 5), 5); });
  const auto model = std::make_shared<Doubler>();
  expect_error(ErrorKind::unsupported, {"nose", "doubler", "double, absent"},
               [&] { model_features(model, "nose"); });
  expect_error(ErrorKind::unsupported, {"absent"}, [&] { model_features(model, "absent"); });
  for (const FeatureMap& map : {raw_features({6}), pca_features(*set, 2), model_features(model, "double")})
    expect_error(ErrorKind::shape, {"[5]", "6"}, [&] { features_of(*other, map); });
  FeatureMap wrong = raw_features({6});
  wrong.dimension = 7;
  expect_error(ErrorKind::shape, {"7"}, [&] { features_of(*set, wrong); });
  wrong = {"nan", 6, [](const at::Tensor& x) { return x * std::nan(""); }};
  expect_error(ErrorKind::numeric, {"nan", "row 0"}, [&] { features_of(*set, wrong); });
}

}  // namespace
}  // namespace ulam::features_test
