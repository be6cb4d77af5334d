#include "ulam/model/network.h"

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"
#include "ulam/model/network_kinds.h"

namespace ulam {

Network::Network(const nlohmann::json& config) : config_(std::make_shared<const nlohmann::json>(config)) {}

namespace {

Parameter whole_parameter(std::string name, std::string standard, std::string purpose, double least, double most) {
  return {std::move(name), OptionType::integer, std::move(standard), std::move(purpose), least, most, {}, ""};
}
Parameter list_parameter(std::string name, std::string standard, std::string purpose) {
  return {std::move(name), OptionType::text, std::move(standard), std::move(purpose), {}, {}, {}, ""};
}

std::vector<NetworkEntry> make_entries() {
  std::vector<NetworkEntry> out;
  const auto add = [&out](const char* name, const char* purpose, std::vector<Parameter> parameters, const char* paper,
                          std::unique_ptr<Network> (*make)(const nlohmann::json&, const std::string&)) {
    NetworkEntry e;
    e.name = name;
    e.purpose = purpose;
    e.parameters = std::move(parameters);
    e.paper = paper;
    e.cost = "1 evaluation a row";
    e.make = make;
    out.push_back(std::move(e));
  };
  add("unet", "U-Net with residual blocks, self-attention at chosen levels, time and class embedding",
      {list_parameter("shape", "", "channels, height, width of one row"),
       whole_parameter("channels", "32", "channels of the first level", 4, 1024),
       list_parameter("multipliers", "[1, 2, 4]", "channels of each level as multiples of the first"),
       list_parameter("blocks", "[1, 1, 1]", "residual blocks of each level, on the way down and up"),
       list_parameter("attention", "[]", "levels with self-attention, from 0"),
       whole_parameter("heads", "4", "attention heads", 1, 64),
       whole_parameter("embedding", "128", "width of the time and class embedding", 8, 4096),
       whole_parameter("groups", "8", "groups of the normalisation", 1, 64),
       whole_parameter("classes", "0", "classes of the label (0 = none), a null class is added", 0, 100000)},
      "Ho et al. 2020, arXiv 2006.11239, app. B; scale-shift norm of Dhariwal and Nichol 2021", networks_detail::make_unet);
  add("mlp", "residual multilayer perceptron for vectors",
      {list_parameter("shape", "", "length of one row, as a list"), whole_parameter("width", "128", "hidden width", 4, 65536),
       whole_parameter("depth", "4", "hidden residual layers", 1, 256),
       whole_parameter("embedding", "64", "width of the time and class embedding", 8, 4096),
       whole_parameter("classes", "0", "classes of the label (0 = none), a null class is added", 0, 100000)},
      "", networks_detail::make_mlp);
  add("classifier", "small residual picture classifier; its pooled features (tap 'features') serve distances and rewards",
      {list_parameter("shape", "", "channels, height, width of one row"),
       whole_parameter("channels", "32", "channels of the first level", 4, 1024),
       list_parameter("multipliers", "[1, 2, 4]", "channels of each level as multiples of the first"),
       whole_parameter("groups", "8", "groups of the normalisation", 1, 64),
       whole_parameter("outputs", "10", "number of classes to tell apart", 2, 100000),
       {"noise_aware", OptionType::boolean, "false", "takes the noise level as a second input", {}, {}, {}, ""}},
      "He et al. 2016, arXiv 1603.05027", networks_detail::make_classifier);
  add("series", "transformer over patches of a window of a time series",
      {list_parameter("shape", "", "channels, length of one window"),
       whole_parameter("horizon", "", "last entries, which do not count for a window's scale; a fifth of the length", 0, 1 << 24),
       {"scaling", OptionType::text, "mean", "how windows are brought to unit size", {}, {}, {"mean", "standard"}, ""},
       whole_parameter("patch", "4", "entries of a token", 1, 1024),
       whole_parameter("width", "64", "numbers of a token", 8, 4096),
       whole_parameter("depth", "4", "transformer blocks", 1, 64),
       whole_parameter("heads", "4", "attention heads", 1, 64),
       whole_parameter("embedding", "64", "width of the features of the noise level", 8, 4096),
       whole_parameter("detail", "16", "channels of the last convolutions", 1, 1024)},
      "Kollovieh et al. 2023, arXiv 2307.11494 (use); Peebles and Xie 2023, arXiv 2212.09748 (modulated blocks)", networks_detail::make_series);
  add("cifar_resnet", "the residual network for 32x32 pictures, under the published names; a classifier with the tap 'features' (64)",
      {whole_parameter("depth", "20", "layers with weights, 6 n + 2", 8, 1202),
       whole_parameter("outputs", "10", "number of classes to tell apart", 2, 100000),
       list_parameter("mean", "[0.485, 0.456, 0.406]", "of the colours in 0..1, taken off"),
       list_parameter("deviation", "[0.229, 0.224, 0.225]", "of the colours in 0..1, divided by"),
       list_parameter("range", "[-1, 1]", "range of the pictures that come in")},
      "He et al. 2015, arXiv 1512.03385, section 4.2, shortcuts A; names of akamaster/pytorch_resnet_cifar10", networks_detail::make_cifar_resnet);
  add("csdi", "denoiser of windows of many series that is told which values were observed, under the published names",
      {list_parameter("shape", "", "features, length of one window"),
       whole_parameter("channels", "64", "channels of the blocks", 1, 4096),
       whole_parameter("layers", "4", "gated blocks", 1, 64),
       whole_parameter("heads", "8", "attention heads", 1, 64),
       whole_parameter("step_embedding", "128", "width of the features of the step", 4, 4096),
       whole_parameter("time_embedding", "128", "width of the features of an entry's place", 2, 4096),
       whole_parameter("feature_embedding", "16", "width of the embedding of a feature", 1, 4096),
       list_parameter("names", "[]", "names of the features, which columns of a file are matched by"),
       list_parameter("mean", "[]", "of every feature in its own units"),
       list_parameter("deviation", "[]", "of every feature in its own units")},
      "Tashiro et al. 2021, arXiv 2107.03502; names of ermongroup/CSDI", networks_detail::make_csdi);
  add("plain_cnn", "denoiser of small pictures without levels, normalised over whole pictures, under the published names",
      {list_parameter("shape", "", "channels, height, width of one row"),
       list_parameter("channels", "[16, 32, 32, 16]", "channels of each block"),
       whole_parameter("kernel", "7", "width of the convolutions, odd", 1, 63),
       whole_parameter("frequencies", "16", "features of the time, a sine and a cosine each", 1, 4096),
       whole_parameter("embedding", "128", "width of the layers of the time", 1, 4096),
       whole_parameter("steps", "1000", "the path's time is divided by it", 1, 1000000)},
      "Ho et al. 2020, arXiv 2006.11239 (loss); names of Yichizz/hot_vs_cold_diffusion", networks_detail::make_plain_cnn);
  return out;
}

}  // namespace

const std::vector<NetworkEntry>& networks() {
  static const std::vector<NetworkEntry> entries = make_entries();
  return entries;
}

std::unique_ptr<Network> make_network(const nlohmann::json& config, const std::string& place) {
  if (!config.is_object() || !config.contains("kind") || !config["kind"].is_string())
    fail(ErrorKind::option, place, "the network needs a field 'kind' that names one of its kinds");
  return find_entry(networks(), config["kind"].get<std::string>(), place + ": kind").make(config, place);
}

at::Tensor label_rows(const Conditions& conditions, std::int64_t rows, int classes, bool null_class, at::Device device) {
  for (const auto& [name, value] : conditions)
    if (name != "label" || classes == 0)
      fail(ErrorKind::unsupported, "condition '" + name + "'", "the network takes {}", classes == 0 ? "no conditions" : "'label' only");
  const auto it = conditions.find("label");
  if (it == conditions.end()) {
    if (!null_class) fail(ErrorKind::unsupported, "condition 'label'", "the network has no null class, every row needs a label");
    return at::full({rows}, classes, at::TensorOptions(at::kLong).device(device));
  }
  const at::Tensor labels = it->second.to(at::kLong);
  if (labels.dim() != 1 || labels.size(0) != rows)
    fail(ErrorKind::shape, "condition 'label'", "shape {} where [{}] is needed, one label a row", shape_text(labels.sizes()), rows);
  if (rows > 0) {
    const auto low = labels.min().item<std::int64_t>(), high = labels.max().item<std::int64_t>();
    const int most = null_class ? classes : classes - 1;
    if (low < 0 || high > most)
      fail(ErrorKind::option, "condition 'label'", "label {} is not in 0..{}", low < 0 ? low : high, most);
  }
  return labels.to(device);
}

}  // namespace ulam
