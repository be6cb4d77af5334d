#pragma once
// The configuration of diffusers' DiTTransformer2DModel, checked. No torch here.
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ulam::diffusers {

struct DitConfig {
  int heads = 16, head_dim = 72;  // channels a head
  int in_channels = 4, out_channels = 4;
  int layers = 28;
  bool attention_bias = true;
  int size = 32, patch = 2;  // of the square input and of a token, in pixels
  /// Of the hidden layer of a block: gelu, its tanh form, x sigmoid(1.702 x), SiLU, and gated by gelu or
  /// SiLU.
  enum class Act { gelu, gelu_tanh, gelu_sigmoid, silu, geglu, swiglu } act = Act::gelu_tanh;
  int classes = 1000;                 // the table of labels has one row more, the null class
  bool affine = false;                // the norm before the hidden layer has parameters
  double eps = 1e-5;                  // of that norm
  std::vector<std::string> warnings;  // fields that are not heeded

  int width() const { return heads * head_dim; }
  int grid() const { return size / patch; }
};

/// Reads transformer/config.json of a DiTTransformer2DModel, or of a Transformer2DModel that diffusers 0.42
/// turns into one (norm_type ada_norm_zero), by the defaults of the former. Throws Error(file) naming place
/// and field: sizes out of range, a size that patches do not divide, more than 16384 tokens, a width that is
/// no multiple of 4, an unknown activation (with the nearest), a transformer of another make or with text.
DitConfig parse_dit(const nlohmann::json& json, const std::string& place);

}  // namespace ulam::diffusers
