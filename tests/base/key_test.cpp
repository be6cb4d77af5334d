#include "ulam/base/key.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_set>
#include <vector>

#include <set>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>
#undef philox4x32  // a macro of theirs
#define HAVE_RANDOM123 1
#endif

using namespace ulam;

namespace {
std::uint64_t word_of(const Key& key) { return (std::uint64_t{key.words[1]} << 32) | key.words[0]; }
RowKey row_of(std::uint64_t id, std::uint32_t draw = 0) { return {make_key(7, Stream::test), id, draw}; }
}  // namespace

// Known answers from the file kat_vectors of Random123 (philox4x32, 10 rounds).
TEST(Philox, HasThePublishedKnownAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxCounter{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}));
  const std::uint32_t ones = 0xffffffffu;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (PhiloxCounter{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}));
  EXPECT_EQ(philox4x32({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}),
            (PhiloxCounter{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}));
}

#ifdef HAVE_RANDOM123
// The authors' own implementation on counters and keys that exercise every bit.
TEST(Philox, AgreesWithRandom123) {
  PhiloxCounter c{1, 2, 3, 4};
  PhiloxKey k{5, 6};
  for (int i = 0; i < 20000; ++i) {
    const r123::Philox4x32 philox;
    r123::Philox4x32::ctr_type counter = {{c[0], c[1], c[2], c[3]}};
    r123::Philox4x32::key_type key = {{k[0], k[1]}};
    const auto expected = philox(counter, key);
    const PhiloxCounter got = philox4x32(c, k);
    for (std::size_t w = 0; w < 4; ++w) ASSERT_EQ(got[w], expected[w]) << "block " << i << " word " << w;
    k = {got[3] ^ c[0], got[1] ^ c[2]};
    c = got;
  }
}
#endif

// The layout that other implementations must follow to get the same noise.
TEST(RandomBits, CounterIsBlockDrawAndId) {
  const RowKey row{{{11, 22}}, 0x0123456789abcdefull, 33};
  for (const std::uint64_t element : {std::uint64_t{0}, std::uint64_t{7}, row_elements - 1})
    EXPECT_EQ(random_bits(row, element),
              philox4x32({static_cast<std::uint32_t>(element / 4), 33, 0x89abcdefu, 0x01234567u},
                         {11, 22})[element % 4]);
  EXPECT_THROW(random_bits(row, row_elements), Error);
}

// A collision would make two uses of randomness share their noise.
TEST(MakeKey, DistinctPairsHaveDistinctKeysForSmallSeeds) {
  std::unordered_set<std::uint64_t> seen;
  std::size_t pairs = 0;
  for (std::uint32_t stream = 0; stream < 9; ++stream)
    for (std::uint64_t seed = 0; seed < 50000; ++seed, ++pairs)
      seen.insert(word_of(make_key(seed, static_cast<Stream>(stream))));
  for (const std::uint32_t stream : {0x10000u, 0x10001u, 0xffffffffu})
    for (const std::uint64_t seed : {0ull, 1ull, 2ull, 0xffffffffull})
      seen.insert(word_of(make_key(seed, static_cast<Stream>(stream)))), ++pairs;
  EXPECT_EQ(seen.size(), pairs);
}

// The header's promise at its edge: seeds that differ in high bits and streams that share none of them.
TEST(MakeKey, NamedStreamsStayApartForSeedsBelowTwoToTheSixty) {
  std::unordered_set<std::uint64_t> seen;
  std::size_t pairs = 0;
  for (std::uint32_t stream = 0; stream < 16; ++stream)
    for (int bit = 0; bit < 60; ++bit)
      for (const std::uint64_t low : {std::uint64_t{0}, (std::uint64_t{1} << bit) - 1}) {
        if (bit == 0 && low == 0) continue;  // 2^0 + 0 and 2^0 + (2^0 - 1) are one seed
        seen.insert(word_of(make_key((std::uint64_t{1} << bit) + low, static_cast<Stream>(stream)))), ++pairs;
      }
  EXPECT_EQ(seen.size(), pairs);
}

// A key that leaves bits of neighbouring seeds alike would correlate their draws. 5 sigma.
TEST(MakeKey, NeighbouringSeedsDifferInHalfTheirBits) {
  double flipped = 0;
  const int n = 4000;
  for (std::uint64_t seed = 0; seed < n; ++seed)
    flipped +=
        std::popcount(word_of(make_key(seed, Stream::start)) ^ word_of(make_key(seed + 1, Stream::start)));
  EXPECT_NEAR(flipped / n, 32, 5 * std::sqrt(64 * 0.25 / n));
}

