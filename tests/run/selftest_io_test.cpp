#include "ulam/run/selftest_io.h"

#include <gtest/gtest.h>

namespace ulam::selftest_io_test {
namespace {

TEST(SelftestIo, TheShippedFormatsPass) {
  Checklist list;
  check_io(list);
  ASSERT_EQ(list.checks().size(), shipped_formats().size());
  for (const Check& c : list.checks()) EXPECT_TRUE(c.passed) << c.claim.name << " " << c.note;
}

// A format that turns NaN into 0, one that loses a dimension, one that throws.
TEST(SelftestIo, ABrokenFormatIsCaught) {
  std::vector<RoundTrip> broken = shipped_formats();
  broken[0].there_and_back = [](io::Array a) {
    if (a.dtype == io::Dtype::f32 && a.bytes.size() == 32)
      for (std::size_t i = 16; i < 20; ++i) a.bytes[i] = std::byte{0};
    return a;
  };
  broken[1].there_and_back = [](io::Array a) {
    if (a.shape.size() == 3) a.shape = {15, 7};
    return a;
  };
  broken[2].there_and_back = [](const io::Array&) -> io::Array { throw std::runtime_error("cannot"); };
  Checklist list;
  check_io(list, broken);
  EXPECT_EQ(list.checks()[0].measured, 1);
  EXPECT_EQ(list.checks()[1].measured, 9);  // nine dtypes
  EXPECT_EQ(list.checks()[2].note, "cannot");
  for (int i : {0, 1, 2}) EXPECT_FALSE(list.checks()[static_cast<std::size_t>(i)].passed);
}

}  // namespace
}  // namespace ulam::selftest_io_test
