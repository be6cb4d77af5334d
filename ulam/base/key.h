#pragma once
// Counter-based randomness: every random number is a pure function of (seed, stream, id, draw, element).
//
// Guarantee S1: the same tuple gives the same bits whatever the batch, the order, the threads or the machine.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox 4x32-10).
#include <array>
#include <cstdint>
#include <string_view>

namespace ulam {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// One Philox 4x32 block of 10 rounds.
constexpr PhiloxCounter philox4x32(PhiloxCounter c, PhiloxKey k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  return c;
}

/// The independent streams of one seed. A new use of randomness takes a new stream, never a new seed.
enum class Stream : std::uint32_t {
  start = 0,     // the noise a draw begins with
  step = 1,      // noise inside stochastic steps
  transfer = 2,  // noise added between stages
  data = 3,      // samples of an exact problem, order of a data set
  init = 4,      // initial weights of a network
  train = 5,     // noise, noise levels, dropout and augmentation of training
  label = 6,     // conditions drawn for samples
  resample = 7,  // resampling of populations
  test = 8,
  search = 9,  // random choices of tuners
  user = 0x10000,
};

/// Key of a (seed, stream) pair: 64 bits.
struct Key {
  PhiloxKey words{};
  friend bool operator==(const Key&, const Key&) = default;
};
/// The key of (seed, stream). Guaranteed: within one stream all 2^64 seeds give distinct keys; among streams
/// below 2^b all seeds below 2^(64-b) do (so the named streams 0..9 never collide for seeds below 2^60, and
/// no two pairs do for seeds below 2^32). Beyond that two pairs share a key only if their seeds differ by
/// exactly the bits of their streams.
Key make_key(std::uint64_t seed, Stream stream);

/// Names a row of random numbers: sample `id`, use number `draw` (a step, say) under a key.
struct RowKey {
  Key key;
  std::uint64_t id = 0;
  std::uint32_t draw = 0;
};

/// Elements that a row can hold: the counter's first word counts blocks of four.
inline constexpr std::uint64_t row_elements = std::uint64_t{1} << 34;

/// 32 random bits; `element` counts within the row. Word element % 4 of the block with counter (element / 4,
/// draw, id low, id high). Throws Error(shape) for element >= row_elements. Cost: one Philox block.
std::uint32_t random_bits(const RowKey& row, std::uint64_t element);
/// Uniform in the open interval (0, 1), 24 bits: (bits >> 8 + 1/2) / 2^24.
double random_uniform(const RowKey& row, std::uint64_t element);
/// Uniform integer in [0, bound), bound >= 1, else Error(option). Each value's probability is within 2^-32 of
/// 1/bound (multiply-shift).
std::uint32_t random_below(const RowKey& row, std::uint64_t element, std::uint32_t bound);

/// Id of a branch of a sample. Branch 0 keeps the parent's id; others hash (parent, level, branch). For one
/// parent all (level, branch) give distinct ids, for one (level, branch) all parents do; otherwise n ids meet
/// with probability about n^2 / 2^65, as random words would.
std::uint64_t child_id(std::uint64_t parent, std::uint32_t level, std::uint32_t branch);

/// 64-bit FNV-1a, the project's hash for plans and file contents (not cryptographic).
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t basis = 0xcbf29ce484222325ull);

/// A hash of many bytes, at the speed of memory where FNV takes a nanosecond a byte: eight lanes of 64-bit words, zeros
/// behind the last bytes, folded by hash_bytes with the length. Guaranteed: one changed word changes it (but for the
/// fold's own collisions); the value is part of the file formats.
std::uint64_t hash_block(std::string_view bytes);

}  // namespace ulam
