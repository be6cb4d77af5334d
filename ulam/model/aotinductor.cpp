#include "ulam/model/aotinductor.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/model/torchscript.h"

#if __has_include(<torch/csrc/inductor/aoti_package/model_package_loader.h>)
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#define ULAM_HAS_AOTINDUCTOR 1
#else
#include <torch/version.h>
#define ULAM_HAS_AOTINDUCTOR 0
#endif

namespace ulam {

bool has_aotinductor() { return ULAM_HAS_AOTINDUCTOR == 1; }

#if ULAM_HAS_AOTINDUCTOR

namespace {

class CompiledPackage final : public ForeignNetwork {
 public:
  explicit CompiledPackage(const std::string& file) : loader_(file), place_(file) {}

  at::Tensor call(const std::vector<at::Tensor>& inputs) const override {
    for (const at::Tensor& input : inputs)
      if (input.requires_grad() && at::GradMode::is_enabled())
        fail(ErrorKind::unsupported, place_,
             "a compiled package gives no gradient; export the module as TorchScript");
    std::vector<at::Tensor> plain;
    // A package for any number of rows was compiled for two or more: one row goes in twice.
    const bool alone = inputs[0].size(0) == 1;
    for (const at::Tensor& input : inputs)
      plain.push_back(alone ? at::cat({input, input}) : input.contiguous());
    std::vector<at::Tensor> answers;
    try {
      const at::NoGradGuard none;
      answers = loader_.run(plain);
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      fail(ErrorKind::unsupported, place_, "the network's forward failed: {}", torch_words(error));
    }
    if (answers.size() != 1)
      fail(ErrorKind::shape, place_, "the network's forward answered with {} tensors, one is needed",
           answers.size());
    return alone && answers[0].dim() > 0 && answers[0].size(0) == 2 ? answers[0].narrow(0, 0, 1) : answers[0];
  }

 private:
  // run() hands the caller one of the loader's runners, under the loader's own lock.
  mutable torch::inductor::AOTIModelPackageLoader loader_;
  std::string place_;
};

}  // namespace

std::shared_ptr<const ForeignNetwork> load_aotinductor(const std::string& file) {
  try {
    return std::make_shared<CompiledPackage>(file);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    fail(ErrorKind::file, file, "is no AOTInductor package that libtorch can open: {}", torch_words(error));
  }
}

#else

std::shared_ptr<const ForeignNetwork> load_aotinductor(const std::string& file) {
  fail(ErrorKind::unsupported, file,
       "is an AOTInductor package, which this build's libtorch {} is too old for; build with libtorch 2.6 or "
       "later, or "
       "export the module as TorchScript",
       TORCH_VERSION);
}

#endif

}  // namespace ulam
