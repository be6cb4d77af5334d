#include "ulam/measure/measure.h"

#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"

namespace ulam::measure_test {
namespace {

at::Tensor normals(std::vector<std::int64_t> shape, std::uint64_t id, double mean = 0) {
  at::Tensor out = at::empty(shape, at::kDouble);
  kernels::fill_normal({make_key(15, Stream::test), id, 0}, 0,
                       std::span<double>(out.data_ptr<double>(), static_cast<std::size_t>(out.numel())));
  return out + mean;
}

MeasureInput two_sets(std::int64_t rows = 60) {
  MeasureInput input;
  input.samples = in_memory(normals({rows, 3}, 1), "a");
  input.reference = in_memory(normals({rows, 3}, 2, .5), "b");
  return input;
}

std::vector<Figure> measured(const char* list, const MeasureInput& input) {
  return run_measures(parse_measures(list, "--what"), input);
}

std::string sentence(const char* list, const MeasureInput& input) {
  try {
    measured(list, input);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

// Every entry of the catalogue can be asked for and answers under a name that begins with its own.
TEST(RunMeasures, EveryMeasureOfSetsAnswersInOrder) {
  const auto f =
      measured("frechet,mmd,precision,recall,density,coverage,knn,sliced,w1,w2,vendi,trajectory", two_sets());
  std::vector<std::string> names;
  for (const Figure& figure : f) {
    names.push_back(figure.name);
    EXPECT_TRUE(std::isfinite(figure.value)) << figure.name;
    EXPECT_FALSE(figure.error_by.empty()) << figure.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"frechet", "kid", "kid p", "precision", "recall", "density",
                                             "coverage", "knn", "sliced", "w1", "w2", "vendi",
                                             "vendi of the reference", "trajectory"}));
}

TEST(RunMeasures, ForecastsAndChainsTakeTheirShapes) {
  MeasureInput forecast;
  forecast.samples = in_memory(normals({40, 25}, 3), "ensemble");
  forecast.reference = in_memory(normals({40}, 4), "truth");  // reads as rows of one number
  const auto f = measured("crps,crps:fair=no,coverage80,width50", forecast);
  EXPECT_EQ(f[2].name, "coverage80");
  EXPECT_EQ(f[3].name, "width50");
  EXPECT_LT(f[0].value, f[1].value);
  MeasureInput chains;
  chains.samples = in_memory(normals({4, 200}, 5), "chains");
  const auto g = measured("ess,rhat,mcse", chains);
  EXPECT_GT(g[0].value, 200);
  EXPECT_NEAR(g[1].value, 1, .1);
}

// Measures see the space of the features, the trajectory error the rows as they are.
TEST(RunMeasures, FeaturesAreForDistancesOnly) {
  MeasureInput input = two_sets();
  input.features.name = "double";
  input.features.dimension = 3;
  input.features.map = [](const at::Tensor& x) { return x * 2; };
  const auto f = measured("w2,trajectory", input), plain = measured("w2,trajectory", two_sets());
  EXPECT_NEAR(f[0].value, 2 * plain[0].value, 1e-9);
  EXPECT_EQ(f[1].value, plain[1].value);
}

// Precision with k = 4 beside density with k = 7 gives what each gives alone.
TEST(RunMeasures, SharedNeighboursChangeNothing) {
  const auto both = measured("precision:k=4,density:k=7,recall:k=2", two_sets());
  EXPECT_EQ(both[0].value, measured("precision:k=4", two_sets())[0].value);
  EXPECT_EQ(both[1].value, measured("density:k=7", two_sets())[0].value);
  EXPECT_EQ(both[2].value, measured("recall:k=2", two_sets())[0].value);
}

TEST(RunMeasures, PicturesAreRoundedToTheLevelsOfAFile) {
  const at::Tensor x = at::tensor({-2., -1., 0.001, 1., 7.}, at::kDouble);
  const at::Tensor y = eight_bit(x);
  EXPECT_EQ(y[0].item<double>(), -1);
  EXPECT_NEAR(y[2].item<double>(), 128 * 2. / 255 - 1, 1e-15);
  EXPECT_NEAR(y[4].item<double>(), 1, 1e-15);
  EXPECT_TRUE(at::equal(eight_bit(y), y));
}

// The reference is scored once for one choice of options, the samples of every run anew.
TEST(RunMeasures, RarestScoresTheReferenceOnceForItsOptions) {
  MeasureInput input = two_sets();
  std::vector<std::string> asked;
  input.rare_scores = [&](const SampleSet& set, double sigma, int noises) {
    asked.push_back(fmt::format("{} {} {}", set.name(), sigma, noises));
    return set.block(0, set.size()).square().sum(1);
  };
  const auto list = parse_measures("rarest:sigma=1,noises=2", "--what");
  work_out_scores(list[0], input);
  const auto f = run_measures(list, input);
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].name, "rarest");
  EXPECT_EQ(asked, (std::vector<std::string>{"b 1 2", "a 1 2"}));
  measured("rarest", input);
  EXPECT_EQ(asked.size(), 4u);
}

TEST(RunMeasures, WhatIsMissingIsNamed) {
  MeasureInput alone = two_sets();
  alone.reference = nullptr;
  EXPECT_NE(sentence("frechet", alone).find("frechet compares two files and only a is named"),
            std::string::npos);
  EXPECT_EQ(sentence("vendi", alone), "");
  EXPECT_NE(sentence("agreement", two_sets()).find("needs a classifier"), std::string::npos);
  EXPECT_NE(sentence("rarest", two_sets()).find("rarest:model=NAME"), std::string::npos);
  MeasureInput shapes = two_sets();
  shapes.reference = in_memory(normals({60, 4}, 6), "wide");
  EXPECT_NE(sentence("mmd", shapes).find("wide"), std::string::npos);
}

TEST(RunMeasures, ACancelTokenStopsWhileRowsAreRead) {
  CancelToken cancel;
  MeasureInput input = two_sets();
  input.watch.cancel = &cancel;
  input.watch.progress = [&](const Progress&) { cancel.cancel(); };  // after the first measure has begun
  try {
    measured("frechet", input);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::cancelled);
  }
}

}  // namespace
}  // namespace ulam::measure_test
