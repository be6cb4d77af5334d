#include "ulam/model/in_parallel.h"

#include <atomic>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

namespace ulam {

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& piece) {
  std::atomic<std::size_t> next = 0;
  at::parallel_for(0, at::get_num_threads(), 1, [&](std::int64_t begin, std::int64_t end) {
    const at::NoGradGuard no_grad;
    if (begin == end) return;
    for (std::size_t i = next++; i < count; i = next++) piece(i);
  });
}

}  // namespace ulam
