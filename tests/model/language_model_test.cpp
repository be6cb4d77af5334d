#include "ulam/model/language_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::language_model_test {
namespace {

TextState three_rows() { return {{1, 2, 3}, {at::arange(6, at::kFloat).view({3, 2})}}; }

TEST(LanguageModel, RowsAreChosenInAnyOrderAndNumber) {
  const TextState chosen = three_rows().chosen({2, 0, 2});
  EXPECT_EQ(chosen.lengths, (std::vector<std::int64_t>{3, 1, 3}));
  EXPECT_TRUE(at::equal(chosen.memory[0], at::tensor({4.f, 5.f, 0.f, 1.f, 4.f, 5.f}).view({3, 2})));
  EXPECT_EQ(three_rows().chosen({}).rows(), 0);
  EXPECT_THROW(three_rows().chosen({3}), Error);
  EXPECT_THROW(three_rows().chosen({-1}), Error);
}

TEST(LanguageModel, RowsAreCutAndNotGrown) {
  TextState state = three_rows();
  state.cut(2, 1);
  EXPECT_EQ(state.lengths[2], 1);
  EXPECT_THROW(state.cut(2, 2), Error);
  EXPECT_THROW(state.cut(0, -1), Error);
  EXPECT_THROW(state.cut(3, 0), Error);
}

TEST(LanguageModel, TokensOfACallAreChecked) {
  LanguageInfo info;
  info.vocabulary = 5;
  info.context = 4;
  const auto lines = [](std::vector<std::int64_t> values) {
    return at::tensor(values, at::kLong).view({3, 2});
  };
  EXPECT_EQ(check_tokens(info, lines({0, 4, 1, -1, -1, -1}), three_rows()),
            (std::vector<std::int64_t>{2, 1, 0}));
  EXPECT_THROW(check_tokens(info, lines({0, 5, 1, 1, 1, -1}), three_rows()), Error);
  EXPECT_THROW(check_tokens(info, lines({0, -2, 1, 1, 1, -1}), three_rows()), Error);
  EXPECT_THROW(check_tokens(info, lines({-1, 0, 1, 1, 1, -1}), three_rows()), Error);
  EXPECT_THROW(check_tokens(info, lines({0, 0, 1, 1, 1, 1}), three_rows()), Error);  // row 2 would hold 5
  EXPECT_THROW(check_tokens(info, at::zeros({2, 2}, at::kLong), three_rows()), Error);
  EXPECT_THROW(check_tokens(info, at::zeros({3, 2}), three_rows()), Error);
}

}  // namespace
}  // namespace ulam::language_model_test
