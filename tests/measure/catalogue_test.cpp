#include "ulam/measure/catalogue.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::catalogue_test {
namespace {

std::string sentence(const char* list) {
  try {
    parse_measures(list, "--what");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(MeasureCatalogue, ListsKeepOrderOptionsAndAliases) {
  const auto list = parse_measures("fid,sliced:directions=512,replicates=8,mmd", "--what");
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].name, "frechet");
  EXPECT_EQ(list[0].options.integer("groups"), 64);
  EXPECT_EQ(list[1].options.integer("directions"), 512);
  EXPECT_EQ(list[1].options.integer("replicates"), 8);
  EXPECT_EQ(list[2].name, "mmd");
}

// "coverage" is of neighbours, "coverage50" of intervals.
TEST(MeasureCatalogue, IntervalsCarryTheirLevel) {
  EXPECT_EQ(parse_measures("coverage", "--what")[0].kind, MeasureKind::sets);
  const auto list = parse_measures("coverage50,width90", "--what");
  EXPECT_EQ(list[0].name, "coverage90");
  EXPECT_DOUBLE_EQ(list[0].level, .5);
  EXPECT_EQ(list[1].name, "width90");
  EXPECT_DOUBLE_EQ(list[1].level, .9);
  EXPECT_NE(sentence("coverage0"), "");
  EXPECT_NE(sentence("coverage100"), "");
}

TEST(MeasureCatalogue, BadListsAreRefusedInOneSentence) {
  EXPECT_NE(sentence("frecht").find("nearest: frechet"), std::string::npos) << sentence("frecht");
  EXPECT_NE(sentence("").find("empty"), std::string::npos);
  EXPECT_NE(sentence("frechet,,mmd").find("empty"), std::string::npos);
  EXPECT_NE(sentence("sliced:directions=1").find("directions"), std::string::npos);
  EXPECT_NE(sentence("mmd:kernel=cubic").find("polynomial"), std::string::npos);
  EXPECT_NE(sentence("frechet,ess").find("ess takes chains"), std::string::npos) << sentence("frechet,ess");
  EXPECT_NE(sentence("crps,rhat"), "");
  EXPECT_EQ(sentence("frechet,agreement,trajectory,vendi"), "");
}

}  // namespace
}  // namespace ulam::catalogue_test
