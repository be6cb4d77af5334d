#include "ulam/learn/dataset.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/io/idx.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/png.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace fs = std::filesystem;
namespace {

bool is_there(const fs::path& p) {
  std::error_code ignored;
  return fs::exists(p, ignored);
}

// The path itself or with .gz, whichever is there; empty when neither is.
fs::path plain_or_gz(const fs::path& p) {
  if (is_there(p)) return p;
  const fs::path zipped = p.string() + ".gz";
  return is_there(zipped) ? zipped : fs::path();
}

// [n, h, w] or [n, h, w, c] bytes to [n, c, h, w].
at::Tensor channels_first(const at::Tensor& t, const std::string& place) {
  if (t.scalar_type() != at::kByte)
    fail(ErrorKind::file, place, "pictures must be uint8, got {}", at::toString(t.scalar_type()));
  if (t.dim() == 3) return t.unsqueeze(1).contiguous();
  if (t.dim() == 4 && (t.size(3) == 1 || t.size(3) == 3)) return t.permute({0, 3, 1, 2}).contiguous();
  fail(ErrorKind::file, place, "pictures must be [n, height, width] or [n, height, width, 1 or 3], got {}",
       shape_text(t.sizes()));
}

void check_labels(const Dataset& d) {
  if (!d.labels.defined()) return;
  if (d.labels.dim() != 1 || d.labels.size(0) != d.images.size(0))
    fail(ErrorKind::file, d.source, "{} labels for {} pictures", d.labels.numel(), d.images.size(0));
  if (d.labels.numel() > 0 && d.labels.min().item<std::int64_t>() < 0)
    fail(ErrorKind::file, d.source, "labels must not be negative");
}

Dataset read_idx(const fs::path& folder, Split split) {
  const std::string stem = split == Split::train ? "train" : "t10k";
  const fs::path images = plain_or_gz(folder / (stem + "-images-idx3-ubyte"));
  Dataset d;
  if (images.empty()) return d;
  d.source = images.string();
  d.images = channels_first(to_tensor(io::read_idx(images.string())), d.source);
  const fs::path labels = plain_or_gz(folder / (stem + "-labels-idx1-ubyte"));
  if (!labels.empty()) d.labels = to_tensor(io::read_idx(labels.string())).to(at::kLong);
  return d;
}

std::vector<fs::path> sorted(const fs::path& folder, bool folders) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (folders ? entry.is_directory() : entry.path().extension() == ".png") out.push_back(entry.path());
  if (error) fail(ErrorKind::system, folder.string(), "{}", error.message());
  std::sort(out.begin(), out.end());
  return out;
}

Dataset read_png_folder(fs::path folder, Split split) {
  if (is_there(folder / "train")) {
    folder /= split == Split::train ? "train" : "test";
    if (!is_there(folder)) return {};
  } else if (split == Split::test) {
    return {};
  }
  Dataset d;
  d.source = folder.string();
  std::vector<std::pair<fs::path, std::int64_t>> files;
  for (const fs::path& c : sorted(folder, true)) {
    for (const fs::path& f : sorted(c, false))
      files.emplace_back(f, static_cast<std::int64_t>(d.classes.size()));
    d.classes.push_back(c.filename().string());
  }
  if (files.empty())
    for (const fs::path& f : sorted(folder, false)) files.emplace_back(f, 0);
  if (files.empty())
    fail(ErrorKind::system, d.source,
         "holds no idx files, no PNG pictures and no class folders of PNG pictures");
  std::vector<at::Tensor> images;
  std::vector<std::int64_t> labels;
  for (const auto& [file, label] : files) {
    at::Tensor t = to_tensor(io::read_png(file.string()).image);
    if (!images.empty() && t.sizes() != images.front().sizes())
      fail(ErrorKind::file, file.string(), "shape {}, the pictures before it have {}", shape_text(t.sizes()),
           shape_text(images.front().sizes()));
    images.push_back(std::move(t));
    labels.push_back(label);
  }
  d.images = channels_first(at::stack(images), d.source);
  if (!d.classes.empty()) {
    d.labels = at::empty({static_cast<std::int64_t>(labels.size())}, at::kLong);
    std::copy(labels.begin(), labels.end(), d.labels.data_ptr<std::int64_t>());
  }
  return d;
}

Dataset read_arrays(const fs::path& file, Split split) {
  Dataset d;
  d.source = file.string();
  if (file.extension() == ".npz") {
    const io::ArrayFile arrays = io::read_npz(file.string());
    const std::string prefix = split == Split::train ? "" : "test_";
    const io::Array* images = arrays.find(prefix + "images");
    if (images == nullptr) {
      if (split == Split::test) return {};
      fail(ErrorKind::file, d.source, "holds no array 'images'");
    }
    const at::Tensor rows = to_tensor(*images);
    const bool floats = rows.is_floating_point() && rows.dim() >= 2;  // as models take them
    d.images = floats ? rows.to(at::kFloat).contiguous() : channels_first(rows, d.source);
    if (d.images.is_floating_point() && !at::isfinite(d.images).all().item<bool>())
      fail(ErrorKind::numeric, d.source, "holds NaN or infinity");
    if (const io::Array* labels = arrays.find(prefix + "labels")) d.labels = to_tensor(*labels).to(at::kLong);
    return d;
  }
  fs::path chosen = file;
  if (split == Split::test) {
    chosen = file.parent_path() / (file.stem().string() + "-test.npy");
    if (!is_there(chosen)) return {};
  }
  d.source = chosen.string();
  d.images = channels_first(to_tensor(io::read_npy(chosen.string())), d.source);
  return d;
}

}  // namespace

Dataset read_dataset(const std::string& path, Split split) {
  const fs::path p(path);
  if (!is_there(p)) fail(ErrorKind::system, path, "no such file or folder");
  Dataset d;
  if (p.extension() == ".npy" || p.extension() == ".npz") {
    d = read_arrays(p, split);
  } else if (!fs::is_directory(p)) {
    fail(ErrorKind::file, path, "a data set is a folder (idx or PNG files), a .npy or a .npz file");
  } else {
    const bool idx = !plain_or_gz(p / "train-images-idx3-ubyte").empty() ||
                     !plain_or_gz(p / "t10k-images-idx3-ubyte").empty();
    d = idx ? read_idx(p, split) : read_png_folder(p, split);
  }
  if (d.images.defined()) check_labels(d);
  if (split == Split::train && (!d.images.defined() || d.size() == 0))
    fail(ErrorKind::file, path, "holds no training pictures");
  return d;
}

at::Tensor pictures_to_float(const at::Tensor& images, double low, double high) {
  if (images.is_floating_point()) return images.to(at::kFloat);
  return images.to(at::kFloat).mul_((high - low) / 255).add_(low);
}

at::Tensor float_to_pictures(const at::Tensor& x, double low, double high) {
  return x.detach()
      .to(at::kCPU, at::kDouble)
      .sub(low)
      .mul_(255 / (high - low))
      .round_()
      .clamp_(0, 255)
      .nan_to_num_(0)
      .to(at::kByte);
}

io::Array picture_array(const at::Tensor& samples, double low, double high) {
  const at::Tensor bytes = float_to_pictures(samples, low, high);
  return to_array(bytes.size(1) == 1 ? bytes.squeeze(1) : bytes.permute({0, 2, 3, 1}));
}

}  // namespace ulam
