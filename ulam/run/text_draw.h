#pragma once
// Texts drawn token by token from a language model.
#include <cstdint>
#include <vector>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/model/language_model.h"

namespace ulam {

struct TextRequest {
  LanguageModelPtr model;
  std::vector<std::int64_t> prompt;  // at least one token
  std::vector<std::uint64_t> ids;    // of the samples
  std::int64_t tokens = 256;         // most tokens that a sample gets; less where the context is full
  double temperature = 1;            // 0: the likeliest token every time, the first of equals
  std::vector<std::int64_t> ends;    // tokens that end a sample; not kept
  std::uint64_t seed = 0;
  Watch watch;
};

struct TextResult {
  std::vector<std::uint64_t> ids;                 // finished samples, in the order asked for
  std::vector<std::vector<std::int64_t>> tokens;  // what each drew, without the prompt
  Spent spent;
  bool cancelled = false;
};

/// A token from the softmax of logits / temperature in double, by the uniform number u in (0, 1) and the
/// inverse of the cumulative probabilities in the vocabulary's order; temperature 0 takes the largest logit,
/// the first of equals, and heeds no u. `logits` float [vocabulary] on the CPU. Throws Error(numeric) where
/// they are not finite, Error(option) for a temperature that is negative or not finite.
std::int64_t drawn_token(const at::Tensor& logits, double temperature, double u);

/// Every sample is a function of (seed, id) and the request's other fields, whatever else is drawn: its i-th
/// token takes number (seed, Stream::step, id, draw i), and rows are evaluated alone, from a copy of the
/// prompt's state. Throws Error(option | numeric). Cost: one evaluation a token, the prompt's once and each
/// sample's but its last.
TextResult draw_text(const TextRequest& request);

}  // namespace ulam
