#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/io/safetensors.h"
#include "ulam/learn/trainer.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

void store(io::ArrayFile& file, const std::string& prefix, const Parameters& names, const std::vector<at::Tensor>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    file.arrays.emplace_back(prefix + names.list()[i].name, to_array(values[i].to(at::kCPU)));
}

void load(const io::ArrayFile& file, const std::string& place, const std::string& prefix, const Parameters& names, std::vector<at::Tensor>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string name = prefix + names.list()[i].name;
    const io::Array* array = file.find(name);
    if (array == nullptr) fail(ErrorKind::file, place, "tensor '{}' is missing", name);
    const at::Tensor value = to_tensor(*array);
    if (value.sizes() != values[i].sizes()) fail(ErrorKind::file, place, "tensor '{}' has shape {}, {} needed", name, shape_text(value.sizes()), shape_text(values[i].sizes()));
    values[i].copy_(value);
  }
}

const std::string& metadata(const io::ArrayFile& file, const std::string& place, const std::string& name) {
  const auto it = file.metadata.find(name);
  if (it == file.metadata.end()) fail(ErrorKind::file, place, "is not a checkpoint: '{}' is missing", name);
  return it->second;
}

double number(const io::ArrayFile& file, const std::string& place, const std::string& name) {
  const std::string& text = metadata(file, place, name);
  try {
    return std::stod(text);
  } catch (const std::exception&) {
    fail(ErrorKind::file, place, "'{}' is '{}', a number is needed", name, text);
  }
}

}  // namespace

void save_checkpoint(const std::string& path, const TrainState& state, const std::map<std::string, std::string>& run) {
  io::ArrayFile file;
  const Parameters& names = state.network->parameters();
  names.store(file, "weights/");
  state.average->parameters().store(file, "average/");
  store(file, "adam-m/", names, state.adam.m);
  store(file, "adam-v/", names, state.adam.v);
  file.metadata = {{"step", std::to_string(state.step)},
                   {"updates", std::to_string(state.adam.updates)},
                   {"loss", fmt::format("{:.17g}", state.loss)},
                   {"seconds", fmt::format("{:.3f}", state.seconds)}};
  for (const auto& [name, value] : run) file.metadata["run/" + name] = value;
  io::write_safetensors(path, file);
}

void load_checkpoint(const std::string& path, TrainState& state, const std::map<std::string, std::string>& run) {
  at::NoGradGuard no_grad;
  const io::ArrayFile file = io::read_safetensors(path);
  for (const auto& [name, value] : run)
    if (const std::string& theirs = metadata(file, path, "run/" + name); theirs != value)
      fail(ErrorKind::file, path, "belongs to another run: {} was {} there and is {} now (another folder, or --restart, starts anew)", name, theirs, value);
  const Parameters& names = state.network->parameters();
  state.network->parameters().load(file, path, "weights/");
  state.average->parameters().load(file, path, "average/");
  load(file, path, "adam-m/", names, state.adam.m);
  load(file, path, "adam-v/", names, state.adam.v);
  state.step = static_cast<std::int64_t>(number(file, path, "step"));
  state.adam.updates = static_cast<std::int64_t>(number(file, path, "updates"));
  state.loss = number(file, path, "loss");
  state.seconds = number(file, path, "seconds");
}

}  // namespace ulam
