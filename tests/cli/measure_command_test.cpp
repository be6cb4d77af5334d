#include "ulam/cli/measure_command.h"

#include "tests/cli/support.h"
#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/base/key.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/kernels/normal.h"

namespace ulam::cli::measure_command_test {
namespace {

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::TemporaryFolder;

std::vector<double> normals(std::int64_t count, std::uint64_t id, double mean = 0) {
  std::vector<double> out(static_cast<std::size_t>(count));
  kernels::fill_normal({make_key(16, Stream::test), id, 0}, 0, std::span<double>(out));
  for (double& x : out) x += mean;
  return out;
}
void write_normals(const std::string& path, std::vector<std::int64_t> shape, std::uint64_t id,
                   double mean = 0) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  io::write_npy(path, io::make_array<double>(shape, normals(count, id, mean)));
}
nlohmann::json figures(const Ran& ran) {
  EXPECT_EQ(ran.code, 0) << ran.err;
  return nlohmann::json::parse(ran.out).at("figures");
}

// Two Gaussians a distance 1 apart in each of 2 dimensions: every default measure, its error, one document.
TEST(MeasureCommand, JsonHoldsEveryFigureWithItsError) {
  const TemporaryFolder folder;
  write_normals(folder / "a.npy", {400, 2}, 1);
  write_normals(folder / "b.npy", {400, 2}, 2, 1);
  const Ran ran = run(folder, {"measure", "a.npy", "b.npy", "--json", "--quiet", "--threads", "1"});
  const auto list = figures(ran);
  std::vector<std::string> names;
  for (const auto& f : list) {
    names.push_back(f.at("name"));
    EXPECT_GT(f.at("error").get<double>(), 0) << f;
    EXPECT_EQ(f.at("rows"), 400);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"frechet", "kid", "kid p", "precision", "recall", "density",
                                             "coverage", "sliced"}));
  EXPECT_NEAR(list[0].at("value").get<double>(), 2, 5 * list[0].at("error").get<double>());
  EXPECT_NEAR(list[7].at("value").get<double>(), 1, 5 * list[7].at("error").get<double>());
  EXPECT_EQ(ran.err, "");
}

TEST(MeasureCommand, TheTableShowsSetsFiguresAndNotes) {
  const TemporaryFolder folder;
  write_normals(folder / "a.npy", {50, 2}, 3);
  const Ran ran = run(folder, {"measure", "a.npy", "ring", "--what", "w2,sliced", "--quiet"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("a.npy: 50 rows of [2]"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("exact samples of ring: 2048 rows"), std::string::npos);
  EXPECT_NE(ran.out.find("w2, sliced: above 0"), std::string::npos);
  EXPECT_NE(ran.err.find("50 and 2048 rows"), std::string::npos) << ran.err;
  EXPECT_EQ(run(folder, {"measure", "a.npy", "ring", "--what", "w2", "-n", "50", "--quiet"}).err, "");
}

TEST(MeasureCommand, ForecastsAndChains) {
  const TemporaryFolder folder;
  write_normals(folder / "ensemble.npy", {300, 40}, 4);
  write_normals(folder / "truth.npy", {300}, 5);
  const auto f = figures(run(folder, {"measure", "ensemble.npy", "truth.npy", "--what",
                                      "crps,coverage90,width50", "--json", "--quiet"}));
  // CRPS of a standard normal forecast of a standard normal: 1 / sqrt(pi).
  EXPECT_NEAR(f[0].at("value").get<double>(), 1 / std::sqrt(M_PI), 5 * f[0].at("error").get<double>());
  EXPECT_NEAR(f[1].at("value").get<double>(), .9, 5 * f[1].at("error").get<double>());
  EXPECT_NEAR(f[2].at("value").get<double>(), 2 * .67449, .05);
  write_normals(folder / "chains.npy", {4, 500, 2}, 6);
  const auto c =
      figures(run(folder, {"measure", "chains.npy", "--what", "ess,rhat,mcse", "--json", "--quiet"}));
  EXPECT_NEAR(c[0].at("value").get<double>(), 2000, 600);
  EXPECT_NEAR(c[1].at("value").get<double>(), 1, .02);
}

TEST(MeasureCommand, TrajectoriesPairByIdAndNeedOneNoise) {
  const TemporaryFolder folder;
  const auto write = [&](const char* name, std::vector<std::int64_t> ids, std::vector<double> x, int seed) {
    io::ArrayFile file;
    const auto n = static_cast<std::int64_t>(ids.size());
    file.arrays.emplace_back("samples", io::make_array<double>({n, 1}, x));
    file.arrays.emplace_back("ids", io::make_array<std::int64_t>({n}, ids));
    file.metadata["ulam"] = R"({"options": {"model": "m", "seed": )" + std::to_string(seed) + "}}";
    io::write_npz(folder / name, file);
  };
  write("a.npz", {0, 1, 2}, {10, 11, 12}, 0);
  write("b.npz", {2, 0, 1}, {13, 11, 12}, 0);
  write("c.npz", {0, 1, 2}, {10, 11, 12}, 7);
  const auto f =
      figures(run(folder, {"measure", "a.npz", "b.npz", "--what", "trajectory", "--json", "--quiet"}));
  EXPECT_DOUBLE_EQ(f[0].at("value").get<double>(), 1);
  expect_refusal(run(folder, {"measure", "a.npz", "c.npz", "--what", "trajectory", "--quiet"}), 2,
                 "one noise");
}

// Drawn samples against the exact ones of the same problem, as a user would do it.
TEST(MeasureCommand, ADrawIsMeasuredAgainstItsProblem) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, {"draw", "tp1", "-n", "400", "--steps", "12", "-o", "x.npz", "--quiet"}).code, 0);
  const auto f = figures(run(folder, {"measure", "x.npz", "tp1", "-n", "400", "--json", "--quiet"}));
  EXPECT_EQ(f[0].at("name"), "frechet");
  EXPECT_LT(f[0].at("value").get<double>(), 1);
}

