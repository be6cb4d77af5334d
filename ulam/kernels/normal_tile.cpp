#include "ulam/kernels/normal_tile.h"

#include <cmath>

#include "ulam/kernels/normal_math.h"
#ifdef ULAM_X86
#if !defined(__clang__)
// GCC 12 takes the deliberately undefined operand inside its own AVX-512 header for a mistake (GCC bug
// 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#endif

namespace ulam::kernels {
namespace {

// A tile half way: the words of its blocks, then the radii of the even and the odd pairs.
struct alignas(64) Words {
  std::uint32_t word[4][tile_blocks];
  float radius[2][tile_blocks];
};

ULAM_INLINE void radii(Words& words) {
  ULAM_INDEPENDENT
  for (int b = 0; b < tile_blocks; ++b) words.radius[0][b] = squared_radius(words.word[0][b]);
  ULAM_INDEPENDENT
  for (int b = 0; b < tile_blocks; ++b) words.radius[1][b] = squared_radius(words.word[2][b]);
}

ULAM_INLINE void finish(const Words& words, float* __restrict out) {
  ULAM_INDEPENDENT
  for (int b = 0; b < tile_blocks; ++b) {
    const Direction even = direction(words.word[1][b]), odd = direction(words.word[3][b]);
    out[4 * b] = words.radius[0][b] * even.cosine;
    out[4 * b + 1] = words.radius[0][b] * even.sine;
    out[4 * b + 2] = words.radius[1][b] * odd.cosine;
    out[4 * b + 3] = words.radius[1][b] * odd.sine;
  }
}

#ifdef ULAM_X86

#define ULAM_SET plain
#define ULAM_ON
#define ULAM_VECTOR __m128i
#define ULAM_OP(name) _mm_##name
#define ULAM_CAST(name) _mm_##name##_si128
#define ULAM_BLEND(a, b) _mm_or_si128(_mm_and_si128(a, _mm_set1_epi64x(0xFFFFFFFF)), b)
#define ULAM_ROOT(v) _mm_sqrt_ps(v)
#include "ulam/kernels/normal_tile_x86.inc"

#define ULAM_SET avx2
#define ULAM_ON ULAM_TARGET_AVX2
#define ULAM_VECTOR __m256i
#define ULAM_OP(name) _mm256_##name
#define ULAM_CAST(name) _mm256_##name##_si256
#define ULAM_BLEND(a, b) _mm256_blend_epi32(a, b, 0xAA)
#define ULAM_ROOT(v) _mm256_sqrt_ps(v)
#include "ulam/kernels/normal_tile_x86.inc"

#define ULAM_SET avx512
#define ULAM_ON ULAM_TARGET_AVX512
#define ULAM_VECTOR __m512i
#define ULAM_OP(name) _mm512_##name
#define ULAM_CAST(name) _mm512_##name##_si512
#define ULAM_BLEND(a, b) _mm512_mask_mov_epi32(a, 0xAAAA, b)
#define ULAM_ROOT(v) _mm512_sqrt_ps(v)
#include "ulam/kernels/normal_tile_x86.inc"

#else

void mixed_portable(const TileCounters& n, float* out) {
  Words words;
  for (int b = 0; b < tile_blocks; ++b) {
    const PhiloxCounter w = philox4x32({n.counter[0][b], n.counter[1][b], n.counter[2][b], n.counter[3][b]},
                                       {n.key[0][b], n.key[1][b]});
    for (int i = 0; i < 4; ++i) words.word[i][b] = w[static_cast<std::size_t>(i)];
  }
  radii(words);
  for (auto& half : words.radius)
    for (float& r : half) r = std::sqrt(r);
  finish(words, out);
}

#endif

}  // namespace

void normal_tiles(const RowKey& row, std::uint32_t first_block, std::int64_t tiles, float* out,
                  [[maybe_unused]] Isa isa) {
#ifdef ULAM_X86
  switch (isa) {
    case Isa::avx512:
      return avx512::row_tiles(row, first_block, tiles, out);
    case Isa::avx2:
      return avx2::row_tiles(row, first_block, tiles, out);
    case Isa::plain:
      return plain::row_tiles(row, first_block, tiles, out);
  }
#else
  TileCounters n;
  for (std::int64_t t = 0; t < tiles; ++t) {
    for (int b = 0; b < tile_blocks; ++b) {
      n.counter[0][b] = first_block + static_cast<std::uint32_t>(t * tile_blocks + b);
      n.counter[1][b] = row.draw;
      n.counter[2][b] = static_cast<std::uint32_t>(row.id);
      n.counter[3][b] = static_cast<std::uint32_t>(row.id >> 32);
      for (int i = 0; i < 2; ++i) n.key[i][b] = row.key.words[static_cast<std::size_t>(i)];
    }
    mixed_portable(n, out + t * tile_numbers);
  }
#endif
}

void normal_tile(const TileCounters& counters, float* out, [[maybe_unused]] Isa isa) {
#ifdef ULAM_X86
  switch (isa) {
    case Isa::avx512:
      return avx512::mixed_tile(counters, out);
    case Isa::avx2:
      return avx2::mixed_tile(counters, out);
    case Isa::plain:
      return plain::mixed_tile(counters, out);
  }
#else
  mixed_portable(counters, out);
#endif
}

}  // namespace ulam::kernels
