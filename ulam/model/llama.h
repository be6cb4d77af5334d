#pragma once
// The Llama transformer as a language model.
#include <string>

#include "ulam/io/llama.h"
#include "ulam/model/language_model.h"

namespace ulam {

/// Touvron et al. 2023, arXiv 2307.09288: RMS norms, rotated queries and keys (neighbouring pairs, base
/// 10000), heads that share keys and values, gated feed-forward layers. Weights as io::LlamaFile holds them,
/// all finite, else Error(file) naming the tensor. Float throughout. Memory of a state: 2 layers key_heads
/// head floats a token, grown by doubling.
LanguageModelPtr make_llama(const io::LlamaFile& file, const std::string& name, const std::string& place);
/// From a llama2.c checkpoint. Throws as io::read_llama and make_llama.
LanguageModelPtr load_llama(const std::string& path);

}  // namespace ulam
