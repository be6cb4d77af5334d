#include "ulam/problems/read_problem.h"

#include "tests/problems/cases.h"

#include <gtest/gtest.h>

namespace ulam::read_problem_test {
namespace {

TEST(ReadProblem, CommonMembersReachTheModel) {
  const ProblemPtr p =
      from_text(R"({"problem": "mixture", "weights": [1, 1], "means": [[0, 0, 0, 0], [1, 1, 1, 1]],
    "variances": [0.1, 0.1], "path": {"kind": "edm", "sigma_min": 0.01, "sigma_max": 20}, "dtype": "float32",
    "head": "edm", "sigma_data": 0.9, "shape": [1, 2, 2], "name": "pair"})");
  EXPECT_EQ(p->info().name, "pair");
  EXPECT_EQ(p->info().path.t_noise(), 20);
  EXPECT_EQ(p->info().dtype, at::kFloat);
  EXPECT_EQ(p->info().head.kind, Prediction::edm);
  EXPECT_EQ(p->info().head.sigma_data, 0.9);
  EXPECT_EQ(p->info().shape, (std::vector<std::int64_t>{1, 2, 2}));
  EXPECT_TRUE(p->info().exact);
}

TEST(ReadProblem, DefaultsAreEdmPathDoubleAndData) {
  const ProblemPtr p = named_problem("checkerboard");
  EXPECT_EQ(p->info().path.json(), Path::edm().json());
  EXPECT_EQ(p->info().dtype, at::kDouble);
  EXPECT_EQ(p->info().head.kind, Prediction::data);
  EXPECT_EQ(named_problem("tp1")->info().path.json(), Path::vp().json());
}

TEST(ReadProblem, SpecStringsSetNumbersAndPath) {
  const ProblemPtr p = named_problem("circle:width=0.5,path=flow,head=flow");
  EXPECT_EQ(p->info().path.json(), Path::flow().json());
  EXPECT_EQ(p->info().head.kind, Prediction::flow);
  EXPECT_NEAR(p->covariance()[0][0].item<double>(), 0.5 + 0.25, 1e-12);
}

TEST(ReadProblem, EveryNameThatNeedsNoMembersWorks) {
  for (const char* name : {"tp1", "ring", "checkerboard", "swissroll", "clusters"})
    EXPECT_EQ(named_problem(name)->info().name, name);
}

TEST(ReadProblem, BadDescriptionsAreOneClearSentence) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"[]", "JSON object"},
      {"{}", "problem"},
      {R"({"problem": "mixtur"})", "mixture"},
      {R"({"problem": 3})", "problem"},
      {R"({"problem": "ring", "widht": 3})", "width"},
      {R"({"problem": "ring", "path": {"kind": "edn"}})", "edm"},
      {R"({"problem": "ring", "path": 3})", "path"},
      {R"({"problem": "ring", "dtype": "float16"})", "float32"},
      {R"({"problem": "ring", "head": "epsilonn"})", "noise"},
      {R"({"problem": "ring", "sigma_data": 0})", "sigma_data = 0"},
      {R"({"problem": "ring", "shape": [3]})", "shape [3]"},
      {R"({"problem": "ring", "shape": [0, 2]})", "shape [0, 2]"},
      {R"({"problem": "ring", "shape": [-1, -2]})", "shape [-1, -2]"},
      {R"({"problem": "ring", "shape": [4294967296, 4294967296, 2]})", "does not hold 2"},
      {R"({"problem": "gaussian", "mean": [0]})", "variances"}};
  for (const auto& [text, part] : rows) {
    const std::string sentence = sentence_of([text = text] { from_text(text); });
    EXPECT_NE(sentence.find(part), std::string::npos) << text << " -> " << sentence;
    EXPECT_NE(sentence.find("test.json"), std::string::npos) << text << " -> " << sentence;
  }
  EXPECT_NE(sentence_of([] { read_problem("/nonexistent/p.json"); }).find("/nonexistent/p.json"),
            std::string::npos);
  EXPECT_NE(sentence_of([] { named_problem("rign"); }).find("ring"), std::string::npos);
}

}  // namespace
}  // namespace ulam::read_problem_test
