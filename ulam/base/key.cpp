#include "ulam/base/key.h"

#include <cstring>

#include "ulam/base/error.h"

namespace ulam {
namespace {

// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: the finaliser of
// SplitMix64. A bijection of 64-bit words.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

constexpr std::uint32_t reversed_bits(std::uint32_t x) {
  std::uint32_t y = 0;
  for (int i = 0; i < 32; ++i) y = (y << 1) | ((x >> i) & 1u);
  return y;
}

}  // namespace

Key make_key(std::uint64_t seed, Stream stream) {
  // The stream's bits come in from the top and the seed's from the bottom, so small ones never meet.
  const std::uint64_t word =
      mix(seed ^ (std::uint64_t{reversed_bits(static_cast<std::uint32_t>(stream))} << 32));
  return Key{{static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)}};
}

std::uint32_t random_bits(const RowKey& row, std::uint64_t element) {
  if (element >= row_elements)
    fail(ErrorKind::shape, "random_bits", "element {} of a row, valid: below {}", element, row_elements);
  const PhiloxCounter block =
      philox4x32({static_cast<std::uint32_t>(element / 4), row.draw, static_cast<std::uint32_t>(row.id),
                  static_cast<std::uint32_t>(row.id >> 32)},
                 row.key.words);
  return block[element % 4];
}

double random_uniform(const RowKey& row, std::uint64_t element) {
  return (static_cast<double>(random_bits(row, element) >> 8) + 0.5) * 0x1p-24;
}

std::uint32_t random_below(const RowKey& row, std::uint64_t element, std::uint32_t bound) {
  if (bound == 0) fail(ErrorKind::option, "random_below", "bound 0, valid: at least 1");
  return static_cast<std::uint32_t>((std::uint64_t{random_bits(row, element)} * bound) >> 32);
}

std::uint64_t child_id(std::uint64_t parent, std::uint32_t level, std::uint32_t branch) {
  if (branch == 0) return parent;
  return mix(mix(parent) ^ ((std::uint64_t{level} << 32) | branch));
}

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t basis) {
  std::uint64_t hash = basis;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return hash;
}

std::uint64_t hash_block(std::string_view bytes) {
  constexpr std::size_t lanes = 8, word = sizeof(std::uint64_t);
  std::uint64_t state[lanes];
  for (std::size_t i = 0; i < lanes; ++i) state[i] = mix(i + 1);
  // A shift after the product brings high bits down, so that two changes of high bits do not cancel.
  const auto take = [](std::uint64_t& lane, std::uint64_t value) {
    lane = (lane ^ value) * 0x9E3779B97F4A7C15ull;
    lane ^= lane >> 32;
  };
  const char* at = bytes.data();
  const std::size_t whole = bytes.size() / (lanes * word);
  for (std::size_t b = 0; b < whole; ++b, at += lanes * word) {
    std::uint64_t values[lanes];
    std::memcpy(values, at, sizeof values);
    for (std::size_t i = 0; i < lanes; ++i) take(state[i], values[i]);
  }
  std::uint64_t rest[lanes] = {};
  if (const std::size_t left = bytes.size() % (lanes * word); left > 0) {
    std::memcpy(rest, at, left);
    for (std::size_t i = 0; i < lanes; ++i) take(state[i], rest[i]);
  }
  const std::uint64_t length = bytes.size();
  const std::uint64_t hash = hash_bytes({reinterpret_cast<const char*>(&length), sizeof length});
  return hash_bytes({reinterpret_cast<const char*>(state), sizeof state}, hash);
}

}  // namespace ulam
