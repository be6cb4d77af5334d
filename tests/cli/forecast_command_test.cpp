// The whole way of a CSV: trained on, forecast, imputed, refined, scored; and every odd file in one sentence.
#include "ulam/cli/forecast_command.h"

#include "tests/cli/support.h"
#include <cmath>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/io/csv.h"
#include "ulam/io/png.h"

namespace ulam::cli::forecast_command_test {
namespace {

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::slurp;
using cli_test::spill;
using cli_test::TemporaryFolder;

constexpr const char* tiny =
    R"({"format": 1, "name": "tiny", "path": {"kind": "discrete", "steps": 20, "beta_end": 0.4}, "prediction": "edm", "sigma_data": 1,
        "network": {"kind": "series", "shape": [1, 16], "horizon": 4, "scaling": "standard", "patch": 4, "width": 8, "depth": 1, "heads": 2, "embedding": 8, "detail": 2}})";

std::string waves(int rows, bool gaps = false) {
  std::ostringstream out;
  out << "date,a,b\n";
  for (int i = 0; i < rows; ++i) {
    out << 'd' << i << ',';
    if (!gaps || i % 7 != 3) out << 10 + std::sin(i * .8);
    out << ',' << i % 5 << '\n';
  }
  return out.str();
}

struct ForecastCommand : ::testing::Test {
  static TemporaryFolder* folder;
  static void SetUpTestSuite() {
    folder = new TemporaryFolder;
    spill(*folder / "tiny.json", tiny);
    spill(*folder / "waves.csv", waves(60));
    const Ran trained =
        cli_test::run(*folder, {"train", "tiny.json", "--data", "waves.csv", "--out", "tiny", "--steps", "3",
                                "--batch", "4", "--threads", "1", "--levels", "uniform"});
    ASSERT_EQ(trained.code, 0) << trained.err;
  }
  static void TearDownTestSuite() { delete folder; }
  static Ran forecast(std::vector<std::string> more) {
    std::vector<std::string> all = {"forecast"};
    all.insert(all.end(), more.begin(), more.end());
    for (const char* word : {"--model", "./tiny", "--threads", "1", "--paths", "20", "--steps", "5"})
      all.push_back(word);
    return cli_test::run(*folder, all);
  }
};
TemporaryFolder* ForecastCommand::folder = nullptr;

