// Hand-written plans: what is read, and one bad plan a rule.
#include "support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::plan_json_test {
namespace {

using nlohmann::json;
using testing::error_text;

json good() {
  return json::parse(R"({"format": "ulam-plan-1", "path": {"kind": "edm"}, "head": {"prediction": "data"},
    "times": [80, 10, 1, 0], "history": 1, "scratch": 1,
    "steps": [{"moves": [{"time": 80, "rows": [{"to": "x", "of": [0.125, 0, 0.875]}, {"to": "history", "of": [0, 0, 1]}]}]},
              {"moves": [{"time": 10, "rows": [{"to": "x", "of": [0.1, 0, 0, 0.9]}, {"to": "history", "of": [0, 0, 0, 1]}]}]},
              {"moves": [{"time": 1, "rows": [{"to": "x", "of": [0, 0.5, 0, 0.5], "noise": 0.25}]}]}]})");
}

TEST(PlanJson, AHandWrittenPlanRuns) {
  const Plan plan = plan_from_json(good());
  EXPECT_EQ(evaluations(plan), 3);
  EXPECT_TRUE(stochastic(plan));
  const auto model = std::make_shared<testing::MixtureModel>(Path::edm(), Head{},
                                                             std::vector<testing::Component>{{1, .25, 0}});
  const at::Tensor x = testing::run_plan(model, plan, testing::column({8.}));
  const std::vector<std::uint64_t> ids{0};
  const double z =
      keyed_normal(0, Stream::step, ids, 2, std::vector<std::int64_t>{1}, at::kDouble).item<double>();
  EXPECT_NEAR(x.item<double>(), .25 + .25 * z, 1e-15);
}

TEST(PlanJson, AFixedPlanCannotUseHistoryOfOtherTimes) {
  const auto model = std::make_shared<testing::MixtureModel>(Path::edm(), Head{}, testing::tp1_components());
  const SolverProcess process(plan_from_json(good()), Field(model));
  const std::vector<std::uint64_t> ids{0};
  State state = process.start_from(testing::column({1.}), ids, {}, 1);
  Ledger ledger;
  const std::string text = error_text([&] { process.step(state, ledger, Watch{}); });
  EXPECT_NE(text.find("plan: step 1 has no row for history"), std::string::npos) << text;
}

