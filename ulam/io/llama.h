#pragma once
// Checkpoints of small Llama language models as llama2.c writes them, version 0.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ulam/io/array.h"
#include "ulam/io/bytes.h"

namespace ulam::io {

struct LlamaSizes {
  std::int64_t width = 0, hidden = 0, layers = 0, heads = 0, key_heads = 0, vocabulary = 0, context = 0;
  bool shared_output = true;  // the output layer is the embedding

  std::int64_t head() const { return width / heads; }
  friend bool operator==(const LlamaSizes&, const LlamaSizes&) = default;
};

struct LlamaFile {
  LlamaSizes sizes;
  /// f32, linear layers [outputs, inputs], with a first axis for the layers where there is one of it a layer:
  /// embedding, attention_norm, query, key, value, attention_out, feed_norm, gate, down, up, norm, and output
  /// where it is not shared.
  ArrayFile weights;
};

/// Whether `bytes` can be a checkpoint of version 0: seven words of plausible sizes that ask for just so many
/// bytes.
bool is_llama(ByteView bytes);
/// A checkpoint: seven little-endian int32 (width, hidden, layers, heads, key/value heads, vocabulary, which
/// is negative where the output layer is not shared, context), then float32 weights in the order of
/// karpathy/llama2.c, run.c, with its two unused tables of rotations before the output layer. Every size is
/// checked, and all of them against the length, before anything is allocated. Throws Error(file) in one
/// sentence.
LlamaFile parse_llama(ByteView bytes, std::string_view place);
LlamaFile read_llama(const std::string& path);
/// The bytes of such a file; the unused tables are zeros. Throws Error(shape) naming a tensor that is missing
/// or misshapen.
std::string serialise_llama(const LlamaFile& file);

}  // namespace ulam::io
