#include "ulam/kernels/normal.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/kernels/normal_math.h"
#include "ulam/kernels/normal_tile.h"

namespace ulam::kernels {
namespace {

void check_range(std::uint64_t first, std::uint64_t n) {
  if (first > row_elements || n > row_elements - first)
    fail(ErrorKind::shape, "fill_normal", "elements {} to {} of a row, valid: below {}", first, first + n,
         row_elements);
}

// Normals of blocks that are not a whole tile: made in a tile, copied out.
void fill_part(const RowKey& row, std::uint64_t first, std::span<float> out, Isa isa) {
  alignas(64) std::array<float, tile_numbers> tile;
  normal_tiles(row, static_cast<std::uint32_t>(first / 4), 1, tile.data(), isa);
  std::copy_n(tile.data() + first % 4, out.size(), out.data());
}

}  // namespace

void fill_normal(const RowKey& row, std::uint64_t first, std::span<float> out, Isa isa) {
  check_range(first, out.size());
  if (first % 4 != 0 && !out.empty()) {
    const std::size_t head = std::min<std::size_t>(4 - first % 4, out.size());
    fill_part(row, first, out.first(head), isa);
    first += head;
    out = out.subspan(head);
  }
  const std::size_t tiles = out.size() / tile_numbers;
  normal_tiles(row, static_cast<std::uint32_t>(first / 4), static_cast<std::int64_t>(tiles), out.data(), isa);
  const std::size_t done = tiles * tile_numbers;
  if (done < out.size()) fill_part(row, first + done, out.subspan(done), isa);
}

void fill_normal(const RowKey& row, std::uint64_t first, std::span<float> out) {
  fill_normal(row, first, out, best_isa());
}

void fill_normal(const RowKey& row, std::uint64_t first, std::span<double> out) {
  check_range(first, out.size());
  const Isa isa = best_isa();
  std::array<float, 8 * tile_numbers> narrow;
  for (std::size_t done = 0; done < out.size();) {
    // Pieces end where a tile ends, so that only the first and the last are ragged.
    const std::size_t piece = std::min(narrow.size() - (first + done) % 4, out.size() - done);
    fill_normal(row, first + done, std::span(narrow).first(piece), isa);
    std::copy_n(narrow.data(), piece, out.data() + done);
    done += piece;
  }
}

float normal_reference(const RowKey& row, std::uint64_t element) {
  const std::uint64_t pair = element / 2 * 2;
  const float radius = std::sqrt(squared_radius(random_bits(row, pair)));
  const Direction d = direction(random_bits(row, pair + 1));
  return radius * (element % 2 == 0 ? d.cosine : d.sine);
}

}  // namespace ulam::kernels
