#include <algorithm>
#include <array>
#include <type_traits>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/kernels/normal_tile.h"

namespace ulam::kernels {
namespace {

constexpr std::int64_t parallel_numbers = 1 << 16;  // below this a parallel region costs more than it saves
constexpr std::int64_t piece_numbers = 1 << 13;     // normals a thread makes in one go
constexpr std::int64_t small_row = tile_numbers;    // shorter rows share tiles

// Gathers blocks of several rows into one tile and hands the wanted numbers out.
class MixedTile {
 public:
  MixedTile(float* out, Isa isa) : out_(out), isa_(isa) {}

  // Numbers from .. to - 1 (0 <= from < to <= 4) of one block go to `at`.
  void add(const RowKey& row, std::uint32_t block, int from, int to, std::int64_t at) {
    const std::size_t b = static_cast<std::size_t>(held_);
    counters_.counter[0][b] = block;
    counters_.counter[1][b] = row.draw;
    counters_.counter[2][b] = static_cast<std::uint32_t>(row.id);
    counters_.counter[3][b] = static_cast<std::uint32_t>(row.id >> 32);
    counters_.key[0][b] = row.key.words[0];
    counters_.key[1][b] = row.key.words[1];
    wanted_[b] = {at, from, to};
    if (++held_ == tile_blocks) flush();
  }

  void flush() {
    if (held_ == 0) return;
    alignas(64) std::array<float, tile_numbers> tile;
    normal_tile(counters_, tile.data(), isa_);
    for (int b = 0; b < held_; ++b) {
      const Wanted& w = wanted_[static_cast<std::size_t>(b)];
      std::copy(tile.data() + 4 * b + w.from, tile.data() + 4 * b + w.to, out_ + w.at);
    }
    held_ = 0;
  }

 private:
  struct Wanted {
    std::int64_t at;
    int from, to;
  };
  float* out_;
  Isa isa_;
  int held_ = 0;
  TileCounters counters_{};
  std::array<Wanted, tile_blocks> wanted_;
};

void normals_of_small_rows(std::span<const RowKey> rows, std::int64_t row_size, std::int64_t begin,
                           std::int64_t n, float* out, Isa isa, std::uint64_t first) {
  MixedTile tile(out, isa);
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t r = (begin + done) / row_size, e = (begin + done) % row_size;
    const std::int64_t in_row = std::min(row_size - e, n - done);
    for (std::int64_t i = 0; i < in_row;) {
      const std::uint64_t element = first + static_cast<std::uint64_t>(e + i);
      const int from = static_cast<int>(element % 4);
      const int to = static_cast<int>(std::min<std::int64_t>(4, from + in_row - i));
      tile.add(rows[static_cast<std::size_t>(r)], static_cast<std::uint32_t>(element / 4), from, to,
               done + i);
      i += to - from;
    }
    done += in_row;
  }
  tile.flush();
}

template <typename T>
void fill_rows(std::span<const RowKey> rows, std::int64_t row_size, std::span<T> out, int threads,
               std::uint64_t first) {
  const std::int64_t count = static_cast<std::int64_t>(rows.size());
  if (row_size < 0 || static_cast<std::int64_t>(out.size()) != count * row_size)
    fail(ErrorKind::shape, "fill_normal_rows", "{} numbers for {} rows of {}", out.size(), count, row_size);
  if (first > row_elements || static_cast<std::uint64_t>(row_size) > row_elements - first)
    fail(ErrorKind::shape, "fill_normal_rows", "{} elements from {} on, valid: below {}", row_size, first,
         row_elements);
  const std::int64_t total = count * row_size;
  const Isa isa = best_isa();
  const auto piece = [&](std::int64_t p) {
    const std::int64_t begin = p * piece_numbers, n = std::min(piece_numbers, total - begin);
    if constexpr (std::is_same_v<T, float>) {
      normals_of_rows(rows, row_size, begin, n, out.data() + begin, isa, first);
    } else {
      std::array<float, piece_numbers> narrow;
      normals_of_rows(rows, row_size, begin, n, narrow.data(), isa, first);
      std::copy_n(narrow.data(), n, out.data() + begin);
    }
  };
  const std::int64_t pieces = (total + piece_numbers - 1) / piece_numbers;
  if (threads > 1 && total >= parallel_numbers) {
#pragma omp parallel for schedule(static) num_threads(threads)
    for (std::int64_t p = 0; p < pieces; ++p) piece(p);
  } else {
    for (std::int64_t p = 0; p < pieces; ++p) piece(p);
  }
}

}  // namespace

void normals_of_rows(std::span<const RowKey> rows, std::int64_t row_size, std::int64_t begin, std::int64_t n,
                     float* out, Isa isa, std::uint64_t first) {
  if (row_size < small_row) return normals_of_small_rows(rows, row_size, begin, n, out, isa, first);
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t r = (begin + done) / row_size, e = (begin + done) % row_size;
    const std::int64_t size = std::min(row_size - e, n - done);
    fill_normal(rows[static_cast<std::size_t>(r)], first + static_cast<std::uint64_t>(e),
                std::span<float>(out + done, static_cast<std::size_t>(size)), isa);
    done += size;
  }
}

void fill_normal_rows(std::span<const RowKey> rows, std::int64_t row_size, std::span<float> out, int threads,
                      std::uint64_t first) {
  fill_rows(rows, row_size, out, threads, first);
}
void fill_normal_rows(std::span<const RowKey> rows, std::int64_t row_size, std::span<double> out, int threads,
                      std::uint64_t first) {
  fill_rows(rows, row_size, out, threads, first);
}

}  // namespace ulam::kernels
