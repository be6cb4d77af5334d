#pragma once
// Between tensors and the arrays that files hold.
#include <string>

#include <ATen/core/Tensor.h>

#include "ulam/io/array.h"

namespace ulam {

/// Copies; the tensor may be strided, on any device, of any dtype that files hold. Throws Error(shape) for
/// other dtypes.
io::Array to_array(const at::Tensor& tensor);
/// Copies into a new contiguous CPU tensor of the same dtype.
at::Tensor to_tensor(const io::Array& array);
/// "[64, 1, 28, 28]" for error sentences.
std::string shape_text(at::IntArrayRef shape);
/// Whether rows of this shape are pictures: [1 or 3, height, width].
bool is_picture(at::IntArrayRef shape);

}  // namespace ulam
