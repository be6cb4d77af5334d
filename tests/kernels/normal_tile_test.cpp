#include "ulam/kernels/normal_tile.h"

#include <array>
#include <cstring>

#include <gtest/gtest.h>

#include "ulam/kernels/normal.h"

using namespace ulam;
using namespace ulam::kernels;

// Lanes of a tile must not mix: every block has its own counter and key here, in all four words.
TEST(NormalTile, MixedBlocksAreThoseOfTheirRows) {
  TileCounters counters;
  std::array<RowKey, tile_blocks> rows;
  for (std::uint32_t b = 0; b < tile_blocks; ++b) {
    rows[b] = {make_key(b, Stream::test), (std::uint64_t{b * 0x9E3779B9u} << 32) | (0xFFFFFFFFu - b),
               b * 0x85EBCA6Bu};
    counters.counter[0][b] = 0xFFFFFFFFu - 3 * b;
    counters.counter[1][b] = rows[b].draw;
    counters.counter[2][b] = static_cast<std::uint32_t>(rows[b].id);
    counters.counter[3][b] = static_cast<std::uint32_t>(rows[b].id >> 32);
    for (std::size_t i = 0; i < 2; ++i) counters.key[i][b] = rows[b].key.words[i];
  }
  for (const Isa isa : usable_isas()) {
    std::array<float, tile_numbers> out{};
    normal_tile(counters, out.data(), isa);
    for (std::uint32_t i = 0; i < tile_numbers; ++i) {
      const std::uint64_t element = 4 * std::uint64_t{0xFFFFFFFFu - 3 * (i / 4)} + i % 4;
      const float expected = normal_reference(rows[i / 4], element);
      ASSERT_EQ(std::memcmp(&out[i], &expected, 4), 0) << name(isa) << " at " << i;
    }
  }
}
