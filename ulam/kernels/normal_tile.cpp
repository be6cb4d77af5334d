#include "ulam/kernels/normal_tile.h"

#include <cmath>

#include "ulam/kernels/normal_math.h"
#ifdef ULAM_X86
#include <immintrin.h>
#endif

namespace ulam::kernels {
namespace {

// A tile half way: squared radii (then radii) and angle words of the even and the odd pairs.
struct alignas(64) Tile {
  float radius[2][tile_blocks];
  std::uint32_t angle[2][tile_blocks];
};

ULAM_INLINE void store_words(const PhiloxCounter& word, int b, Tile& tile) {
  tile.radius[0][b] = squared_radius(word[0]);
  tile.angle[0][b] = word[1];
  tile.radius[1][b] = squared_radius(word[2]);
  tile.angle[1][b] = word[3];
}

ULAM_INLINE PhiloxCounter philox_inline(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2,
                                        std::uint32_t c3, std::uint32_t k0, std::uint32_t k1) {
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0;
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {c0, c1, c2, c3};
}

ULAM_INLINE void begin_row(const RowKey& row, std::uint32_t first_block, Tile& tile) {
  const std::uint32_t c1 = row.draw, c2 = static_cast<std::uint32_t>(row.id);
  const std::uint32_t c3 = static_cast<std::uint32_t>(row.id >> 32), k0 = row.key.words[0],
                      k1 = row.key.words[1];
  ULAM_INDEPENDENT
  for (int b = 0; b < tile_blocks; ++b)
    store_words(philox_inline(first_block + static_cast<std::uint32_t>(b), c1, c2, c3, k0, k1), b, tile);
}

ULAM_INLINE void begin_mixed(const TileCounters& n, Tile& tile) {
  ULAM_INDEPENDENT
  for (int b = 0; b < tile_blocks; ++b)
    store_words(philox_inline(n.counter[0][b], n.counter[1][b], n.counter[2][b], n.counter[3][b], n.key[0][b],
                              n.key[1][b]),
                b, tile);
}

ULAM_INLINE void finish(const Tile& tile, float* __restrict out) {
  ULAM_INDEPENDENT
  for (int b = 0; b < tile_blocks; ++b) {
    const Direction even = direction(tile.angle[0][b]), odd = direction(tile.angle[1][b]);
    out[4 * b] = tile.radius[0][b] * even.cosine;
    out[4 * b + 1] = tile.radius[0][b] * even.sine;
    out[4 * b + 2] = tile.radius[1][b] * odd.cosine;
    out[4 * b + 3] = tile.radius[1][b] * odd.sine;
  }
}

// The square roots sit in intrinsics: a plain call may set errno, which keeps compilers from vectorising it.
ULAM_INLINE void roots_plain(Tile& tile) {
  float* const r = tile.radius[0];
#ifdef ULAM_X86
  for (int i = 0; i < 2 * tile_blocks; i += 4) _mm_store_ps(r + i, _mm_sqrt_ps(_mm_load_ps(r + i)));
#else
  for (int i = 0; i < 2 * tile_blocks; ++i) r[i] = std::sqrt(r[i]);
#endif
}

void row_plain(const RowKey& row, std::uint32_t block, std::int64_t tiles, float* out) {
  Tile tile;
  for (std::int64_t t = 0; t < tiles; ++t, block += tile_blocks, out += tile_numbers) {
    begin_row(row, block, tile);
    roots_plain(tile);
    finish(tile, out);
  }
}
void mixed_plain(const TileCounters& counters, float* out) {
  Tile tile;
  begin_mixed(counters, tile);
  roots_plain(tile);
  finish(tile, out);
}

#ifdef ULAM_X86
ULAM_TARGET_AVX2 inline void roots_avx2(Tile& tile) {
  float* const r = tile.radius[0];
  for (int i = 0; i < 2 * tile_blocks; i += 8) _mm256_store_ps(r + i, _mm256_sqrt_ps(_mm256_load_ps(r + i)));
}
ULAM_TARGET_AVX2 void row_avx2(const RowKey& row, std::uint32_t block, std::int64_t tiles, float* out) {
  Tile tile;
  for (std::int64_t t = 0; t < tiles; ++t, block += tile_blocks, out += tile_numbers) {
    begin_row(row, block, tile);
    roots_avx2(tile);
    finish(tile, out);
  }
}
ULAM_TARGET_AVX2 void mixed_avx2(const TileCounters& counters, float* out) {
  Tile tile;
  begin_mixed(counters, tile);
  roots_avx2(tile);
  finish(tile, out);
}

ULAM_TARGET_AVX512 inline void roots_avx512(Tile& tile) {
  float* const r = tile.radius[0];
  constexpr __mmask16 all = 0xFFFF;  // the unmasked form of GCC 12 warns of an uninitialised operand
  for (int i = 0; i < 2 * tile_blocks; i += 16)
    _mm512_store_ps(r + i, _mm512_maskz_sqrt_ps(all, _mm512_load_ps(r + i)));
}
ULAM_TARGET_AVX512 void row_avx512(const RowKey& row, std::uint32_t block, std::int64_t tiles, float* out) {
  Tile tile;
  for (std::int64_t t = 0; t < tiles; ++t, block += tile_blocks, out += tile_numbers) {
    begin_row(row, block, tile);
    roots_avx512(tile);
    finish(tile, out);
  }
}
ULAM_TARGET_AVX512 void mixed_avx512(const TileCounters& counters, float* out) {
  Tile tile;
  begin_mixed(counters, tile);
  roots_avx512(tile);
  finish(tile, out);
}
#endif

}  // namespace

void normal_tiles(const RowKey& row, std::uint32_t first_block, std::int64_t tiles, float* out, Isa isa) {
#ifdef ULAM_X86
  if (isa == Isa::avx512) return row_avx512(row, first_block, tiles, out);
  if (isa == Isa::avx2) return row_avx2(row, first_block, tiles, out);
#endif
  row_plain(row, first_block, tiles, out);
}

void normal_tile(const TileCounters& counters, float* out, Isa isa) {
#ifdef ULAM_X86
  if (isa == Isa::avx512) return mixed_avx512(counters, out);
  if (isa == Isa::avx2) return mixed_avx2(counters, out);
#endif
  mixed_plain(counters, out);
}

}  // namespace ulam::kernels
