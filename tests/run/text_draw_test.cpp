#include "ulam/run/text_draw.h"

#include "tests/errors.h"
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::text_draw_test {
namespace {

using testing::expect_error;

/// A Markov chain: the logits of the next token depend on the last one alone.
class Chain final : public LanguageModel {
 public:
  explicit Chain(at::Tensor logits) : logits_(std::move(logits)) {
    info_.name = "chain";
    info_.vocabulary = logits_.size(0);
    info_.context = 30;
  }
  const LanguageInfo& info() const override { return info_; }
  TextState start(std::int64_t rows) const override {
    return {std::vector<std::int64_t>(static_cast<std::size_t>(rows)), {}};
  }
  at::Tensor forward(const at::Tensor& tokens, TextState& state) const override {
    const auto counts = check_tokens(info_, tokens, state);
    for (std::size_t r = 0; r < counts.size(); ++r) state.lengths[r] += counts[r];
    calls += tokens.numel();
    return logits_.index_select(0, tokens.clamp_min(0).reshape({-1}))
        .view({tokens.size(0), tokens.size(1), -1});
  }
  mutable std::int64_t calls = 0;

 private:
  at::Tensor logits_;
  LanguageInfo info_;
};

/// From token i mostly to i + 1 of 5, the rest evenly.
std::shared_ptr<const Chain> ring() {
  at::Tensor p = at::full({5, 5}, .1);
  for (std::int64_t i = 0; i < 5; ++i) p[i][(i + 1) % 5] = .6;
  return std::make_shared<const Chain>(p.log().to(at::kFloat));
}

TextRequest request(std::vector<std::uint64_t> ids, double temperature) {
  TextRequest r;
  r.model = ring();
  r.prompt = {3, 0};
  r.ids = std::move(ids);
  r.tokens = 12;
  r.temperature = temperature;
  r.seed = 5;
  return r;
}

TEST(TextDraw, WithoutTemperatureTheLikeliestTokenComes) {
  const TextResult out = draw_text(request({0, 1}, 0));
  EXPECT_EQ(out.tokens[0], (std::vector<std::int64_t>{1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2}));
  EXPECT_EQ(out.tokens[1], out.tokens[0]);
}

TEST(TextDraw, EvaluationsAreTheTokensThatTheModelSees) {
  TextRequest r = request({0, 1, 2}, 1);
  const auto model = ring();
  r.model = model;
  const TextResult out = draw_text(r);
  EXPECT_EQ(out.spent.evaluations, 2 + 3 * 11);
  EXPECT_EQ(out.spent.evaluations, model->calls);
  EXPECT_EQ(out.spent.tokens, 36);
  EXPECT_EQ(draw_text(request({}, 1)).spent.evaluations, 2);
}

// S1: who else is drawn does not matter; nor does how long a text is asked for.
TEST(TextDraw, ASampleIsAFunctionOfSeedAndId) {
  const TextResult all = draw_text(request({0, 1, 2, 3}, 1));
  EXPECT_EQ(draw_text(request({2}, 1)).tokens[0], all.tokens[2]);
  TextRequest shorter = request({3}, 1);
  shorter.tokens = 5;
  EXPECT_EQ(draw_text(shorter).tokens[0],
            (std::vector<std::int64_t>{all.tokens[3].begin(), all.tokens[3].begin() + 5}));
  EXPECT_NE(all.tokens[0], all.tokens[1]);
  TextRequest other = request({0}, 1);
  other.seed = 6;
  EXPECT_NE(draw_text(other).tokens[0], all.tokens[0]);
}

TEST(TextDraw, EndsAndAFullContextStopASample) {
  TextRequest r = request({0}, 0);
  r.ends = {4};
  EXPECT_EQ(draw_text(r).tokens[0], (std::vector<std::int64_t>{1, 2, 3}));
  r.ends.clear();
  r.tokens = 1000;
  EXPECT_EQ(draw_text(r).tokens[0].size(), 29u);  // the context holds the prompt and all but the last
  r.tokens = 0;
  EXPECT_EQ(draw_text(r).tokens[0].size(), 0u);
}

TEST(TextDraw, FirstTokensHaveTheSoftmaxProbabilitiesStatistically) {
  std::vector<std::uint64_t> ids(4000);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = i;
  for (const double temperature : {1., 2.}) {
    TextRequest r = request(ids, temperature);
    r.tokens = 1;
    const TextResult out = draw_text(r);
    double hits = 0;
    for (const auto& tokens : out.tokens) hits += tokens.at(0) == 1;
    const double p =
        std::pow(.6, 1 / temperature) / (std::pow(.6, 1 / temperature) + 4 * std::pow(.1, 1 / temperature));
    EXPECT_NEAR(hits / 4000, p, 5 * std::sqrt(p * (1 - p) / 4000)) << temperature;
  }
}

TEST(TextDraw, ATokenIsTheInverseOfTheCumulativeProbabilities) {
  const at::Tensor logits = at::tensor({.25, .5, .25}).log().to(at::kFloat);
  EXPECT_EQ(drawn_token(logits, 1, .24), 0);
  EXPECT_EQ(drawn_token(logits, 1, .26), 1);
  EXPECT_EQ(drawn_token(logits, 1, .74), 1);
  EXPECT_EQ(drawn_token(logits, 1, .76), 2);
  EXPECT_EQ(drawn_token(logits, 1, 1), 2);
  EXPECT_EQ(drawn_token(at::tensor({1.f, 3.f, 3.f}), 0, .99), 1);
}

TEST(TextDraw, RefusesWhatCannotBe) {
  TextRequest r = request({0}, 1);
  r.prompt.clear();
  expect_error(ErrorKind::option, {"prompt"}, [&] { draw_text(r); });
  expect_error(ErrorKind::option, {"temperature"}, [] { draw_text(request({0}, -1)); });
  r = request({0}, 1);
  r.prompt.assign(31, 0);
  expect_error(ErrorKind::option, {"31 tokens", "remembers 30"}, [&] { draw_text(r); });
  expect_error(ErrorKind::numeric, {"finite"}, [] { drawn_token(at::full({3}, std::nanf("")), 1, .5); });
  CancelToken cancel;
  cancel.cancel();
  r = request({0, 1}, 1);
  r.watch.cancel = &cancel;
  const TextResult out = draw_text(r);
  EXPECT_TRUE(out.cancelled);
  EXPECT_TRUE(out.ids.empty());
}

}  // namespace
}  // namespace ulam::text_draw_test
