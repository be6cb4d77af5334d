#include "ulam/model/convert.h"

#include <cstring>

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

struct Pair {
  io::Dtype file;
  at::ScalarType tensor;
};
constexpr Pair pairs[] = {{io::Dtype::u8, at::kByte},       {io::Dtype::i8, at::kChar},
                          {io::Dtype::i16, at::kShort},     {io::Dtype::i32, at::kInt},
                          {io::Dtype::i64, at::kLong},      {io::Dtype::f16, at::kHalf},
                          {io::Dtype::bf16, at::kBFloat16}, {io::Dtype::f32, at::kFloat},
                          {io::Dtype::f64, at::kDouble},    {io::Dtype::boolean, at::kBool}};

}  // namespace

io::Array to_array(const at::Tensor& tensor) {
  io::Array out;
  bool known = false;
  for (const Pair& p : pairs)
    if (p.tensor == tensor.scalar_type()) {
      out.dtype = p.file;
      known = true;
    }
  if (!known)
    fail(ErrorKind::shape, "tensor", "dtype {} cannot be written to a file",
         at::toString(tensor.scalar_type()));
  const at::Tensor plain = tensor.detach().to(at::kCPU).contiguous();
  out.shape = plain.sizes().vec();
  out.bytes.resize(plain.nbytes());
  if (!out.bytes.empty()) std::memcpy(out.bytes.data(), plain.data_ptr(), out.bytes.size());
  return out;
}

at::Tensor to_tensor(const io::Array& array) {
  at::ScalarType type = at::kFloat;
  for (const Pair& p : pairs)
    if (p.file == array.dtype) type = p.tensor;
  at::Tensor out = at::empty(array.shape, type);
  if (out.nbytes() != array.bytes.size())
    fail(ErrorKind::shape, "array", "{} bytes for shape {} need {}", array.bytes.size(),
         shape_text(array.shape), out.nbytes());
  if (!array.bytes.empty()) std::memcpy(out.data_ptr(), array.bytes.data(), array.bytes.size());
  return out;
}

std::string shape_text(at::IntArrayRef shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) out += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  return out + "]";
}

bool is_picture(at::IntArrayRef shape) { return shape.size() == 3 && (shape[0] == 1 || shape[0] == 3); }

}  // namespace ulam
