#include "ulam/model/diffusers_attention.h"

#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace ulam::diffusers::diffusers_attention_test {
namespace {
using ulam::test::max_difference;
using ulam::test::normals;

void fill_all(Parameters& p) {
  std::uint64_t id = 500;
  for (const NamedTensor& t : p.list())
    at::Tensor(t.tensor).copy_(normals(t.tensor.sizes().vec(), id++) * 0.3);
}

struct AttentionCase : ::testing::Test {
  Parameters p;
  SelfAttention a{p, "a", 8, 4, 2, 1e-5, 1};
  Call none;
  AttentionCase() { fill_all(p); }
};

// Positions are a set: moving them moves the answer.
TEST_F(AttentionCase, FollowsAPermutationOfPositions) {
  const at::Tensor x = normals({2, 8, 3, 4}, 13),
                   order = at::tensor({5, 3, 11, 0, 1, 2, 10, 9, 8, 7, 6, 4}, at::kLong);
  const auto moved = [&](const at::Tensor& m) {
    return m.reshape({2, 8, 12}).index_select(2, order).view({2, 8, 3, 4});
  };
  EXPECT_LT(max_difference(a(moved(x), layers::Run{none}), moved(a(x, layers::Run{none}))), 1e-5);
}

TEST_F(AttentionCase, OnePositionAttendsToItself) {
  const at::Tensor x = normals({2, 8, 1, 1}, 14);
  Call call;
  call.perturbations = {{"a", Perturbation::Kind::identity_attention, 1, {}}};
  EXPECT_LT(max_difference(a(x, layers::Run{none}), a(x, layers::Run{call})), 1e-6);
  const at::Tensor tokens = (*a.norm)(x).view({2, 8});
  EXPECT_LT(max_difference(a(x, layers::Run{none}).view({2, 8}),
                           a.attention.out(a.attention.v(tokens)) + x.view({2, 8})),
            1e-5);
}

TEST_F(AttentionCase, AnswersPerturbationsRowByRow) {
  const at::Tensor x = normals({2, 8, 4, 4}, 15), plain = a(x, layers::Run{none});
  const at::Tensor first = at::tensor({1, 0}).to(at::kBool);
  for (const auto& [kind, strength] : {std::pair{Perturbation::Kind::identity_attention, 1.0},
                                       {Perturbation::Kind::blurred_attention, 2.0},
                                       {Perturbation::Kind::skip, 1.0}}) {
    Call call;
    call.perturbations = {{"a", kind, strength, first}};
    const at::Tensor y = a(x, layers::Run{call});
    EXPECT_EQ(max_difference(y[1], plain[1]), 0);
    EXPECT_GT(max_difference(y[0], plain[0]), 1e-3);
    if (kind == Perturbation::Kind::skip) {
      EXPECT_EQ(max_difference(y[0], x[0]), 0);
    }
  }
  Call still;
  still.perturbations = {{"a", Perturbation::Kind::blurred_attention, 0, {}}};
  EXPECT_LT(max_difference(a(x, layers::Run{still}), plain), 1e-6);
  // Queries without differences in space: every position gives the same answer beside the residual.
  Call flat;
  flat.perturbations = {{"a", Perturbation::Kind::blurred_attention, INFINITY, {}}};
  const at::Tensor even = a(x, layers::Run{flat}) - x;
  EXPECT_LT(max_difference(even, even.mean({2, 3}, true).expand_as(even)), 1e-5);
}

TEST_F(AttentionCase, TapsItsAnswer) {
  Call call;
  call.wanted_taps = {"a"};
  const at::Tensor y = a(normals({1, 8, 2, 2}, 16), layers::Run{call});
  ASSERT_TRUE(call.taps.contains("a"));
  EXPECT_EQ(max_difference(call.taps.at("a"), y), 0);
}

// Without biases, tokens that say nothing get nothing but the last bias.
TEST(DiffusersAttention, BiasesOfQueriesKeysAndValuesAreLeftOut) {
  Parameters p;
  const TokenAttention a(p, "a", 8, 2, 4, false);
  EXPECT_EQ(p.list().size(), 5u);
  fill_all(p);
  Call call;
  const at::Tensor y = a(at::zeros({1, 4, 8}), 2, 2, layers::Run{call});
  EXPECT_EQ(max_difference(y, a.out.bias.view({1, 1, 8}).expand_as(y)), 0);
}

TEST(DiffusersAttention, EveryRowOfTheMapSumsToOne) {
  Parameters p;
  const TokenAttention a(p, "a", 8, 2, 4);
  fill_all(p);
  Call call;
  call.wanted_taps = {"a.map"};
  a(normals({3, 6, 8}, 21), 2, 3, layers::Run{call});
  const at::Tensor map = call.taps.at("a.map");
  ASSERT_EQ(map.sizes(), (at::IntArrayRef{3, 2, 6, 6}));
  EXPECT_LT(max_difference(map.sum(-1), at::ones({3, 2, 6})), 1e-6);
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_attention_test
