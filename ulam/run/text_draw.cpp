#include "ulam/run/text_draw.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"

namespace ulam {
namespace {

constexpr const char* text_draw_place = "draw of text";

at::Tensor as_line(const std::vector<std::int64_t>& tokens) {
  at::Tensor out = at::empty({1, static_cast<std::int64_t>(tokens.size())}, at::kLong);
  std::copy(tokens.begin(), tokens.end(), out.data_ptr<std::int64_t>());
  return out;
}

}  // namespace

std::int64_t drawn_token(const at::Tensor& logits, double temperature, double u) {
  if (!(temperature >= 0) || std::isinf(temperature))
    fail(ErrorKind::option, text_draw_place, "the temperature is {}, a number from 0 is valid", temperature);
  const at::Tensor plain = logits.to(at::kFloat).contiguous();
  const float* value = plain.data_ptr<float>();
  const float* last = value + plain.numel();
  if (value == last || !std::all_of(value, last, [](float v) { return std::isfinite(v); }))
    fail(ErrorKind::numeric, text_draw_place, "the logits of a token are not finite");
  const auto largest = std::max_element(value, last);
  if (temperature == 0) return largest - value;
  std::vector<double> up_to;
  double sum = 0;
  for (const float* v = value; v != last; ++v)
    up_to.push_back(sum += std::exp((static_cast<double>(*v) - static_cast<double>(*largest)) / temperature));
  const auto found = std::upper_bound(up_to.begin(), up_to.end(), u * sum);
  return std::min<std::int64_t>(found - up_to.begin(), plain.numel() - 1);
}

TextResult draw_text(const TextRequest& r) {
  const LanguageInfo& info = r.model->info();
  if (r.prompt.empty())
    fail(ErrorKind::option, text_draw_place, "the prompt holds no token; at least 1 is needed");
  if (r.tokens < 0) fail(ErrorKind::option, text_draw_place, "{} tokens are asked for", r.tokens);
  TextResult out;
  TextState prompt = r.model->start(1);
  const double started = r.watch.now();
  const at::Tensor begun = r.model->forward(as_line(r.prompt), prompt);
  const at::Tensor first = begun[0][begun.size(1) - 1];
  const auto length = static_cast<std::int64_t>(r.prompt.size());
  out.spent.evaluations = length;
  // The last token of a sample is drawn and not shown to the model.
  const std::int64_t most = std::min(r.tokens, info.context - length + 1);
  const auto total = static_cast<std::int64_t>(r.ids.size()) * most;
  for (std::size_t i = 0; i < r.ids.size(); ++i) {
    TextState state = prompt;
    at::Tensor logits = first;
    std::vector<std::int64_t> tokens;
    while (static_cast<std::int64_t>(tokens.size()) < most) {
      if (r.watch.cancelled()) {
        out.cancelled = true;
        break;
      }
      const RowKey row{make_key(r.seed, Stream::step), r.ids[i], static_cast<std::uint32_t>(tokens.size())};
      const std::int64_t token = drawn_token(logits, r.temperature, random_uniform(row, 0));
      if (std::find(r.ends.begin(), r.ends.end(), token) != r.ends.end()) break;
      tokens.push_back(token);
      if (static_cast<std::int64_t>(tokens.size()) == most) break;
      logits = r.model->forward(as_line({token}), state)[0][0];
      ++out.spent.evaluations;
      r.watch.report({"drawing",
                      static_cast<std::int64_t>(i) * most + static_cast<std::int64_t>(tokens.size()), total,
                      "tokens", ""});
    }
    if (out.cancelled) break;
    out.spent.tokens += static_cast<std::int64_t>(tokens.size());
    out.ids.push_back(r.ids[i]);
    out.tokens.push_back(std::move(tokens));
  }
  out.spent.flops = info.flops_per_token * static_cast<double>(out.spent.evaluations);
  out.spent.seconds = r.watch.now() - started;
  return out;
}

}  // namespace ulam
