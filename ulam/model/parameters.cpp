#include "ulam/model/parameters.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/model/convert.h"
#include "ulam/model/in_parallel.h"

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

bool Parameters::passed_over(const std::string& name) const {
  return std::any_of(passed_over_.begin(), passed_over_.end(),
                     [&](const std::string& ending) { return name.ends_with(ending); });
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
      if (!known.contains(name) && !passed_over(name)) fail(ErrorKind::file, place, "tensor '{}' belongs to no layer of the network", name);
}

namespace {

/// [outputs, inputs, height, width] as the file has it into the channels-last order of `to`.
void channels_last(const float* from, const at::Tensor& to) {
  const std::int64_t outputs = to.size(0), inputs = to.size(1), places = to.size(2) * to.size(3);
  float* out = to.data_ptr<float>();
  for (std::int64_t o = 0; o < outputs; ++o, from += inputs * places)
    for (std::int64_t p = 0; p < places; ++p)
      for (std::int64_t i = 0; i < inputs; ++i) *out++ = from[i * places + p];
}

bool finite(const float* values, std::int64_t count) {
  // An exponent of ones is NaN or infinity.
  std::uint32_t worst[8] = {};
  std::int64_t k = 0;
  for (; k + 8 <= count; k += 8)
    for (int j = 0; j < 8; ++j) worst[j] = std::max(worst[j], std::bit_cast<std::uint32_t>(values[k + j]) & 0x7fffffffu);
  for (; k < count; ++k) worst[0] = std::max(worst[0], std::bit_cast<std::uint32_t>(values[k]) & 0x7fffffffu);
  return *std::max_element(worst, worst + 8) < 0x7f800000u;
}

void read_tensor(const io::SafetensorsFile& file, const io::TensorHeader& header, const at::Tensor& to) {
  at::ScalarType type = at::kFloat;
  if (header.dtype == io::Dtype::f16) type = at::kHalf;
  else if (header.dtype == io::Dtype::bf16) type = at::kBFloat16;
  else if (header.dtype == io::Dtype::f64) type = at::kDouble;
  else if (header.dtype != io::Dtype::f32)
    fail(ErrorKind::file, file.path(), "tensor '{}' holds {}, weights are floating point", header.name, io::name_of(header.dtype));
  const bool kernel = to.dim() == 4 && !to.is_contiguous();
  const bool straight = type == at::kFloat && !kernel;
  at::Tensor value = straight ? to : at::empty(to.sizes(), type);
  file.read(header, {static_cast<std::byte*>(value.data_ptr()), value.nbytes()});
  if (!straight) value = value.to(at::kFloat);
  if (!finite(value.data_ptr<float>(), value.numel()))
    fail(ErrorKind::file, file.path(), "tensor '{}' holds NaN or infinity", header.name);
  if (kernel)
    channels_last(value.data_ptr<float>(), to);
  else if (!straight)
    to.copy_(value);
}

}  // namespace

void Parameters::load(const io::SafetensorsFile& file) {
  std::map<std::string, const io::TensorHeader*> given;
  for (const io::TensorHeader& header : file.header().tensors) given.emplace(header.name, &header);
  std::vector<const io::TensorHeader*> wanted;
  for (const NamedTensor& p : list_) {
    const auto found = given.find(p.name);
    if (found == given.end()) fail(ErrorKind::file, file.path(), "tensor '{}' is missing", p.name);
    if (p.tensor.sizes() != at::IntArrayRef(found->second->shape))
      fail(ErrorKind::file, file.path(), "tensor '{}' has shape {}, the network needs {}", p.name,
           shape_text(found->second->shape), shape_text(p.tensor.sizes()));
    wanted.push_back(found->second);
    given.erase(found);
  }
  for (const io::TensorHeader& header : file.header().tensors)
    if (given.contains(header.name) && !passed_over(header.name))
      fail(ErrorKind::file, file.path(), "tensor '{}' belongs to no layer of the network", header.name);
  in_parallel(list_.size(), [&](std::size_t i) { read_tensor(file, *wanted[i], list_[i].tensor); });
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