TEST_F(ForecastCommand, QuantilesRiseAndFollowTheHorizon) {
  const Ran ran = forecast({"waves.csv", "--horizon", "3", "-o", "q.csv", "--figure", "q.png"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const io::CsvTable q = io::read_csv(*folder / "q.csv");
  EXPECT_EQ(q.index, (std::vector<std::string>{"a", "a", "a", "b", "b", "b"}));
  EXPECT_EQ(q.names, (std::vector<std::string>{"step", "mean", "q0.05", "q0.25", "q0.5", "q0.75", "q0.95"}));
  EXPECT_EQ(q.columns[0], (std::vector<double>{61, 62, 63, 61, 62, 63}));
  for (std::size_t r = 0; r < q.rows(); ++r)
    for (std::size_t c = 3; c < q.columns.size(); ++c) EXPECT_LE(q.columns[c - 1][r], q.columns[c][r]);
  const io::Png figure = io::read_png(*folder / "q.png");
  EXPECT_EQ(figure.image.shape[1], 760);
  EXPECT_EQ(nlohmann::json::parse(figure.text.at("ulam"))["command"], "forecast");
}

TEST_F(ForecastCommand, TheSameSeedGivesTheSameBytes) {
  for (const char* name : {"x.csv", "y.csv"}) ASSERT_EQ(forecast({"waves.csv", "-o", name}).code, 0);
  EXPECT_EQ(slurp(*folder / "x.csv"), slurp(*folder / "y.csv"));
  ASSERT_EQ(forecast({"waves.csv", "-o", "z.csv", "--seed", "1"}).code, 0);
  EXPECT_NE(slurp(*folder / "x.csv"), slurp(*folder / "z.csv"));
}

// Headings, line ends and compression change nothing about the numbers.
TEST_F(ForecastCommand, FormsOfTheSameFileGiveTheSameForecast) {
  const std::string text = waves(60);
  std::string windows;
  for (const char c : text) {
    if (c == '\n') windows += '\r';
    windows += c;
  }
  spill(*folder / "windows.csv", windows);
  spill(*folder / "bare.csv", text.substr(text.find('\n') + 1));
  for (const char* name : {"waves", "windows", "bare"})
    ASSERT_EQ(forecast({fmt::format("{}.csv", name), "-o", fmt::format("{}-q.csv", name)}).code, 0) << name;
  EXPECT_EQ(slurp(*folder / "waves-q.csv"), slurp(*folder / "windows-q.csv"));
  const io::CsvTable named = io::read_csv(*folder / "waves-q.csv"),
                     numbered = io::read_csv(*folder / "bare-q.csv");
  // Series that are called 1 and 2 are read as one more column of numbers.
  EXPECT_EQ(named.columns, decltype(named.columns)(numbered.columns.begin() + 1, numbered.columns.end()));
}

TEST_F(ForecastCommand, ConstantAndShortSeriesAreForecast) {
  spill(*folder / "flat.csv", "7\n7\n7\n7\n7\n");
  ASSERT_EQ(forecast({"flat.csv", "-o", "flat-q.csv"}).code, 0);
  for (const auto& column : io::read_csv(*folder / "flat-q.csv").columns)
    for (const double v : column) EXPECT_TRUE(std::isfinite(v));
}

TEST_F(ForecastCommand, GapsAreFilledAndTheRestStaysAsItIs) {
  spill(*folder / "gaps.csv", waves(40, true));
  const Ran ran =
      forecast({"gaps.csv", "--impute", "--filled", "whole.csv", "-o", "drawn.csv", "--figure", "gaps.png"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const io::CsvTable before = io::read_csv(*folder / "gaps.csv"), after = io::read_csv(*folder / "whole.csv");
  EXPECT_EQ(before.index, after.index);
  EXPECT_EQ(before.columns[1], after.columns[1]);
  for (std::size_t r = 0; r < before.rows(); ++r) {
    EXPECT_TRUE(std::isfinite(after.columns[0][r]));
    if (std::isfinite(before.columns[0][r])) {
      EXPECT_EQ(before.columns[0][r], after.columns[0][r]);
    }
  }
  const io::CsvTable drawn = io::read_csv(*folder / "drawn.csv");
  EXPECT_EQ(drawn.columns[0], (std::vector<double>{4, 11, 18, 25, 32, 39}));
  ASSERT_EQ(forecast({"waves.csv", "--impute", "--filled", "same.csv"}).code, 0);
  EXPECT_EQ(io::read_csv(*folder / "same.csv").columns, io::read_csv(*folder / "waves.csv").columns);
}

TEST_F(ForecastCommand, RefinesAFileAndBaselines) {
  spill(*folder / "base.csv", "b,a\n1,10\n2,11\n3,10\n4,9\n");
  for (const char* base : {"base.csv", "naive", "linear"}) {
    const Ran ran = forecast({"waves.csv", "--refine", base, "--iterations", "2", "-o", "r.csv"});
    ASSERT_EQ(ran.code, 0) << base << ran.err;
  }
  // No iterations: the file itself, columns by name.
  ASSERT_EQ(forecast({"waves.csv", "--refine", "base.csv", "--iterations", "0", "-o", "r.csv"}).code, 0);
  const io::CsvTable r = io::read_csv(*folder / "r.csv");
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(r.columns[4][i], std::vector<double>({10, 11, 10, 9})[i], 1e-5);
}

TEST_F(ForecastCommand, ScoresStandBesideBaselines) {
  const Ran ran = forecast({"waves.csv", "--score", "3", "--refine", "naive", "--iterations", "1", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto scores = nlohmann::json::parse(ran.out)["scores"];
  ASSERT_EQ(scores.size(), 4u);
  EXPECT_EQ(scores[1]["forecast"], "linear (ridge)");
  EXPECT_EQ(scores[2]["evaluations"], 20 * 5);
  for (const auto& s : scores) EXPECT_GE(s["figures"][0]["value"].get<double>(), 0);
  EXPECT_NE(forecast({"waves.csv", "--score", "2"}).out.find("seasonal naive"), std::string::npos);
}

// A rule a row; nothing is written where something is wrong.
TEST_F(ForecastCommand, OddFilesGetASentenceAndLeaveNothing) {
  const auto names = folder->names();
  struct Bad {
    const char* text;
    int code;
    const char* says;
  };
  for (const Bad& bad :
       {Bad{"", 3, "is empty"}, Bad{"a,b\n1,x\n", 3, "line 2, column 'b'"},
        Bad{"1,2\n3\n", 3, "line 2 has 1 cells"}, Bad{"a,b\n1,\n2,\n", 3, "'b' has no numbers"},
        Bad{"a\n", 3, "heading and no rows"}}) {
    spill(*folder / "bad.csv", bad.text);
    expect_refusal(forecast({"bad.csv", "-o", "never.csv"}), bad.code, bad.says);
  }
  std::filesystem::remove(*folder / "bad.csv");
  expect_refusal(forecast({"waves.csv", "--horizon", "9", "-o", "never.csv"}), 2, "horizon of 9");
  expect_refusal(forecast({"waves.csv", "--columns", "a,c", "-o", "never.csv"}), 2, "no column 'c'");
  expect_refusal(forecast({"waves.csv", "--quantiles", "0.1,0.9", "-o", "never.csv"}), 2, "0.5");
  expect_refusal(forecast({"waves.csv", "-o", "never.txt"}), 2, ".csv");
  expect_refusal(forecast({"waves.csv", "-o", "absent/never.csv"}), 4, "absent");
  expect_refusal(forecast({"absent.csv", "-o", "never.csv"}), 4, "absent.csv");
  expect_refusal(forecast({"waves.csv", "--refine", "waves.csv", "-o", "never.csv"}), 3,
                 "60 rows, the horizon is 4");
  expect_refusal(forecast({"waves.csv", "--impute", "--score", "2"}), 2, "--impute");
  expect_refusal(forecast({"waves.csv", "--filled", "never.csv"}), 2, "--impute");
  expect_refusal(forecast({"waves.csv", "--guide", "cfg", "-o", "never.csv"}), 2, "has no condition");
  expect_refusal(forecast({}), 2, "no file of series");
  EXPECT_EQ(folder->names(), names);
}

}  // namespace
}  // namespace ulam::cli::forecast_command_test
