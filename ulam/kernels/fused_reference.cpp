#include <vector>

#include "ulam/kernels/fused.h"
#include "ulam/kernels/normal.h"

namespace ulam::kernels {

template <typename T>
void fused_step_reference(const FusedStep<T>& s) {
  const std::size_t inputs = s.in.size(), outputs = s.out.size();
  std::vector<T> sums(outputs);
  for (std::int64_t r = 0; r < s.rows; ++r) {
    const std::size_t row = s.per_row ? static_cast<std::size_t>(r) : 0;
    for (std::int64_t e = 0; e < s.row_size; ++e) {
      const std::int64_t at = r * s.row_size + e;
      for (std::size_t o = 0; o < outputs; ++o) {
        bool any = false;
        T sum = 0;
        const auto add = [&](double weight, T x) {
          const T term = static_cast<T>(weight) * x;
          sum = any ? sum + term : term;
          any = true;
        };
        for (std::size_t i = 0; i < inputs; ++i) {
          const double weight = s.weights[(row * outputs + o) * inputs + i];
          if (weight != 0) add(weight, s.in[i][at]);
        }
        const double scale = s.noise_scale.empty() ? 0.0 : s.noise_scale[row * outputs + o];
        if (scale != 0)
          add(scale, static_cast<T>(normal_reference(s.noise[static_cast<std::size_t>(r)],
                                                     static_cast<std::uint64_t>(e))));
        sums[o] = sum;
      }
      for (std::size_t o = 0; o < outputs; ++o) s.out[o][at] = sums[o];
    }
  }
}

template void fused_step_reference<float>(const FusedStep<float>&);
template void fused_step_reference<double>(const FusedStep<double>&);

}  // namespace ulam::kernels
