#include "ulam/kernels/isa.h"

#include <array>

namespace ulam::kernels {

Isa best_isa() {
#ifdef ULAM_X86
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return Isa::avx512;
  if (__builtin_cpu_supports("avx2")) return Isa::avx2;
#endif
  return Isa::plain;
}

std::span<const Isa> usable_isas() {
  static constexpr std::array<Isa, 3> all{Isa::plain, Isa::avx2, Isa::avx512};
  return std::span(all).first(static_cast<std::size_t>(best_isa()) + 1);
}

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::plain:
      return "plain";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "unknown";
}

}  // namespace ulam::kernels
