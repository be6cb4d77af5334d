#include "ulam/measure/agreement.h"

#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::agreement_test {
namespace {

/// Recognises rows by their largest number; notes how many rows a call gets.
class Largest final : public Model {
 public:
  explicit Largest(bool classifier = true) {
    info_.name = "largest";
    info_.shape = {3};
    info_.row_limit = 2;
    if (classifier) info_.outputs = {"red", "green", "blue"};
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions&, Call&) const override {
    EXPECT_LE(x.size(0), 2);
    EXPECT_EQ(t.size(0), x.size(0));
    EXPECT_EQ(t[0].item<double>(), info_.path.t_data());
    EXPECT_EQ(x.scalar_type(), at::kFloat);
    return x * 5;
  }

 private:
  ModelInfo info_;
};

at::Tensor rows_of(const std::vector<std::int64_t>& classes) {
  at::Tensor x = at::zeros({static_cast<std::int64_t>(classes.size()), 3});
  for (std::size_t i = 0; i < classes.size(); ++i) x[static_cast<std::int64_t>(i)][classes[i]] = 1;
  return x;
}
SampleSetPtr set_of(const std::vector<std::int64_t>& shown, const std::vector<std::int64_t>& asked) {
  return in_memory(rows_of(shown), "drawn", at::tensor(asked, at::kLong));
}

TEST(Agreement, CountsByTheClassThatWasAskedFor) {
  const Agreement a = class_agreement(Largest(), *set_of({0, 0, 1, 2, 0}, {0, 0, 0, 2, 2}));
  EXPECT_EQ(a.overall.right, 3);
  EXPECT_EQ(a.overall.all, 5);
  EXPECT_EQ(a.by_class[0].right, 2);
  EXPECT_EQ(a.by_class[0].all, 3);
  EXPECT_EQ(a.by_class[1].all, 0);
  EXPECT_TRUE(std::isnan(a.by_class[1].value()));
  EXPECT_EQ(a.by_class[2].right, 1);
}

TEST(Agreement, FiguresNameClassesAndTellTheRealAccuracy) {
  const Agreement drawn = class_agreement(Largest(), *set_of({0, 0, 1, 2}, {0, 0, 0, 2}));
  const auto alone = agreement_figures(drawn);
  ASSERT_EQ(alone.size(), 3u);  // overall, red, blue: nothing green was asked for
  EXPECT_EQ(alone[0].name, "agreement");
  EXPECT_DOUBLE_EQ(alone[0].value, .75);
  EXPECT_GT(alone[0].error, 0);
  EXPECT_EQ(alone[2].name, "agreement/blue");
  EXPECT_EQ(alone[2].rows, 1);
  const Agreement real = class_agreement(Largest(), *set_of({0, 1, 2, 1}, {0, 1, 2, 2}));
  EXPECT_NE(agreement_figures(drawn, &real)[0].note.find("real: 0.7"), std::string::npos);
}

TEST(Agreement, BadInputIsRefusedInOneSentence) {
  using testing::error_text;
  EXPECT_NE(
      error_text([] { class_agreement(Largest(), *in_memory(rows_of({0}), "bare")); }).find("no labels"),
      std::string::npos);
  EXPECT_NE(error_text([] {
              class_agreement(Largest(), *set_of({0, 1}, {0, 3}));
            }).find("row 1 of drawn has label 3"),
            std::string::npos);
  EXPECT_NE(error_text([] { class_agreement(Largest(false), *set_of({0}, {0})); }).find("no classifier"),
            std::string::npos);
  const auto wide = in_memory(at::zeros({2, 4}), "wide", at::zeros({2}, at::kLong));
  EXPECT_NE(error_text([&] { class_agreement(Largest(), *wide); }).find("[4]"), std::string::npos);
  const Agreement drawn = class_agreement(Largest(), *set_of({0, 1}, {0, 1}));
  const Agreement real = class_agreement(Largest(), *set_of({0, 0}, {0, 0}));
  EXPECT_NE(error_text([&] { agreement_figures(drawn, &real); }).find("class 1 (green) is empty"),
            std::string::npos);
}

TEST(Agreement, ACancelTokenStops) {
  CancelToken cancel;
  cancel.cancel();
  Watch watch;
  watch.cancel = &cancel;
  EXPECT_THROW(recognised_classes(Largest(), *set_of({0}, {0}), watch), Error);
}

}  // namespace
}  // namespace ulam::agreement_test