TEST(RandomUniform, LiesStrictlyInsideAndHasTheRightMoments) {
  const int n = 400000;
  double sum = 0, squares = 0, least = 1, most = 0;
  for (int e = 0; e < n; ++e) {
    const double u = random_uniform(row_of(1), static_cast<std::uint64_t>(e));
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
    least = std::min(least, u);
    most = std::max(most, u);
  }
  EXPECT_GT(least, 0);
  EXPECT_LT(most, 1);
  EXPECT_NEAR(sum / n, 0.5, 5 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(squares / n, 1.0 / 12, 5 * std::sqrt(1.0 / 180 / n));
}

// Chi-square over 256 cells, for each of elements, draws and ids as the running index. Statistical, 5 sigma.
TEST(RandomUniform, IsUniformAlongElementsDrawsAndIds) {
  const int n = 256 * 400, cells = 256;
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<double> count(cells, 0);
    for (int i = 0; i < n; ++i) {
      const auto u = static_cast<std::uint32_t>(i);
      const double x = axis == 0   ? random_uniform(row_of(3), u)
                       : axis == 1 ? random_uniform(row_of(3, u), 1)
                                   : random_uniform(row_of(u), 1);
      ++count[static_cast<std::size_t>(x * cells)];
    }
    double chi = 0;
    for (const double c : count) chi += (c - 400) * (c - 400) / 400;
    EXPECT_NEAR(chi, cells - 1, 5 * std::sqrt(2.0 * (cells - 1))) << "axis " << axis;
  }
}

TEST(RandomBelow, StaysBelowAndFavoursNoValue) {
  for (const std::uint32_t bound : {1u, 2u, 3u, 7u, 10u, 1000u}) {
    const int n = 60000;
    std::vector<double> count(bound, 0);
    for (int e = 0; e < n; ++e) {
      const std::uint32_t k = random_below(row_of(4, bound), static_cast<std::uint64_t>(e), bound);
      ASSERT_LT(k, bound);
      ++count[k];
    }
    const double p = 1.0 / bound;
    for (const double c : count) EXPECT_NEAR(c, n * p, 5 * std::sqrt(n * p * (1 - p)) + 1e-9) << bound;
  }
  // The top of the range is reached when the bound is the largest there is.
  std::uint32_t most = 0;
  for (std::uint64_t e = 0; e < 1000; ++e) most = std::max(most, random_below(row_of(4), e, 0xffffffffu));
  EXPECT_GT(most, 0xf0000000u);
  EXPECT_THROW(random_below(row_of(4), 0, 0), Error);
}

TEST(ChildId, FirstBranchKeepsTheParentsId) {
  for (const std::uint64_t parent : {0ull, 5ull, ~0ull}) EXPECT_EQ(child_id(parent, 9, 0), parent);
}

// A tree: 2000 parents, 10 levels, 12 branches each, and the parents themselves. No two samples may share
// noise.
TEST(ChildId, NoTwoBranchesOfATreeMeet) {
  std::unordered_set<std::uint64_t> seen;
  std::size_t ids = 0;
  for (std::uint64_t parent = 0; parent < 2000; ++parent, ++ids) {
    seen.insert(parent);
    for (std::uint32_t level = 0; level < 10; ++level)
      for (std::uint32_t branch = 1; branch <= 12; ++branch, ++ids)
        seen.insert(child_id(parent, level, branch));
  }
  EXPECT_EQ(seen.size(), ids);
}

// Chains as resampling makes them: the child of a child of a child. The order of the branches matters.
TEST(ChildId, ChainsOfBranchesStayApart) {
  std::unordered_set<std::uint64_t> seen;
  std::vector<std::uint64_t> generation{1};
  for (std::uint32_t level = 0; level < 8; ++level) {
    std::vector<std::uint64_t> next;
    for (const std::uint64_t id : generation)
      for (std::uint32_t branch = 0; branch < 4; ++branch) next.push_back(child_id(id, level, branch));
    generation = next;
  }
  seen.insert(generation.begin(), generation.end());
  EXPECT_EQ(seen.size(), generation.size());
  EXPECT_EQ(generation.size(), 65536u);
}

// Published values of 64-bit FNV-1a (Fowler, Noll, Vo: the empty text, "a" and "foobar").
TEST(HashBytes, IsFnv1a) {
  EXPECT_EQ(hash_bytes(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(hash_bytes("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(hash_bytes("foobar"), 0x85944171f73967e8ull);
  EXPECT_EQ(hash_bytes("bar", hash_bytes("foo")), hash_bytes("foobar"));
}

// Every byte counts, high bits do not cancel, the length is part of it; models are told apart by it across versions.
TEST(HashBlock, EveryByteCounts) {
  std::string text(200, 'a');
  const std::uint64_t before = hash_block(text);
  std::set<std::uint64_t> seen{before};
  for (char& c : text) {
    c = static_cast<char>(c ^ 0x80);
    seen.insert(hash_block(text));
  }
  EXPECT_EQ(seen.size(), 201u);  // signs flipped one after the other: all different
  EXPECT_NE(hash_block(std::string(64, '\0')), hash_block(std::string(128, '\0')));
  EXPECT_NE(hash_block(std::string(1, '\0')), hash_block(""));
  EXPECT_EQ(hash_block("foobar"), hash_block(std::string("foobar")));
}

// Stored recipes name seeds and plans name ids: these bits may never change.
TEST(Keys, BitsArePinned) {
  EXPECT_EQ(word_of(make_key(0, Stream::start)),
            0xe220a8397b1dcdafull);  // SplitMix64's first output from state 0
}
