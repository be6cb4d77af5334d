#include "ulam/measure/pairwise.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam {

std::int64_t pair_block_rows(std::int64_t dimension) {
  return std::clamp<std::int64_t>((std::int64_t{1} << 22) / std::max<std::int64_t>(dimension, 1), 16, 1024);
}

at::Tensor squared_distances(const at::Tensor& x, const at::Tensor& y) {
  if (x.dim() != 2 || y.dim() != 2 || x.size(1) != y.size(1) || x.scalar_type() != at::kDouble ||
      y.scalar_type() != at::kDouble)
    fail(ErrorKind::shape, "distances", "between rows {} and {}; doubles of one width are needed",
         shape_text(x.sizes()), shape_text(y.sizes()));
  const at::Tensor xx = x.square().sum(1).contiguous(), yy = y.square().sum(1).contiguous();
  at::Tensor out = at::mm(x, y.t());
  const double *a = xx.data_ptr<double>(), *b = yy.data_ptr<double>();
  const std::int64_t m = x.size(0), n = y.size(0);
  at::parallel_for(0, m, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      double* row = out.data_ptr<double>() + i * n;
      for (std::int64_t j = 0; j < n; ++j) {
        const double lengths = a[i] + b[j], d = lengths - 2 * row[j];
        row[j] = d > 1e-14 * lengths ? d : 0;
      }
    }
  });
  return out;
}

}  // namespace ulam
