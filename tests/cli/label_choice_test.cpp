#include "ulam/cli/label_choice.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::cli::label_choice_test {
namespace {

const ConditionInfo clothes{"label", 4, true, {"T-shirt/top", "Ankle boot", "Bag", "Shirt"}};

std::vector<std::int64_t> labels(const std::string& text, int n, const ConditionInfo& condition = clothes) {
  const LabelChoice choice(text, condition, "--label");
  std::vector<std::int64_t> out;
  for (int id = 0; id < n; ++id) out.push_back(choice.label_of(static_cast<std::uint64_t>(id)));
  return out;
}

TEST(LabelChoice, ReadsNumbersRangesNamesAndWords) {
  using L = std::vector<std::int64_t>;
  EXPECT_EQ(labels("", 5), (L{0, 1, 2, 3, 0}));
  EXPECT_EQ(labels("cycle", 2), (L{0, 1}));
  EXPECT_EQ(labels("none", 2), (L{4, 4}));
  EXPECT_EQ(labels("2", 2), (L{2, 2}));
  EXPECT_EQ(labels("1-2,0", 4), (L{1, 2, 0, 1}));
  EXPECT_EQ(labels("ankle BOOT", 1), (L{1}));
  EXPECT_EQ(labels("boot,bag", 2), (L{1, 2}));
  EXPECT_EQ(labels("shirt", 1), (L{3}));        // a whole name wins over names that contain it
  EXPECT_EQ(labels("t-shirt/top", 1), (L{0}));  // a dash in a name is no range
}

// Sample 7 of 64 drawn alone must show the class that it shows among the 64.
TEST(LabelChoice, TheLabelBelongsToTheIdNotToThePosition) {
  const LabelChoice choice("cycle", clothes, "--label");
  EXPECT_EQ(choice.label_of(7), 3);
  EXPECT_EQ(choice.caption_of(7), "Shirt");
  EXPECT_EQ(LabelChoice("none", clothes, "--label").caption_of(0), "");
  EXPECT_EQ(LabelChoice("1", ConditionInfo{"label", 3, false, {}}, "--label").caption_of(0), "1");
}

TEST(LabelChoice, RefusesWithTheValidNames) {
  for (const char* text : {"4", "-1", "0-4", "3-1", "hat", "s", "1,,2"})
    EXPECT_THROW(labels(text, 1), Error) << text;
  EXPECT_THROW(labels("none", 1, ConditionInfo{"label", 3, false, {}}), Error);
  try {
    labels("bug", 1);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(
        e.what(),
        "--label: no class \"bug\"; valid: 0 to 3, T-shirt/top, Ankle boot, Bag, Shirt, cycle, none; "
        "nearest: Bag");
  }
}

}  // namespace
}  // namespace ulam::cli::label_choice_test