// N(0, I): the score rises with |x|, so of 2 x the share beyond the 90 % radius is exp(-4.605 / 8) = 0.562.
TEST(MeasureCommand, RarestAsksTheModelThatIsNamed) {
  const TemporaryFolder folder;
  std::ofstream(folder / "normal.json") << R"({"problem": "mixture", "means": [[0, 0]], "variances": [1]})";
  write_normals(folder / "real.npy", {600, 2}, 7);
  std::vector<double> wide = normals(1200, 8);
  for (double& x : wide) x *= 2;
  io::write_npy(folder / "wide.npy", io::make_array<double>({600, 2}, wide));
  const auto f = figures(run(folder, {"measure", "wide.npy", "real.npy", "--what",
                                      "rarest:model=normal.json,sigma=1,noises=200", "--json", "--quiet"}));
  EXPECT_NEAR(f[0].at("value").get<double>(), .562, 5 * f[0].at("error").get<double>());
  EXPECT_LT(f[0].at("error").get<double>(), .06);
  expect_refusal(run(folder, {"measure", "wide.npy", "real.npy", "--what", "rarest", "--quiet"}), 2,
                 "rarest:model=NAME");
}

// The card of the shipped model names the features, and the labels are the file's.
TEST(MeasureCommand, SamplesOfAShippedModelAreSeenByTheFeaturesItsCardAdvises) {
  const TemporaryFolder folder;
  setenv("ULAM_MODELS", ULAM_SHIPPED_MODELS, 1);
  const Ran drawn = run(folder, {"draw", "fashion", "-n", "20", "--steps", "2", "-o", "x.npz", "--quiet"});
  const Ran ran = run(folder, {"measure", "x.npz", "--what", "agreement", "--json", "--quiet"});
  const Ran none = run(folder, {"measure", "x.npz", "x.npz", "--label", "12", "--quiet"});
  unsetenv("ULAM_MODELS");
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto j = nlohmann::json::parse(ran.out);
  EXPECT_EQ(j.at("features"), "fashion-features:features");
  EXPECT_EQ(j.at("figures").size(), 11u);
  EXPECT_EQ(j.at("figures")[0].at("rows"), 20);
  expect_refusal(none, 2, "class 12 is empty");
}

