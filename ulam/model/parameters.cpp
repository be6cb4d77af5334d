#include "ulam/model/parameters.h"

#include <set>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/model/convert.h"

namespace ulam {

at::Tensor Parameters::declare(const std::string& name, const std::vector<std::int64_t>& shape, double deviation, double fill) {
  for (const NamedTensor& p : list_)
    if (p.name == name) fail(ErrorKind::option, "network", "two parameters are named '{}'", name);
  // Convolution kernels are stored channels-last: the layout in which oneDNN and cuDNN run them fastest.
  at::Tensor t;
  if (source_ != nullptr)
    t = shape.size() == 4 ? source_->take(name, shape).contiguous(at::MemoryFormat::ChannelsLast) : source_->take(name, shape);
  else
    t = shape.size() == 4 ? at::zeros(shape, at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast))
                          : at::zeros(shape, at::kFloat);
  list_.push_back({name, t});
  init_.push_back({deviation, fill});
  return t;
}

std::int64_t Parameters::count() const {
  std::int64_t n = 0;
  for (const NamedTensor& p : list_) n += p.tensor.numel();
  return n;
}

void Parameters::initialise(std::uint64_t seed) {
  at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < list_.size(); ++i) {
    at::Tensor values = at::empty(list_[i].tensor.sizes(), at::kFloat);
    float* data = values.data_ptr<float>();
    const RowKey row{make_key(seed, Stream::init), i, 0};
    kernels::fill_normal(row, 0, std::span<float>(data, static_cast<std::size_t>(values.numel())));
    values.mul_(init_[i].deviation).add_(init_[i].fill);
    list_[i].tensor.copy_(values);
  }
}

void Parameters::load(const io::ArrayFile& file, const std::string& place, const std::string& prefix) {
  at::NoGradGuard no_grad;
  std::set<std::string> known;
  for (NamedTensor& p : list_) {
    const std::string name = prefix + p.name;
    known.insert(name);
    const io::Array* array = file.find(name);
    if (array == nullptr) fail(ErrorKind::file, place, "tensor '{}' is missing", name);
    const at::Tensor value = to_tensor(*array);
    if (value.sizes() != p.tensor.sizes())
      fail(ErrorKind::file, place, "tensor '{}' has shape {}, the network needs {}", name, shape_text(value.sizes()),
           shape_text(p.tensor.sizes()));
    if (!at::isfinite(value).all().item<bool>()) fail(ErrorKind::file, place, "tensor '{}' holds NaN or infinity", name);
    p.tensor.copy_(value);
  }
  if (prefix.empty())
    for (const auto& [name, array] : file.arrays)
      if (!known.contains(name)) fail(ErrorKind::file, place, "tensor '{}' belongs to no layer of the network", name);
}

void Parameters::store(io::ArrayFile& file, const std::string& prefix, bool half) const {
  for (const NamedTensor& p : list_) {
    const at::Tensor value = p.tensor.detach().to(at::kCPU, half ? at::kHalf : at::kFloat);
    if (half && !at::isfinite(value).all().item<bool>())
      fail(ErrorKind::numeric, prefix + p.name, "a weight is beyond what float16 holds (65504)");
    file.arrays.emplace_back(prefix + p.name, to_array(value));
  }
}

void Parameters::copy_from(const Parameters& other) {
  at::NoGradGuard no_grad;
  if (other.list_.size() != list_.size()) fail(ErrorKind::shape, "parameters", "{} tensors against {}", other.list_.size(), list_.size());
  for (std::size_t i = 0; i < list_.size(); ++i) list_[i].tensor.copy_(other.list_[i].tensor);
}

void Parameters::require_gradients(bool on) {
  for (NamedTensor& p : list_) p.tensor.requires_grad_(on);
}

void Parameters::to(at::Device device) {
  at::NoGradGuard no_grad;
  for (NamedTensor& p : list_) p.tensor.set_data(p.tensor.to(device));
}

}  // namespace ulam
