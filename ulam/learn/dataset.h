#pragma once
// Data sets in memory. Pictures: idx files, folders of PNG, npy and npz.
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/io/array.h"

namespace ulam {

struct Dataset {
  at::Tensor images;                 // uint8 [n, channels, height, width], or float [n, ...] as models take it
  at::Tensor labels;                 // int64 [n], or undefined
  std::vector<std::string> classes;  // names, where the source has them (folders of PNG)
  std::string source;

  std::int64_t size() const { return images.size(0); }
};

enum class Split { train, test };

/// Reads a data set:
///  - a folder with train-images-idx3-ubyte[.gz] and train-labels-idx1-ubyte[.gz] (t10k-... for the test
///  split);
///  - a folder of PNG pictures of one size: subfolders train/ and test/ where they exist, then one folder a
///  class in name
///    order, or pictures without classes;
///  - a .npz with "images" of floats [n, ...] as models take them, and the same other arrays;
///  - a .npy file of uint8 [n, h, w], [n, h, w, c] with c in {1, 3} (test split: NAME-test.npy), or a .npz
///  with "images" and
///    optionally "labels" ("test_images", "test_labels").
/// Throws Error(system | file) in one sentence that names the file. A test split that does not exist gives an
/// empty data set (images undefined).
Dataset read_dataset(const std::string& path, Split split);

/// Rows as float: bytes in [low, high] by low + (high - low) * byte / 255; floats as they are.
at::Tensor pictures_to_float(const at::Tensor& images, double low, double high);
/// The inverse, rounded and clamped, for files.
at::Tensor float_to_pictures(const at::Tensor& x, double low, double high);
/// Samples [n, channels, height, width] as io::make_page takes them: u8 [n, height, width] or [n, height,
/// width, 3].
io::Array picture_array(const at::Tensor& samples, double low, double high);

}  // namespace ulam
