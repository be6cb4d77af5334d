#include "ulam/measure/moments.h"

#include "tests/measure/distribution_support.h"
#include <set>

namespace ulam::moments_test {
namespace {
using namespace test;

Moments plain(const at::Tensor& rows) {
  const at::Tensor mean = rows.mean(0), centred = rows - mean;
  return {static_cast<double>(rows.size(0)), mean, at::mm(centred.t(), centred)};
}
void expect_close(const Moments& a, const Moments& b, double tolerance) {
  EXPECT_DOUBLE_EQ(a.rows, b.rows);
  EXPECT_LT((a.mean - b.mean).abs().max().item<double>(), tolerance);
  EXPECT_LT((a.scatter - b.scatter).abs().max().item<double>(), tolerance * b.rows);
}

TEST(Moments, BlocksGiveWhatOnePassOverAllGives) {
  const at::Tensor rows = normals(9001, 5, 1) * row({1, 2, 3, 4, 5}) + 7;
  expect_close(moments_of(*in_memory(rows, "a")), plain(rows), 1e-12);
  expect_close(moments_of(*in_memory(rows.view({9001, 5, 1}), "a")), plain(rows), 1e-12);
}

TEST(Moments, UnionIsThatOfAllRowsAndEmptyIsNeutral) {
  const at::Tensor rows = normals(100, 3, 2);
  const Moments a = moments_of_rows(rows.narrow(0, 0, 30)), b = moments_of_rows(rows.narrow(0, 30, 70));
  expect_close(merged(a, b), plain(rows), 1e-13);
  expect_close(merged(b, a), plain(rows), 1e-13);
  expect_close(merged(a, moments_of_rows(rows.narrow(0, 0, 0))), a, 1e-15);
  expect_close(merged(moments_of_rows(rows.narrow(0, 0, 0)), a), a, 1e-15);
}

// Sums of raw squares would lose all digits of a variance of 1 around 1e8.
TEST(Moments, AFarMeanLosesNoDigits) {
  const at::Tensor rows = normals(10000, 2, 3);
  const at::Tensor near = moments_of(*in_memory(rows, "a")).covariance();
  const at::Tensor far = moments_of(*in_memory(rows + 1e8, "b")).covariance();
  EXPECT_LT((far - near).abs().max().item<double>(), 1e-6);
  const at::Tensor grouped = moment_groups(*in_memory(rows + 1e8, "b")).all().covariance();
  EXPECT_LT((grouped - near).abs().max().item<double>(), 1e-6);
}

TEST(Moments, CovarianceIsUnbiasedFormAndNeedsTwoRows) {
  const Moments m = moments_of_rows(row({1, 2, 3, 4}).view({4, 1}));
  EXPECT_DOUBLE_EQ(m.covariance().item<double>(), 5. / 3);
  expect_error(ErrorKind::option, {"1 rows"}, [] {
    moments_of_rows(at::zeros({1, 2}, at::kDouble)).covariance();
  });
}

TEST(MomentGroups, TogetherTheyAreTheSet) {
  const at::Tensor rows = normals(5003, 4, 4) + 3;
  const MomentGroups groups = moment_groups(*in_memory(rows, "a"), 64, 9);
  EXPECT_EQ(groups.size(), 64);
  for (const double n : groups.rows) EXPECT_TRUE(n == 78 || n == 79) << n;
  expect_close(groups.all(), plain(rows), 1e-12);
}

// A count of 2 must be what the rows of that group standing twice in the set would give.
TEST(MomentGroups, CountsRepeatTheRowsOfAGroup) {
  const at::Tensor rows = normals(90, 3, 5);
  const MomentGroups groups = moment_groups(*in_memory(rows, "a"), 3, 1);
  std::vector<std::int64_t> dealt(90);
  deal_rows(0, dealt, 3, 1);
  std::vector<at::Tensor> taken;
  const std::vector<double> counts{2, 0, 1};
  for (std::size_t i = 0; i < 90; ++i)
    for (double c = 0; c < counts[static_cast<std::size_t>(dealt[i])]; ++c)
      taken.push_back(rows[static_cast<std::int64_t>(i)]);
  expect_close(groups.weighted(counts), plain(at::stack(taken)), 1e-13);
}

TEST(MomentGroups, RowsAreDealtEvenlyAtRandomWhereverReadingStarts) {
  std::vector<std::int64_t> all(1000), part(300);
  deal_rows(0, all, 8, 3);
  deal_rows(500, part, 8, 3);
  for (std::size_t i = 0; i < part.size(); ++i) EXPECT_EQ(part[i], all[500 + i]);
  std::set<std::vector<std::int64_t>> runs;
  for (std::size_t run = 0; run < 125; ++run) {
    std::vector<std::int64_t> order(all.begin() + static_cast<long>(8 * run),
                                    all.begin() + static_cast<long>(8 * run + 8));
    runs.insert(order);
    std::sort(order.begin(), order.end());
    for (std::int64_t g = 0; g < 8; ++g) EXPECT_EQ(order[static_cast<std::size_t>(g)], g);
  }
  EXPECT_GT(runs.size(), 115u);  // of 8! orders
}

TEST(MomentGroups, MemoryIsBoundedByTheDimensions) {
  EXPECT_EQ(moment_groups(*in_memory(normals(200, 1500, 1).to(at::kFloat), "a")).size(), 8);
  EXPECT_EQ(moment_groups(*in_memory(normals(7, 2, 1), "a")).size(), 3);
}

TEST(MomentGroups, BadInputIsRefused) {
  const SampleSetPtr few = in_memory(normals(3, 2, 1), "few"), set = in_memory(normals(9, 2, 1), "a");
  expect_error(ErrorKind::option, {"few", "3 rows"}, [&] { moment_groups(*few); });
  // Pictures too large for a covariance are refused, not tried until memory ends.
  const SampleSetPtr large = in_memory(at::zeros({4, 3, 64, 64}), "large");
  expect_error(ErrorKind::option, {"large", "12288", "8192", "features"}, [&] { moments_of(*large); });
  expect_error(ErrorKind::option, {"large", "12288", "4096"}, [&] { moment_groups(*large); });
  expect_error(ErrorKind::option, {"1 groups"}, [&] { moment_groups(*set, 1); });
  expect_error(ErrorKind::shape, {"2 counts"}, [&] {
    moment_groups(*set, 3).weighted(std::vector<double>{1, 2});
  });
  expect_error(ErrorKind::option, {"0"}, [&] { moment_groups(*set, 2).weighted(std::vector<double>{0, 0}); });
}

}  // namespace
}  // namespace ulam::moments_test
