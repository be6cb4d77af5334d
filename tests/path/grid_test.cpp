#include "ulam/path/grid.h"

#include "tests/path/paths.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::grid_test {
namespace {

bool table_rule(const std::string& name) {
  return name == "leading" || name == "trailing" || name == "linspace";
}

TEST(Grid, EveryGridOnEveryPathHasNPlusOneFallingTimesAndExactEnds) {
  for (const Path& p : all_paths())
    for (const GridEntry& e : grids())
      for (const char* last : {"end", "clean"})
        for (int steps : {1, 2, 5, 10, 40}) {
          if (table_rule(e.name) && p.table_size() == 0) continue;
          const bool clean = std::string(last) == "clean";
          if (clean && std::isnan(p.t_clean())) continue;
          const std::vector<double> t = make_grid(e.name + ":final=" + last, p, steps);
          ASSERT_EQ(t.size(), steps + 1u) << e.name << p.json();
          check_grid(t, p, e.name);
          EXPECT_EQ(t.back(), clean ? p.t_clean() : p.t_data()) << e.name;
          if (e.name != "leading") {
            EXPECT_EQ(t.front(), p.t_noise()) << e.name;
          }
        }
}

TEST(Grid, AliasesAndSpecOptionsReachTheRules) {
  EXPECT_EQ(make_grid("t2", Path::vp(), 7), make_grid("power:exponent=2", Path::vp(), 7));
  EXPECT_EQ(make_grid("uniform", Path::vp(), 7), make_grid("power:exponent=1", Path::vp(), 7));
  EXPECT_EQ(make_grid("karras:exponent=1", Path::edm(), 7), make_grid("rho", Path::edm(), 7));
  EXPECT_EQ(make_grid("leading:offset=1", Path::discrete(linear_betas(1000)), 4),
            (std::vector<double>{751, 501, 251, 1, -1}));
  const Path table = Path::discrete(linear_betas(1000));
  EXPECT_EQ(make_grid("leading:offset=1,skip_last=true", table, 3), (std::vector<double>{751, 501, 251, -1}));
  EXPECT_EQ(make_grid("linspace:skip_last=true", table, 3), (std::vector<double>{999, 666, 333, -1}));
  EXPECT_EQ(make_grid("linspace:skip_last=true,final=end", table, 3),
            make_grid("linspace:final=end", table, 3));
}

// The published EDM grid: N levels by the rule, then 0.
TEST(Grid, CleanEndKeepsTheRuleForTheOtherTimes) {
  std::vector<double> inner = make_grid("karras", Path::edm(), 17);
  inner.push_back(0);
  EXPECT_EQ(make_grid("karras:final=clean", Path::edm(), 18), inner);
}

TEST(Grid, StandardGridsAreValidForTheirPath) {
  for (const Path& p : all_paths()) check_grid(make_grid(standard_grid(p), p, 8), p, "test");
  EXPECT_EQ(make_grid(standard_grid(Path::edm()), Path::edm(), 8).back(), 0);
}

TEST(Grid, WrongRequestsAreOneClearSentence) {
  const Path vp = Path::vp(), table = Path::discrete(linear_betas(10));
  const auto says = [](const char* spec, const Path& p, int steps, const char* part) {
    const std::string s = sentence_of([&] { make_grid(spec, p, steps); });
    EXPECT_NE(s.find(part), std::string::npos) << spec << " -> " << s;
  };
  says("karas", vp, 4, "karras");
  says("karras:expnent=3", vp, 4, "exponent");
  says("karras:exponent=0", vp, 4, "exponent");
  says("time:final=middle", vp, 4, "clean");
  says("time:final=clean", Path::ve(), 4, "no time has s = 0");
  says("time", vp, 0, "at least 1");
  says("trailing", vp, 4, "needs a path with a table");
  says("trailing", table, 11, "at most 10 steps");
  says("linspace:final=end", table, 10, "at most 9 steps");
  says("leading:offset=5", table, 5, "outside");
  says("leading:skip_last=true", table, 10, "with skip_last has at most 9 steps");
}

TEST(Grid, ExplicitListsAreCheckedByIndex) {
  const auto says = [](std::vector<double> t, const char* part) {
    const std::string s = sentence_of([&] { check_grid(t, Path::edm(), "grid.json"); });
    EXPECT_NE(s.find(part), std::string::npos) << s;
  };
  says({}, "0 times given");
  says({1}, "1 time given");
  says({2, 1, 1}, "times[2] = 1 is not below");
  says({2, 3}, "times[1] = 3 is not below");
  says({100, 1}, "times[0] = 100 is outside");
  says({2, std::nan("")}, "times[1]");
  says({2, -1}, "times[1] = -1");
  EXPECT_EQ(sentence_of([] { check_grid({80, 1, 0}, Path::edm(), "x"); }), "");
}

}  // namespace
}  // namespace ulam::grid_test
