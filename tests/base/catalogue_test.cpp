#include "ulam/base/catalogue.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::catalogue_test {
namespace {

std::vector<Entry> entries() {
  Entry ddim, heun;
  ddim.name = "ddim";
  ddim.aliases = {"eta-solver"};
  heun.name = "heun";
  return {ddim, heun};
}

TEST(Catalogue, FindsByNameAndAlias) {
  const auto table = entries();
  EXPECT_EQ(&find_entry(table, "heun", "--solver"), &table[1]);
  EXPECT_EQ(&find_entry(table, "eta-solver", "--solver"), &table[0]);
}

TEST(Catalogue, UnknownNameGetsValidOnesAndTheNearest) {
  try {
    find_entry(entries(), "huen", "--solver");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::option);
    EXPECT_STREQ(e.what(), "--solver: unknown name huen, valid: ddim, heun; nearest: heun");
  }
}

}  // namespace
}  // namespace ulam::catalogue_test
