#include "tests/measure/distribution_support.h"
#include <filesystem>

#include "ulam/measure/sample_set.h"

namespace ulam::mapped_test {
namespace {
using namespace test;

// The map runs once a row whatever is read afterwards, and blocks do not change its rows.
TEST(Mapped, RunsOnceARow) {
  const at::Tensor rows = normals(50, 3, 4);
  std::int64_t seen = 0;
  const SampleSetPtr set = mapped(
      *in_memory(rows, "a", at::arange(50, at::kLong)),
      [&](const at::Tensor& x) {
        seen += x.size(0);
        return at::cat({x * 2, x.square()}, 1);
      },
      "b", 7);
  EXPECT_EQ(set->name(), "b");
  EXPECT_EQ(set->shape(), (std::vector<std::int64_t>{6}));
  for (const auto& [first, count] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 50}, {13, 9}, {49, 1}})
    EXPECT_TRUE(
        at::equal(set->block(first, count), at::cat({rows * 2, rows.square()}, 1).narrow(0, first, count)));
  EXPECT_EQ(seen, 50);
  EXPECT_TRUE(at::equal(set->labels(), at::arange(50, at::kLong)));
}

TEST(Mapped, BadMapsAreRefused) {
  const SampleSetPtr set = in_memory(normals(20, 3, 4), "a");
  const auto run = [&](const std::function<at::Tensor(const at::Tensor&)>& map) {
    mapped(*set, map, "b", 8);
  };
  expect_error(ErrorKind::shape, {"b"}, [&] { run([](const at::Tensor& x) { return x.sum(1); }); });
  expect_error(ErrorKind::shape, {"b"}, [&] { run([](const at::Tensor& x) { return x.narrow(0, 0, 1); }); });
  expect_error(ErrorKind::shape, {"b"}, [&] { run([](const at::Tensor& x) { return x.to(at::kLong); }); });
  expect_error(ErrorKind::shape, {"b"},
               [&] { run([](const at::Tensor& x) { return x.narrow(1, 0, x.size(0) < 8 ? 1 : 2); }); });
  expect_error(ErrorKind::numeric, {"b", "row 0"}, [&] { run([](const at::Tensor& x) { return x / 0; }); });
}

// A file that stays behind would fill the disk; the set must still be readable after others are gone.
TEST(Mapped, LeavesNoFileBehind) {
  const auto count = [] {
    std::int64_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
      found += entry.path().filename().string().starts_with("ulam-rows-") ? 1 : 0;
    return found;
  };
  const std::int64_t before = count();
  const SampleSetPtr set = mapped(
      *in_memory(normals(20, 3, 4), "a"), [](const at::Tensor& x) { return x + 1; }, "b");
  EXPECT_EQ(count(), before);
  EXPECT_TRUE(at::equal(set->block(0, 20), normals(20, 3, 4) + 1));
}

}  // namespace
}  // namespace ulam::mapped_test