TEST(MeasureCommand, BadInputIsOneSentence) {
  const TemporaryFolder folder;
  write_normals(folder / "two.npy", {60, 2}, 7);
  write_normals(folder / "three.npy", {60, 3}, 8);
  std::vector<double> bad = normals(120, 9);
  bad[2 * 41 + 1] = std::numeric_limits<double>::quiet_NaN();
  io::write_npy(folder / "nan.npy", io::make_array<double>({60, 2}, bad));
  io::write_npy(folder / "none.npy", io::make_array<double>({0, 2}, std::vector<double>{}));
  const auto says = [&](std::vector<std::string> arguments, int code, const std::string& part) {
    arguments.insert(arguments.begin(), "measure");
    arguments.push_back("--quiet");
    expect_refusal(run(folder, arguments), code, part);
  };
  says({}, 2, "no samples given");
  says({"two.npy"}, 2, "name a second");
  says({"two.npy", "gone.npy"}, 4, "gone.npy: is not there");
  says({"two.npy", "three.npy"}, 2, "[3]");
  says({"two.npy", "nan.npy"}, 5, "row 41");
  says({"none.npy", "two.npy"}, 2, "no samples");
  says({"two.npy", "ring", "--what", "frecht"}, 2, "nearest: frechet");
  says({"two.npy", "ring", "--what", "frechet,ess"}, 2, "chains");
  says({"two.npy", "ring", "--label", "3"}, 2, "no labels");
  says({"two.npy", "ring", "--what", "agreement"}, 2, "classifier");
  says({"two.npy", "ring", "--features", "pca:9"}, 2, "pca");
  says({"two.npy", "ring", "--features", "fashion-feetures"}, 2, "fashion-feetures");
  says({"two.npy", "two.npy", "--what", "coverage95"}, 2, "[60, 2]");
  says({"two.npy", "ring", "--wat", "w2"}, 2, "nearest: --what");
  says({"two.npy", "ring", "--what", "ess"}, 2, "one file of chains");
  io::write_npy(folder / "huge.npy", io::make_array<double>({60, 2}, normals(120, 12, 1e200)));
  says({"two.npy", "huge.npy", "--what", "frechet"}, 5, "frechet");
  says({"two.npy", "ring", "--seed", "-1"}, 2, "seed=-1");
}

TEST(MeasureCommand, FewerRowsThanDimensionsAreWarnedOf) {
  const TemporaryFolder folder;
  write_normals(folder / "a.npy", {20, 30}, 10);
  write_normals(folder / "b.npy", {40, 30}, 11);
  const Ran ran = run(folder, {"measure", "a.npy", "b.npy", "--what", "frechet", "-n", "20", "--quiet"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_NE(ran.err.find("warning: a.npy has 20 rows for 30 dimensions"), std::string::npos) << ran.err;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

// Ctrl-C ends long work with one sentence, code 130 and nothing on standard output.
TEST(MeasureCommand, AnInterruptStopsWithOneSentence) {
  const TemporaryFolder folder;
  cli_test::Running running(folder, {"measure", "ring", "swissroll", "-n", "6000", "--what",
                                     "sliced:directions=20000,replicates=200", "--threads", "1"});
  // The last line about features says that the measure begins.
  for (int tenth = 0; tenth < 300 && running.err_so_far().find("\"done\":12000") == std::string::npos;
       ++tenth)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  running.signal(SIGINT);
  const Ran ran = running.wait();
  EXPECT_EQ(ran.code, 130) << ran.err;
  std::size_t sentences = 0;
  for (std::size_t at = 0; (at = ran.err.find("ulam: ", at)) != std::string::npos; ++at) ++sentences;
  EXPECT_EQ(sentences, 1u) << ran.err;
  EXPECT_NE(ran.err.find("cancelled"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.out, "");
}

TEST(MeasureText, ShortNotesStandBesideAndEqualLongOnesTogether) {
  MeasureReport report;
  report.sets = {"a: 3 rows of [1]"};
  Figure one;
  one.name = "one";
  one.value = 1.23456;
  one.error = .12;
  one.error_by = "repeats";
  one.note = "short";
  Figure two = one, three = one;
  two.name = "two";
  two.note = three.note = "a note that is too long to stand in the line of a table";
  three.name = "three";
  report.figures = {one, two, three};
  const std::string text = measure_text(report);
  EXPECT_NE(text.find("samples    a: 3 rows of [1]\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1.23 +- 0.12"), std::string::npos);
  EXPECT_NE(text.find("repeats   short\n"), std::string::npos) << text;
  EXPECT_EQ(text.find(" \n"), std::string::npos) << text;
  EXPECT_NE(text.find("\ntwo, three: a note that is too long"), std::string::npos) << text;
}

}  // namespace
}  // namespace ulam::cli::measure_command_test
