#include "ulam/run/job_machine.h"

#include <algorithm>
#include <dlfcn.h>
#include <gnu/libc-version.h>

#include <ATen/ATen.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include "ulam/base/version.h"

namespace ulam {
namespace {

/// What a function of the BLAS without arguments says; "" where the BLAS has none of that name.
std::string blas_says(const char* name) {
  void* symbol = dlsym(RTLD_DEFAULT, name);
  if (symbol == nullptr) return "";
  const char* text = reinterpret_cast<char* (*)()>(symbol)();
  return text == nullptr ? "" : text;
}

/// The instruction sets that libtorch picked, from its own description ("CPU capability usage: AVX2").
std::string torch_processor() {
  constexpr std::string_view key = "CPU capability usage: ";
  const std::string text = at::show_config();
  const std::size_t at = text.find(key);
  if (at == text.npos) return "";
  return text.substr(at + key.size(), text.find('\n', at) - at - key.size());
}

/// The widest instruction sets that libraries pick their kernels by.
std::string processor_level() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return v4 ? "x86-64-v4" : (v3 ? "x86-64-v3" : "x86-64");
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "other";
#endif
}

}  // namespace

nlohmann::json this_machine() {
  std::string blas = blas_says("openblas_get_config");
  // What follows counts threads, which the manifest holds already.
  blas.resize(std::min(blas.size(), blas.find(" MAX_THREADS")));
  return {{"processor", processor_level()},
          {"torch_processor", torch_processor()},
          {"blas_processor", blas_says("openblas_get_corename")},
          {"ulam", version},
          {"torch", TORCH_VERSION},
          {"blas", blas.empty() ? "other than OpenBLAS" : blas},
          {"libc", gnu_get_libc_version()}};
}

}  // namespace ulam
