#include "ulam/base/text.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace ulam::text_test {
namespace {

TEST(EditDistance, CountsEachKindOfSlipOnce) {
  EXPECT_EQ(edit_distance("ddim", "ddim"), 0u);
  EXPECT_EQ(edit_distance("DDIM", "ddim"), 0u);
  EXPECT_EQ(edit_distance("ddm", "ddim"), 1u);
  EXPECT_EQ(edit_distance("ddiim", "ddim"), 1u);
  EXPECT_EQ(edit_distance("ddin", "ddim"), 1u);
  EXPECT_EQ(edit_distance("ddmi", "ddim"), 1u);
  EXPECT_EQ(edit_distance("", "heun"), 4u);
  EXPECT_EQ(edit_distance("heun", ""), 4u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(EditDistance, IsSymmetric) {
  for (const char* a : {"", "a", "karras", "time2", "logsnr"})
    for (const char* b : {"rho", "karas", "emit2", "snrlog"})
      EXPECT_EQ(edit_distance(a, b), edit_distance(b, a));
}

TEST(Split, EscapeIsUndoneBySplit) {
  for (const std::string part : {"", "plain", "a,b", "\\", "a\\,b", ",,"}) {
    const auto parts = split_escaped(escaped(part, ',') + ",end", ',');
    ASSERT_EQ(parts.size(), 2u) << part;
    EXPECT_EQ(parts[0], part);
  }
}

TEST(Numbers, RefuseWhatIsNotWhollyAFiniteNumber) {
  for (const char* text : {"", "x", "1x", " 1", "1 ", "nan", "inf", "-inf", "1e999", "0x10", "1,5", "--1"}) {
    EXPECT_FALSE(parse_real(text)) << text;
    EXPECT_FALSE(parse_integer(text)) << text;
  }
  EXPECT_FALSE(parse_integer("1.5"));
  EXPECT_FALSE(parse_integer("9223372036854775808"));
  EXPECT_FALSE(parse_integer("1e300"));
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<long>::max());
  EXPECT_EQ(parse_integer("1e5"), 100000);
  EXPECT_EQ(parse_integer("+3"), 3);
}

TEST(Numbers, RealTextReadsBackToTheSameBits) {
  for (const double v : {0.0, -0.0, 0.1, 1.0 / 3, 1e-300, 6.02214076e23,
                         std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max()}) {
    const auto back = parse_real(real_text(v));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, v);
    EXPECT_EQ(std::signbit(*back), std::signbit(v));
  }
}

TEST(Booleans, OnlyTheNamedWordsCount) {
  for (const char* text : {"true", "yes", "on", "1"}) EXPECT_EQ(parse_boolean(text), true);
  for (const char* text : {"false", "no", "off", "0"}) EXPECT_EQ(parse_boolean(text), false);
  for (const char* text : {"", "2", "maybe", "True "}) EXPECT_FALSE(parse_boolean(text)) << text;
}

}  // namespace
}  // namespace ulam::text_test
