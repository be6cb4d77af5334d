#include "ulam/learn/search.h"

#include "tests/errors.h"
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::search_test {
namespace {

UnifiedRecipe at(double t) { return unified_ddim({1, t, .001}); }

// A candidate is evaluated once; a repeat gets the stored value and takes nothing of the budget.
TEST(Search, NoCandidateIsEvaluatedTwice) {
  int calls = 0;
  Search search([&](const UnifiedRecipe& r) { return ++calls, r.times[1]; }, 3);
  EXPECT_EQ(search.ask(at(.5)), .5);
  EXPECT_EQ(search.ask(at(.4)), .4);
  EXPECT_EQ(search.ask(at(.5)), .5);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(search.repeats(), 1);
  EXPECT_EQ(search.ask(at(.6)), .6);
  EXPECT_TRUE(search.done());
  EXPECT_FALSE(search.ask(at(.7)).has_value());
  EXPECT_EQ(search.ask(at(.4)), .4);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(search.best(1)[0].recipe, at(.4));
  EXPECT_EQ(search.best_so_far(), (std::vector<double>{.5, .4, .4}));
}

// What the record knows costs nothing, and what does not run is known too.
TEST(Search, ARecordIsAsGoodAsTheObjective) {
  nlohmann::json kept;
  const Score score = [](const UnifiedRecipe& r) { return r.times[1] < .3 ? NAN : r.times[1]; };
  Search first(score, 5, nullptr, [&](const nlohmann::json& j) { kept = j; });
  first.ask(at(.5));
  first.ask(at(.2));
  Search second([](const UnifiedRecipe&) -> double { throw std::runtime_error("asked again"); }, 5,
                nlohmann::json::parse(kept.dump()));
  EXPECT_EQ(second.ask(at(.5)), .5);
  EXPECT_EQ(second.ask(at(.2)), INFINITY);
  EXPECT_EQ(second.evaluated(), 0);
  EXPECT_EQ(second.asked(), 2);
}

TEST(Search, BadRecordsAreRefused) {
  const Score score = [](const UnifiedRecipe&) { return 0.; };
  ulam::testing::expect_error(ErrorKind::option, {"0 candidates"}, [&] { Search(score, 0); });
  ulam::testing::expect_error(ErrorKind::option, {"not an object"},
                              [&] { Search(score, 1, nlohmann::json(3)); });
  ulam::testing::expect_error(ErrorKind::option, {"is not a number"}, [&] {
    Search(score, 1, nlohmann::json{{"a", "b"}});
  });
}

TEST(Search, ACancelledSearchAsksNothing) {
  CancelToken token;
  Watch watch;
  watch.cancel = &token;
  Search search([](const UnifiedRecipe&) { return 1.; }, 5, nullptr, {}, watch);
  EXPECT_TRUE(search.ask(at(.5)).has_value());
  token.cancel();
  EXPECT_TRUE(search.cancelled());
  EXPECT_FALSE(search.ask(at(.6)).has_value());
}

}  // namespace
}  // namespace ulam::search_test
