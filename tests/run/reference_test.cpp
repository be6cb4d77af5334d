#include "ulam/run/reference.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/problems/read_problem.h"

namespace ulam::reference_test {
namespace {

namespace fs = std::filesystem;

struct ReferenceTest : ::testing::Test {
  std::string folder = (fs::temp_directory_path() / "ulam-reference-test").string();
  void SetUp() override { fs::remove_all(folder); }
  void TearDown() override { fs::remove_all(folder); }

  static DrawRequest request(const ProblemPtr& problem, int count = 4) {
    DrawRequest r{Field(problem)};
    r.ids.resize(static_cast<std::size_t>(count));
    std::iota(r.ids.begin(), r.ids.end(), 0);
    r.count = count;
    return r;
  }
};

// N(m, v) flows in closed form: (x - a m) / sqrt(a^2 v + s^2) stays as it is.
TEST_F(ReferenceTest, IsTheExactFlowOfAGaussian) {
  const ProblemPtr p = problem_from_json(
      nlohmann::json::parse(
          R"({"problem": "gaussian", "mean": [0.5, -1], "variances": [0.3, 1], "path": "vp"})"),
      "test", "");
  const Path& path = p->info().path;
  const DrawRequest r = request(p);
  const Reference got = converged_reference(r, "", path.t_data(), {});
  const Marginal from = path.at(path.t_noise()), to = path.at(path.t_data());
  const at::Tensor z = keyed_normal(0, Stream::start, r.ids, 0, p->info().shape, at::kDouble);
  const at::Tensor m = at::tensor({.5, -1.}, at::kDouble), v = at::tensor({.3, 1.}, at::kDouble);
  const at::Tensor still = (z * from.s - m * from.a) / (v * from.a * from.a + from.s * from.s).sqrt();
  const at::Tensor want = m * to.a + still * (v * to.a * to.a + to.s * to.s).sqrt();
  EXPECT_LT((got.samples - want).abs().max().item<double>(), 1e-7);
  EXPECT_TRUE(got.converged) << got.change;
}

TEST_F(ReferenceTest, IsWorkedOutOnceAndThenRead) {
  const ProblemPtr p = named_problem("tp1");
  const ReferenceOptions options{.tolerance = 1e-5, .most_steps = 256, .folder = folder};
  const Reference first = converged_reference(request(p), "", p->info().path.t_data(), options);
  const Reference again = converged_reference(request(p), "", p->info().path.t_data(), options);
  EXPECT_GT(first.evaluations, 0);
  EXPECT_EQ(again.evaluations, 0);
  EXPECT_TRUE(at::equal(first.samples, again.samples));
  EXPECT_EQ(first.change, again.change);
  EXPECT_EQ(first.steps, again.steps);
}

// A cached answer for another question would be believed silently.
TEST_F(ReferenceTest, AnotherQuestionIsNotAnsweredFromTheCache) {
  const ProblemPtr p = named_problem("tp1");
  const ReferenceOptions options{.tolerance = 1e-4, .most_steps = 64, .folder = folder};
  const double end = p->info().path.t_data();
  converged_reference(request(p), "", end, options);
  DrawRequest other = request(p);
  other.seed = 1;
  EXPECT_GT(converged_reference(other, "", end, options).evaluations, 0);
  EXPECT_GT(converged_reference(request(p, 5), "", end, options).evaluations, 0);
  EXPECT_GT(converged_reference(request(p), "", 2 * end, options).evaluations, 0);
  EXPECT_GT(converged_reference(request(named_problem("tp1:head=noise")), "", end, options).evaluations, 0);
  DrawRequest noise = request(p);
  noise.noise = at::ones({4, 1}, at::kDouble);
  EXPECT_GT(converged_reference(noise, "", end, options).evaluations, 0);
}

TEST_F(ReferenceTest, ABrokenCacheFileIsReplaced) {
  const ProblemPtr p = named_problem("tp1");
  const ReferenceOptions options{.tolerance = 1e-4, .most_steps = 64, .folder = folder};
  const Reference first = converged_reference(request(p), "", p->info().path.t_data(), options);
  for (const auto& entry : fs::directory_iterator(folder)) std::ofstream(entry.path()) << "half a fi";
  const Reference second = converged_reference(request(p), "", p->info().path.t_data(), options);
  EXPECT_GT(second.evaluations, 0);
  EXPECT_TRUE(at::equal(first.samples, second.samples));
  EXPECT_EQ(converged_reference(request(p), "", p->info().path.t_data(), options).evaluations, 0);
}

TEST_F(ReferenceTest, WithoutConvergenceItSaysSo) {
  const ProblemPtr p = named_problem("tp1");
  const Reference got = converged_reference(request(p), "", p->info().path.t_data(),
                                            {.tolerance = 1e-14, .most_steps = 32, .folder = ""});
  EXPECT_FALSE(got.converged);
  EXPECT_GT(got.change, 1e-14);
  EXPECT_EQ(got.steps, 32);
}

}  // namespace
}  // namespace ulam::reference_test
