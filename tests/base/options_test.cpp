#include "ulam/base/options.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"

namespace ulam::options_test {
namespace {

const std::vector<Parameter>& schema() {
  static const std::vector<Parameter> table = {
      {"order", OptionType::integer, "2", "order of the method", 1, 4, {}, ""},
      {"eta", OptionType::real, "0", "share of fresh noise", 0, 1, {}, ""},
      {"grid", OptionType::text, "karras", "spacing", {}, {}, {"karras", "time2", "uniform"}, ""},
      {"lower", OptionType::boolean, "true", "lower the order at the end", {}, {}, {}, ""},
      {"tol", OptionType::real, "", "tolerance, unset = fixed steps", 1e-12, {}, {}, ""},
      {"note", OptionType::text, "", "any text", {}, {}, {}, ""},
  };
  return table;
}

std::string sentence(const std::map<std::string, std::string>& given) {
  try {
    Options("solver dpmpp", schema(), given);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::option);
    return e.what();
  }
  return "";
}

TEST(Options, DefaultsFillWhatIsNotGiven) {
  const Options o("solver dpmpp", schema(), {{"order", "3"}});
  EXPECT_EQ(o.integer("order"), 3);
  EXPECT_EQ(o.real("eta"), 0.0);
  EXPECT_EQ(o.real("order"), 3.0);
  EXPECT_EQ(o.text("grid"), "karras");
  EXPECT_TRUE(o.flag("lower"));
  EXPECT_FALSE(o.has("tol"));
}

TEST(Options, BadInputIsASentenceWithPlaceValueAndChoices) {
  EXPECT_EQ(sentence({{"oder", "3"}}),
            "solver dpmpp: unknown option oder, valid: order, eta, grid, lower, tol, note; nearest: order");
  EXPECT_EQ(sentence({{"order", "5"}}), "solver dpmpp: option order=5 must be an integer from 1 to 4");
  EXPECT_EQ(sentence({{"order", "2.5"}}), "solver dpmpp: option order=2.5 must be an integer from 1 to 4");
  EXPECT_EQ(sentence({{"eta", "-0.1"}}), "solver dpmpp: option eta=-0.1 must be a number from 0 to 1");
  EXPECT_EQ(sentence({{"eta", "nan"}}), "solver dpmpp: option eta=nan must be a number from 0 to 1");
  EXPECT_EQ(sentence({{"tol", "0"}}), "solver dpmpp: option tol=0 must be a number of at least 1e-12");
  EXPECT_EQ(sentence({{"lower", "perhaps"}}), "solver dpmpp: option lower=perhaps must be true or false");
  EXPECT_EQ(sentence({{"grid", "karas"}}),
            "solver dpmpp: option grid=karas must be one of karras, time2, uniform (did you mean karras?)");
}

TEST(Options, NoOptionsToGiveIsSaidPlainly) {
  try {
    Options("solver euler", {}, {{"order", "1"}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "solver euler: unknown option order; it takes no options");
  }
}

TEST(Options, CanonicalTextRoundTrips) {
  const std::map<std::string, std::string> given = {
      {"eta", "0.1"}, {"note", "a,b=c\\d"}, {"lower", "no"}, {"tol", "0.333333333333333315"}};
  const Options first("solver dpmpp", schema(), given);
  const Spec spec = parse_spec("dpmpp:" + first.canonical(), "test");
  const Options second("solver dpmpp", schema(), spec.given);
  EXPECT_EQ(first.canonical(), second.canonical());
  EXPECT_EQ(first.json(), second.json());
  EXPECT_EQ(second.text("note"), "a,b=c\\d");
  EXPECT_EQ(second.real("tol"), first.real("tol"));
}

TEST(Options, JsonKeepsTypes) {
  const auto json = Options("solver dpmpp", schema(), {{"tol", "1e-3"}}).json();
  EXPECT_TRUE(json["order"].is_number_integer());
  EXPECT_TRUE(json["eta"].is_number_float());
  EXPECT_TRUE(json["lower"].is_boolean());
  EXPECT_TRUE(json["grid"].is_string());
  EXPECT_FALSE(json.contains("note"));
}

TEST(Options, ReadingAsTheWrongTypeOrUnsetIsRefused) {
  const Options o("solver dpmpp", schema(), {});
  EXPECT_THROW(o.flag("order"), Error);
  EXPECT_THROW(o.integer("eta"), Error);
  EXPECT_THROW(o.real("grid"), Error);
  EXPECT_THROW(o.text("lower"), Error);
  EXPECT_THROW(o.real("tol"), Error);
  EXPECT_THROW(o.real("nothing"), Error);
}

TEST(Spec, TakesNameAndPairsApart) {
  const Spec spec = parse_spec("dpmpp:order=3,lower,note=x=y", "--solver");
  EXPECT_EQ(spec.name, "dpmpp");
  EXPECT_EQ(spec.given,
            (std::map<std::string, std::string>{{"order", "3"}, {"lower", "true"}, {"note", "x=y"}}));
  EXPECT_TRUE(parse_spec("ddim", "--solver").given.empty());
  EXPECT_TRUE(parse_spec("ddim:", "--solver").given.empty());
}

TEST(Spec, RefusesMissingNamesAndRepeats) {
  for (const char* text : {"", ":order=2", "ddim:=3", "ddim:,", "ddim:eta=1,", "ddim:eta=1,eta=1"})
    EXPECT_THROW(parse_spec(text, "--solver"), Error) << text;
}

TEST(NearestName, FindsSlipsAndPrefixesOnly) {
  const std::vector<std::string> names = {"ddim", "ddpm", "heun", "midpoint", "rk4"};
  EXPECT_EQ(nearest_name("dim", names), "ddim");
  EXPECT_EQ(nearest_name("HUEN", names), "heun");
  EXPECT_EQ(nearest_name("mid", names), "midpoint");
  EXPECT_EQ(nearest_name("zzzzzz", names), "");
  EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace ulam::options_test
