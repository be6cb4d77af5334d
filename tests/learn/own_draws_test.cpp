#include "ulam/learn/own_draws.h"

#include "tests/errors.h"
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/io/npz.h"
#include "ulam/learn/dataset.h"
#include "ulam/model/convert.h"
#include "ulam/problems/read_problem.h"

namespace ulam::own_draws_test {
namespace {
namespace fs = std::filesystem;

ProblemPtr classes() {
  return problem_from_json(
      nlohmann::json::parse(
          R"({"problem": "mixture", "means": [[-1, 0], [1, 0.5]], "variances": [0.01, 0.01], "labels": [0, 1]})"),
      "test.json", "");
}

struct OwnDrawsTest : ::testing::Test {
  std::string file = (fs::temp_directory_path() /
                      ("ulam-draws-" +
                       std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".npz"))
                         .string();
  void SetUp() override { fs::remove(file); }
  void TearDown() override { fs::remove(file); }
  OwnDrawsRequest request(std::int64_t count) const {
    OwnDrawsRequest r{DrawRequest(Field(classes())), file, false, 5};
    r.draw.count = count;
    r.draw.steps = 4;
    r.draw.seed = 9;
    return r;
  }
};

// What is learned from must be the draws that anybody gets who asks for them, with the label they were asked
// for.
TEST_F(OwnDrawsTest, AreThoseOfAPlainDraw) {
  const OwnDraws made = own_draws(request(12), {});
  EXPECT_TRUE(made.finished);
  EXPECT_EQ(made.evaluations, 12 * 4);
  const Dataset data = read_dataset(file, Split::train);
  ASSERT_EQ(data.size(), 12);
  DrawRequest plain = request(12).draw;
  plain.conditions["label"] = at::arange(12, at::kLong).remainder(2);
  EXPECT_TRUE(at::equal(data.images, draw(plain).samples.to(at::kFloat)));
  EXPECT_TRUE(at::equal(data.labels, plain.conditions["label"]));
}

// A run of hours that was cut must not draw again what it has, nor end with other draws.
TEST_F(OwnDrawsTest, GoOnWhereTheyWereCut) {
  CancelToken token;
  Watch watch;
  watch.cancel = &token;
  watch.progress = [&](const Progress& p) {
    if (p.done >= 5) token.cancel();
  };
  const OwnDraws cut = own_draws(request(12), watch);
  EXPECT_FALSE(cut.finished);
  EXPECT_GE(cut.rows, 5);
  const OwnDraws rest = own_draws(request(12), {});
  EXPECT_TRUE(rest.finished);
  EXPECT_EQ(rest.found, cut.rows);
  EXPECT_EQ(rest.evaluations, (12 - cut.rows) * 4);
  const Dataset resumed = read_dataset(file, Split::train);
  fs::remove(file);
  own_draws(request(12), {});
  EXPECT_TRUE(at::equal(resumed.images, read_dataset(file, Split::train).images));
  // Fewer are the first of them, for nothing.
  EXPECT_EQ(own_draws(request(7), {}).evaluations, 0);
  const Dataset few = read_dataset(file, Split::train);
  EXPECT_TRUE(at::equal(few.images, resumed.images.narrow(0, 0, 7)));
  EXPECT_EQ(few.labels.size(0), 7);
}

TEST_F(OwnDrawsTest, OtherDrawsAreNotGoneOnWith) {
  own_draws(request(6), {});
  OwnDrawsRequest other = request(6);
  other.draw.steps = 5;
  ulam::testing::expect_error(ErrorKind::option, {"another plan"}, [&] { own_draws(other, {}); });
  other.restart = true;
  EXPECT_EQ(own_draws(other, {}).evaluations, 6 * 5);
}

}  // namespace
}  // namespace ulam::own_draws_test