struct Bad {
  const char* name;
  void (*change)(json&);
  const char* sentence;
};
class BadPlans : public ::testing::TestWithParam<Bad> {};
TEST_P(BadPlans, AreRefusedWithThePlaceNamed) {
  json j = good();
  GetParam().change(j);
  const std::string text = error_text([&] { plan_from_json(j); });
  EXPECT_EQ(text.rfind("plan: ", 0), 0u) << text;
  EXPECT_NE(text.find(GetParam().sentence), std::string::npos) << text;
}
json& row(json& j, int step, int r) { return j["steps"][step]["moves"][0]["rows"][r]; }
INSTANTIATE_TEST_SUITE_P(
    Rules, BadPlans,
    ::testing::Values(
        Bad{"TooManyCoefficients",
            [](json& j) {
              row(j, 0, 1)["of"] = {0, 0, 1, 2};
            },
            "step 0, row 1: 4 coefficients given, 3 needed"},
        Bad{"TooFewCoefficients",
            [](json& j) {
              row(j, 2, 0)["of"] = {0, 1};
            },
            "step 2, row 0: 2 coefficients given, 4 needed"},
        Bad{"NanCoefficient", [](json& j) { row(j, 1, 0)["of"][1] = std::nan(""); },
            "step 1, row 0: coefficient 1 is not finite"},
        Bad{"NullCoefficient", [](json& j) { row(j, 1, 0)["of"][1] = nullptr; },
            "step 1, row 0: coefficient 1 is null"},
        Bad{"TextCoefficient", [](json& j) { row(j, 1, 0)["of"][2] = "one"; },
            "step 1, row 0: coefficient 2"},
        Bad{"CoefficientsNoList", [](json& j) { row(j, 1, 0)["of"] = 1; },
            "step 1, row 0: coefficient must be a list"},
        Bad{"NoCoefficients", [](json& j) { row(j, 1, 0).erase("of"); }, "step 1, row 0: 'of' is missing"},
        Bad{"UnknownTarget", [](json& j) { row(j, 1, 0)["to"] = "y"; },
            "step 1, row 0: unknown target 'y', valid: x, history"},
        Bad{"RegisterOutOfRange", [](json& j) { row(j, 1, 1)["to"] = "memory.1"; }, "memory.0 to memory.0"},
        Bad{"TwoRowsToOneTarget", [](json& j) { row(j, 1, 1)["to"] = "x"; },
            "step 1, row 1: a second row to x"},
        Bad{"NegativeNoise", [](json& j) { row(j, 1, 0)["noise"] = -1; },
            "step 1, row 0: noise -1 is negative"},
        Bad{"UnknownRowKey", [](json& j) { row(j, 1, 0)["nosie"] = 1; },
            "step 1, row 0: unknown key 'nosie'"},
        Bad{"UnknownKey", [](json& j) { j["extra"] = 1; }, "unknown key 'extra'"},
        Bad{"NoFormat", [](json& j) { j.erase("format"); }, "'format' must be"},
        Bad{"OtherFormat", [](json& j) { j["format"] = "ulam-plan-9"; }, "'format' must be"},
        Bad{"NoPath", [](json& j) { j.erase("path"); }, "'path' is missing"},
        Bad{"UnknownPath", [](json& j) { j["path"]["kind"] = "vpp"; }, "vpp"},
        Bad{"UnknownHead", [](json& j) { j["head"]["prediction"] = "noisy"; }, "noisy"},
        Bad{"BadSigmaData", [](json& j) { j["head"]["sigma_data"] = 0; }, "sigma_data 0 must be positive"},
        Bad{"GridThatRises",
            [](json& j) {
              j["times"] = {80, 1, 10, 0};
            },
            "times"},
        Bad{"GridWithNan", [](json& j) { j["times"][1] = std::nan(""); }, "time 1 is not finite"},
        Bad{"GridOutside", [](json& j) { j["times"][0] = 90; }, "times"},
        Bad{"StepsAndTimes", [](json& j) { j["steps"].erase(2); }, "2 steps given, 4 times need 3"},
        Bad{"StepsNoList", [](json& j) { j["steps"] = 3; }, "'steps' must be a list"},
        Bad{"NoMoves", [](json& j) { j["steps"][1]["moves"] = json::array(); }, "step 1: no move"},
        Bad{"NoRowToX", [](json& j) { j["steps"][1]["moves"][0]["rows"].erase(0); }, "step 1: no row to x"},
        Bad{"NoRows", [](json& j) { j["steps"][1]["moves"][0]["rows"] = json::array(); },
            "step 1: 'rows' must be"},
        Bad{"EvaluationOutsideTheGrid", [](json& j) { j["steps"][1]["moves"][0]["time"] = 81; },
            "step 1: evaluation time 81"},
        Bad{"StepNoObject", [](json& j) { j["steps"][1] = 1; }, "step 1: an object is needed"},
        Bad{"HistoryNotKept", [](json& j) { j["history"] = 0; }, "the plan keeps none"},
        Bad{"HistoryOutOfRange", [](json& j) { j["history"] = 8; },
            "'history' must be an integer from 0 to 7"},
        Bad{"RegistersOutOfRange", [](json& j) { j["scratch"] = -1; }, "'scratch' must be"},
        Bad{"NodesDoNotFit", [](json& j) { j["steps"][1]["nodes"] = {80, 90}; }, "2 nodes given for 1"},
        Bad{"WrongVariants", [](json& j) { j["steps"][1] = {{"variants", json::array()}}; },
            "step 1: 'variants' must be"}),
    [](const auto& info) { return info.param.name; });

TEST(PlanJson, SyntaxErrorsAreSentencesToo) {
  EXPECT_EQ(error_text([] { parse_plan("{\"format\": ", "my.json"); }).rfind("my.json: not valid JSON", 0),
            0u);
  EXPECT_NE(error_text([] { parse_plan("[1]", "my.json"); }).find("an object is needed"), std::string::npos);
  EXPECT_NE(error_text([] { parse_plan("{\"times\": [1e999]}", "my.json"); }), "");
}

TEST(PlanJson, EveryTruncationIsRefusedWithoutACrash) {
  const std::string text = good().dump();
  for (std::size_t n = 0; n < text.size(); ++n)
    EXPECT_NE(error_text([&] { parse_plan(text.substr(0, n)); }), "");
}

}  // namespace
}  // namespace ulam::plan_json_test
