#pragma once
// `ulam draw MODEL.bin`: texts from a language model.
#include <string>
#include <vector>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

/// prompt, tokens, temperature, tokenizer: beside the parameters of a draw.
const std::vector<Parameter>& text_parameters();

struct TextTask {
  Given draw;  // of draw_parameters(): model, count, ids, first-id, seed, threads; no others
  Given text;  // of text_parameters()
  std::vector<std::string> outputs;  // .txt or .json; empty: the texts are printed
  bool json = false, quiet = false;
};

/// Whether the model that was named is one of text: a file that ends in .bin.
bool names_text_model(const Given& draw);

/// Draws texts (one unless count or ids say otherwise), prints or writes them. Returns 0, or 130 when
/// cancelled with the finished texts written. The tokenizer is MODEL.tok*.bin or tokenizer.bin beside the
/// model unless one is named. Throws as load_llama, read_tokenizer and draw_text do, and Error(option) for
/// options that texts do not have.
int run_text(const TextTask& task);

}  // namespace ulam::cli
