#pragma once
// A tiny data set in memory and on disk, made from keys: bright squares (class 0) and dark squares (class 1).
#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/key.h"
#include "ulam/io/npz.h"
#include "ulam/learn/dataset.h"
#include "ulam/model/convert.h"

namespace ulam::test {

inline Dataset squares(std::int64_t n) {
  Dataset d;
  d.source = "squares";
  d.images = at::full({n, 1, 8, 8}, 128, at::kByte);
  d.labels = at::empty({n}, at::kLong);
  for (std::int64_t i = 0; i < n; ++i) {
    const RowKey key{make_key(3, Stream::test), static_cast<std::uint64_t>(i), 0};
    const auto y = static_cast<std::int64_t>(random_below(key, 0, 5)), x = static_cast<std::int64_t>(random_below(key, 1, 5));
    d.images[i][0].slice(0, y, y + 4).slice(1, x, x + 4).fill_(i % 2 == 0 ? 255 : 0);
    d.labels[i] = i % 2;
  }
  return d;
}

inline void write_squares(const std::filesystem::path& file, std::int64_t n, std::int64_t held) {
  io::ArrayFile arrays;
  const Dataset all = squares(n + held);
  arrays.arrays.emplace_back("images", to_array(all.images.slice(0, 0, n).squeeze(1)));
  arrays.arrays.emplace_back("labels", to_array(all.labels.slice(0, 0, n)));
  arrays.arrays.emplace_back("test_images", to_array(all.images.slice(0, n).squeeze(1)));
  arrays.arrays.emplace_back("test_labels", to_array(all.labels.slice(0, n)));
  io::write_npz(file.string(), arrays);
}

}  // namespace ulam::test
