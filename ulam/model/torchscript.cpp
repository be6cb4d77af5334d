#include "ulam/model/torchscript.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

class Script final : public ForeignNetwork {
 public:
  Script(torch::jit::Module module, std::string place)
      : module_(std::move(module)), forward_(module_.get_method("forward")), place_(std::move(place)) {}

  at::Tensor call(const std::vector<at::Tensor>& inputs) const override {
    // Without its optimiser, which rewrites the program after it has watched a few calls.
    const torch::jit::GraphOptimizerEnabledGuard as_written(false);
    c10::IValue answer;
    try {
      answer = forward_(std::vector<c10::IValue>(inputs.begin(), inputs.end()));
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      fail(ErrorKind::unsupported, place_, "the network's forward failed: {}", torch_words(error));
    }
    if (!answer.isTensor())
      fail(ErrorKind::shape, place_, "the network's forward answered with {}, a tensor is needed",
           answer.tagKind());
    return answer.toTensor();
  }

 private:
  torch::jit::Module module_;
  torch::jit::Method forward_;
  std::string place_;
};

/// Whether forward takes that many arguments beside the module itself.
bool takes(const c10::FunctionSchema& schema, int arguments) {
  const auto& all = schema.arguments();
  int least = 0, most = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].kwarg_only() && all[i].default_value()) continue;
    ++most;
    if (!all[i].default_value()) ++least;
  }
  return least <= arguments && arguments <= most;
}

}  // namespace

std::string torch_words(const std::exception& error) {
  const auto* own = dynamic_cast<const c10::Error*>(&error);
  const std::string text = own != nullptr ? own->what_without_backtrace() : error.what();
  // What happened is the first line of a plain error, and the last of the interpreter's, whose type differs between versions.
  const bool first = own != nullptr && text.find("Traceback of TorchScript") == text.npos;
  std::string line;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string one = text.substr(begin, end - begin);
    // The interpreter points at the place with a line of ~~~ <--- HERE.
    if (one.find_first_not_of(" \t\r~") != one.npos && one.find("<--- HERE") == one.npos) {
      line = one;
      if (first) break;
    }
    begin = end + 1;
  }
  std::string out;
  for (const char c : line.substr(std::min(line.find_first_not_of(" \t"), line.size()), 300))
    out += c >= 0x20 && c < 0x7f ? c : '?';
  return out.empty() ? "without a word" : out;
}

std::shared_ptr<const ForeignNetwork> load_torchscript(const std::string& file, int arguments) {
  torch::jit::Module module;
  try {
    module = torch::jit::load(file, at::kCPU);
    module.eval();
    for (at::Tensor parameter : module.parameters()) parameter.requires_grad_(false);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    fail(ErrorKind::file, file, "is no TorchScript archive that libtorch can open: {}", torch_words(error));
  }
  const auto forward = module.find_method("forward");
  if (!forward) fail(ErrorKind::file, file, "the TorchScript module has no method forward");
  if (!takes(forward->function().getSchema(), arguments))
    fail(ErrorKind::file, file, "the method forward must take {}, it is {}",
         arguments == 3 ? "(x, t, label)" : "(x, t)",
         torch_words(std::runtime_error(fmt::format("{}", c10::str(forward->function().getSchema())))));
  return std::make_shared<Script>(std::move(module), file);
}

}  // namespace ulam
