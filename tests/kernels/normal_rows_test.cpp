#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"

using namespace ulam;
using namespace ulam::kernels;

namespace {
std::vector<RowKey> keys(std::size_t rows) {
  std::vector<RowKey> out;
  for (std::size_t r = 0; r < rows; ++r)
    out.push_back(
        {make_key(r % 3, Stream::test), (std::uint64_t{r} << 33) + 5, static_cast<std::uint32_t>(r % 7)});
  return out;
}
}  // namespace

// S1 over rows: small rows share vector registers and large ones are cut, and none of it shows; nor do
// threads.
TEST(NormalRows, EachNumberIsThatOfItsRowAndElement) {
  for (const auto& [rows, row_size] : {std::pair<std::size_t, std::size_t>{1, 1},
                                       {70, 2},
                                       {33, 5},
                                       {9, 127},
                                       {9, 128},
                                       {5, 1000},
                                       {40000, 2},
                                       {3, 30011}})
    for (const std::uint64_t first : {0, 3})
      for (const int threads : {0, 1, 2, 3}) {
        const auto row = keys(rows);
        std::vector<float> narrow(rows * row_size, -9);
        std::vector<double> wide(rows * row_size, -9);
        fill_normal_rows(row, static_cast<std::int64_t>(row_size), narrow, threads, first);
        fill_normal_rows(row, static_cast<std::int64_t>(row_size), wide, threads, first);
        const std::size_t step = rows * row_size > 50000 ? 97 : 1;
        for (std::size_t i = 0; i < narrow.size(); i += step) {
          const float expected = normal_reference(row[i / row_size], first + i % row_size);
          ASSERT_EQ(std::memcmp(&narrow[i], &expected, sizeof expected), 0)
              << rows << " x " << row_size << " at " << i;
          ASSERT_EQ(wide[i], static_cast<double>(expected));
        }
      }
}

TEST(NormalRows, RefusesSizesThatDoNotFit) {
  const auto row = keys(3);
  std::vector<float> out(11);
  EXPECT_THROW(fill_normal_rows(row, 4, out), Error);
  EXPECT_THROW(fill_normal_rows(row, -1, out), Error);
  out.resize(12);
  EXPECT_THROW(fill_normal_rows(row, 4, out, 1, row_elements - 3), Error);
  EXPECT_NO_THROW(fill_normal_rows(row, 4, out, 1, row_elements - 4));
  EXPECT_NO_THROW(fill_normal_rows({}, 4, std::span<float>()));
}
