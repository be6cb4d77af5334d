#pragma once
// Whole tiles of normals on each instruction set. Private to the kernels.
#include <cstdint>
#include <span>

#include "ulam/base/key.h"
#include "ulam/kernels/isa.h"

namespace ulam::kernels {

inline constexpr int tile_blocks = 32;                // Philox blocks of a tile
inline constexpr int tile_numbers = 4 * tile_blocks;  // normals of a tile

/// Counters and keys of the blocks of one tile, any rows mixed.
struct TileCounters {
  std::uint32_t counter[4][tile_blocks];
  std::uint32_t key[2][tile_blocks];
};

/// `tiles` tiles that follow each other in one row, from block `first_block` on. out: tiles * tile_numbers.
void normal_tiles(const RowKey& row, std::uint32_t first_block, std::int64_t tiles, float* out, Isa isa);
/// One tile of mixed blocks; block b writes out[4b] .. out[4b+3].
void normal_tile(const TileCounters& counters, float* out, Isa isa);

/// Elements begin .. begin + n - 1 of rows of row_size normals laid end to end (each from its element `first`
/// on). No checks.
void normals_of_rows(std::span<const RowKey> rows, std::int64_t row_size, std::int64_t begin, std::int64_t n,
                     float* out, Isa isa, std::uint64_t first = 0);

}  // namespace ulam::kernels
