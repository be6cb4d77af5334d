#pragma once
// Instruction sets that the kernels are compiled for. All give the same bits; they differ in speed alone.
#include <span>
#include <string_view>

namespace ulam::kernels {

enum class Isa { plain, avx2, avx512 };

/// The fastest set that this build holds and this processor has. Pure; about a nanosecond.
Isa best_isa();

/// All sets that can run here, plain first.
std::span<const Isa> usable_isas();

/// "plain", "avx2", "avx512".
std::string_view name(Isa isa);

}  // namespace ulam::kernels

// Marks functions for one instruction set. FMA is left out on purpose: it would change the bits.
#if defined(__x86_64__) && defined(__GNUC__)
#define ULAM_X86 1
#define ULAM_TARGET_AVX2 [[gnu::target("avx2")]]
#if defined(__clang__)
#define ULAM_TARGET_AVX512 [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl")]]
#else
#define ULAM_TARGET_AVX512 [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")]]
#endif
#endif
#define ULAM_INLINE [[gnu::always_inline]] inline
// Says of the loop that follows: iterations touch different elements, whatever the pointers.
#if defined(__clang__)
#define ULAM_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define ULAM_INDEPENDENT _Pragma("GCC ivdep")
#endif
