#include "ulam/draw/apply.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::apply_test {
namespace {

// A group with distinct columns: x, one history entry, two registers, an answer.
struct Fixture {
  Variant variant{.nodes = {.5}, .moves = {}};
  Group group;
  Fixture() {
    group.state.x = at::full({2, 3}, 1., at::kDouble);
    group.state.history.push_back({at::full({2, 3}, 10., at::kDouble), {.5, .5}});
    group.state.ids = {4, 9};
    group.registers = {at::full({2, 3}, 100., at::kDouble), at::full({2, 3}, 1000., at::kDouble)};
    group.answer = at::full({2, 3}, 10000., at::kDouble);
    group.variant = &variant;
  }
};

Move sample_move(double noise) {
  return {.time = .4,
          .rows = {{.to = Row::To::x, .index = 0, .of = {1, 2, 3, 4, 5}, .noise = noise},
                   {.to = Row::To::memory, .index = 0, .of = {1, 0, 0, 0, 0}, .noise = 0},
                   {.to = Row::To::memory, .index = 1, .of = {0, 0, 1, 1, 0}, .noise = 0},
                   {.to = Row::To::history, .index = 0, .of = {0, 0, 0, 0, 1}, .noise = 0}}};
}

// All rows read the columns as they were before the move, also where outputs go in place.
TEST(Apply, RowsReadTheColumnsAsTheyWere) {
  for (bool fused : {true, false}) {
    Fixture f;
    const at::Tensor answer = f.group.answer;
    Buffers buffers;
    PassStorage storage;
    if (fused)
      apply_fused(sample_move(0), f.group, make_key(1, Stream::step), 0, buffers, storage);
    else
      apply_plain(sample_move(0), f.group, 1, 0);
    EXPECT_EQ(f.group.state.x[1][2].item<double>(), 1 + 20 + 300 + 4000 + 50000) << fused;
    EXPECT_EQ(f.group.registers[0][0][0].item<double>(), 1);
    EXPECT_EQ(f.group.registers[1][0][0].item<double>(), 1100);
    EXPECT_TRUE(f.group.pushed.is_same(answer));  // adopted, not copied
    EXPECT_FALSE(f.group.answer.defined());
  }
}

TEST(Apply, BothBodiesMakeTheSameNoise) {
  Fixture a, b;
  Buffers buffers;
  PassStorage storage;
  apply_fused(sample_move(.5), a.group, make_key(7, Stream::step), 3, buffers, storage);
  apply_plain(sample_move(.5), b.group, 7, 3);
  EXPECT_TRUE(at::equal(a.group.state.x, b.group.state.x));
  EXPECT_FALSE(at::equal(a.group.state.x[0], a.group.state.x[1]));  // ids differ
}

TEST(Apply, WritesInPlaceOnlyWhereItIsTheSoleOwner) {
  Fixture f;
  Buffers buffers;
  PassStorage storage;
  const Move move{.time = .4, .rows = {{.to = Row::To::x, .index = 0, .of = {2, 0, 0, 0, 0}, .noise = 0}}};
  void* before = f.group.state.x.data_ptr();
  apply_fused(move, f.group, {}, 0, buffers, storage);
  EXPECT_EQ(f.group.state.x.data_ptr(), before);
  const at::Tensor kept = f.group.state.x;
  f.group.answer = at::zeros({2, 3}, at::kDouble);
  apply_fused(move, f.group, {}, 0, buffers, storage);
  EXPECT_EQ(kept[0][0].item<double>(), 2);
  EXPECT_EQ(f.group.state.x[0][0].item<double>(), 4);
}

TEST(Apply, ReadingAnEmptyRegisterIsASentence) {
  for (bool fused : {true, false}) {
    Fixture f;
    f.group.registers[0] = at::Tensor();
    Buffers buffers;
    PassStorage storage;
    const std::string text = testing::error_text([&] {
      if (fused)
        apply_fused(sample_move(0), f.group, {}, 0, buffers, storage);
      else
        apply_plain(sample_move(0), f.group, 0, 0);
    });
    EXPECT_NE(text.find("reads column 2 before"), std::string::npos) << text;
  }
}

TEST(Apply, BuffersKeepOnlyWhatNobodyElseHolds) {
  Buffers buffers;
  at::Tensor a = at::zeros({4}), b = at::zeros({4}), view = at::zeros({8}).narrow(0, 0, 4);
  const at::Tensor held = b;
  void* data = a.data_ptr();
  buffers.give(std::move(b));
  buffers.give(std::move(view));
  buffers.give(std::move(a));
  EXPECT_EQ(buffers.take(at::zeros({4})).data_ptr(), data);
  EXPECT_NE(buffers.take(at::zeros({4})).data_ptr(), held.data_ptr());
}

}  // namespace
}  // namespace ulam::apply_test
