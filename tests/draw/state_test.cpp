#include "ulam/draw/state.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::state_test {
namespace {

using testing::error_text;

State sample(std::int64_t rows, std::uint64_t first) {
  State s;
  s.x = at::arange(rows * 2, at::kFloat).reshape({rows, 2}) + static_cast<double>(first);
  s.history.push_back({s.x * 2, {}});
  s.memory = {s.x * 3, at::Tensor(), s.x * 7, at::Tensor()};
  s.answer = s.x * 5;
  for (std::int64_t r = 0; r < rows; ++r) {
    s.history[0].times.push_back(.1 * static_cast<double>(r) + static_cast<double>(first));
    s.count.push_back(1);
    s.level.push_back(static_cast<int>(r));
    s.ids.push_back(first + static_cast<std::uint64_t>(r));
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    const double t = .1 * static_cast<double>(r);
    s.times.push_back(r % 2 == 0 ? StepTimes{t + .5, t, t + .6, t + .7} : StepTimes{});
    s.numbers.resize(2);
    for (std::vector<double>& n : s.numbers) n.push_back(t + static_cast<double>(first));
  }
  s.conditions["label"] = at::arange(rows, at::kLong) + static_cast<std::int64_t>(first);
  return s;
}

void expect_equal(const State& a, const State& b) {
  const auto same = [](const at::Tensor& p, const at::Tensor& q) {
    return p.defined() == q.defined() &&
           (!p.defined() || (p.scalar_type() == q.scalar_type() && at::equal(p, q)));
  };
  EXPECT_TRUE(same(a.x, b.x));
  ASSERT_EQ(a.history.size(), b.history.size());
  for (std::size_t h = 0; h < a.history.size(); ++h) {
    EXPECT_TRUE(same(a.history[h].prediction, b.history[h].prediction));
    EXPECT_EQ(a.history[h].times, b.history[h].times);
  }
  for (std::size_t m = 0; m < std::max(a.memory.size(), b.memory.size()); ++m)
    EXPECT_TRUE(same(m < a.memory.size() ? a.memory[m] : at::Tensor(),
                     m < b.memory.size() ? b.memory[m] : at::Tensor()));
  EXPECT_TRUE(same(a.answer, b.answer));
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.level, b.level);
  EXPECT_EQ(a.ids, b.ids);
  EXPECT_EQ(a.numbers, b.numbers);
  ASSERT_EQ(a.times.size(), b.times.size());
  for (std::size_t r = 0; r < a.times.size(); ++r) {
    EXPECT_EQ(a.times[r].own(), b.times[r].own());
    if (a.times[r].own()) {
      EXPECT_EQ(a.times[r], b.times[r]);
    }
  }
  ASSERT_EQ(a.conditions.size(), b.conditions.size());
  for (const auto& [name, t] : a.conditions) EXPECT_TRUE(same(t, b.conditions.at(name)));
}

TEST(State, SelectAndConcatenateAreInverse) {
  const State s = sample(5, 10);
  const std::vector<std::int64_t> head{0, 1}, tail{2, 3, 4}, back{4, 0, 0};
  const std::vector<State> parts{index_select(s, head), index_select(s, tail)};
  expect_equal(concatenate(parts), s);
  const State picked = index_select(s, back);
  EXPECT_EQ(picked.ids, (std::vector<std::uint64_t>{14, 10, 10}));
  EXPECT_EQ(picked.times[0], s.times[4]);
  EXPECT_EQ(picked.numbers[1][0], s.numbers[1][4]);
  EXPECT_TRUE(at::equal(picked.history[0].prediction[0], s.history[0].prediction[4]));
  EXPECT_EQ(picked.history[0].times[0], s.history[0].times[4]);
  EXPECT_EQ(picked.conditions.at("label")[1].item<std::int64_t>(), 10);
}

TEST(State, ConcatenatePadsHistoryAndDropsHalfAnswers) {
  State a = sample(2, 0), b = sample(1, 50);
  b.history.clear();
  b.count = {0};
  b.memory.clear();
  b.answer = at::Tensor();
  b.times.clear();
  b.numbers.clear();
  const std::vector<State> parts{a, b};
  const State s = concatenate(parts);
  EXPECT_FALSE(s.answer.defined());
  EXPECT_EQ(s.count, (std::vector<int>{1, 1, 0}));
  EXPECT_TRUE(at::equal(s.history[0].prediction[2], at::zeros({2})));
  EXPECT_TRUE(at::equal(s.memory[0][2], at::zeros({2})));
  EXPECT_EQ(s.times.size(), 3u);
  EXPECT_TRUE(s.times[0].own());
  EXPECT_FALSE(s.times[2].own());
  EXPECT_EQ(s.numbers[1], (std::vector<double>{0, .1, 0}));
}

TEST(State, SurvivesTheRoundTripThroughArrays) {
  const State s = sample(3, 7);
  expect_equal(from_arrays(to_arrays(s)), s);
}

TEST(State, CloneSharesNothing) {
  State s = sample(2, 0);
  const State c = clone(s);
  s.x.zero_();
  s.history[0].prediction.zero_();
  expect_equal(c, sample(2, 0));
}

TEST(State, RefusesWhatDoesNotFit) {
  const State s = sample(2, 0);
  const std::vector<std::int64_t> outside{2};
  EXPECT_NE(error_text([&] { index_select(s, outside); }).find("row 2 of 2"), std::string::npos);
  State other = sample(2, 0);
  other.x = at::zeros({2, 3});
  EXPECT_NE(error_text([&] {
              concatenate(std::vector<State>{s, other});
            }).find("different shapes"),
            std::string::npos);
  State bare = sample(1, 0);
  bare.conditions.clear();
  EXPECT_NE(error_text([&] { concatenate(std::vector<State>{s, bare}); }).find("'label'"), std::string::npos);
  EXPECT_NE(error_text([&] {
              concatenate(std::vector<State>{bare, s});
            }).find("conditions"),
            std::string::npos);
  EXPECT_NE(error_text([&] { concatenate({}); }).find("nothing"), std::string::npos);
  for (const char* name : {"x", "ids", "count", "level", "history.0.times", "times.to", "times.asked"}) {
    io::ArrayFile file = to_arrays(s);
    std::erase_if(file.arrays, [&](const auto& entry) { return entry.first == name; });
    EXPECT_NE(error_text([&] { from_arrays(file); }).find(name), std::string::npos) << name;
  }
  for (const char* name : {"x", "answer", "history.0", "memory.0", "condition.label", "count", "level",
                           "times.from", "numbers.1"}) {
    io::ArrayFile file = to_arrays(s);
    const State longer = sample(3, 0);
    for (auto& [key, array] : file.arrays)
      if (key == name) array = *to_arrays(longer).find(name);
    EXPECT_NE(error_text([&] { from_arrays(file); }).find(name), std::string::npos) << name;
  }
  io::ArrayFile file = to_arrays(s);
  for (auto& [key, array] : file.arrays)
    if (key == "count") array.bytes[0] = std::byte{9};
  EXPECT_NE(error_text([&] { from_arrays(file); }).find("count 9"), std::string::npos);
}

}  // namespace
}  // namespace ulam::state_test
