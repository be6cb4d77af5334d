#include "ulam/model/llama.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

at::Tensor rms_normed(const at::Tensor& x, const at::Tensor& weight) {
  return x * at::rsqrt(x.square().mean(-1, true) + 1e-5) * weight;
}

class Llama final : public LanguageModel {
 public:
  Llama(const io::LlamaFile& file, const std::string& name, const std::string& place) : sizes_(file.sizes) {
    info_.name = name;
    info_.vocabulary = sizes_.vocabulary;
    info_.context = sizes_.context;
    info_.hash = hash_bytes(fmt::format("llama {} {} {} {}", sizes_.heads, sizes_.key_heads, sizes_.context,
                                        sizes_.shared_output));
    const auto take = [&](const char* tensor) {
      const io::Array* array = file.weights.find(tensor);
      if (array == nullptr) fail(ErrorKind::file, place, "tensor '{}' is missing", tensor);
      const at::Tensor t = to_tensor(*array);
      if (!at::isfinite(t).all().item<bool>())
        fail(ErrorKind::file, place, "tensor '{}' holds NaN or infinity", tensor);
      info_.hash = hash_bytes({static_cast<const char*>(t.data_ptr()), t.nbytes()}, info_.hash);
      return t;
    };
    embedding_ = take("embedding");
    const at::Tensor attention_norm = take("attention_norm"), query = take("query"), key = take("key"),
                     value = take("value"), out = take("attention_out"), feed_norm = take("feed_norm"),
                     gate = take("gate"), down = take("down"), up = take("up");
    norm_ = take("norm");
    output_ = sizes_.shared_output ? embedding_ : take("output");
    double weights = static_cast<double>(output_.numel());
    for (std::int64_t l = 0; l < sizes_.layers; ++l) {
      layers_.push_back({attention_norm[l], feed_norm[l], at::cat({query[l], key[l], value[l]}), out[l],
                         at::cat({gate[l], up[l]}), down[l]});
      weights += static_cast<double>(layers_.back().into.numel() + out[l].numel() +
                                     layers_.back().widen.numel() + down[l].numel());
    }
    info_.flops_per_token = 2 * weights;
    const at::Tensor pair = at::arange(0, sizes_.head(), 2, at::kDouble) / static_cast<double>(sizes_.head());
    frequency_ = at::pow(10000.0, -pair);
  }
  const LanguageInfo& info() const override { return info_; }

  TextState start(std::int64_t rows) const override {
    if (rows < 0) fail(ErrorKind::shape, info_.name, "{} rows are asked for", rows);
    TextState state;
    state.lengths.assign(static_cast<std::size_t>(rows), 0);
    state.memory.assign(static_cast<std::size_t>(2 * sizes_.layers),
                        at::empty({rows, sizes_.key_heads, 0, sizes_.head()}, at::kFloat));
    return state;
  }

  at::Tensor forward(const at::Tensor& tokens, TextState& state) const override {
    at::NoGradGuard off;
    const std::vector<std::int64_t> counts = check_tokens(info_, tokens, state);
    if (state.memory.size() != static_cast<std::size_t>(2 * sizes_.layers))
      fail(ErrorKind::shape, info_.name, "the state is of another model");
    const std::int64_t rows = tokens.size(0), n = tokens.size(1), heads = sizes_.heads, kv = sizes_.key_heads,
                       head = sizes_.head();
    if (rows == 0 || n == 0) return at::empty({rows, n, sizes_.vocabulary}, at::kFloat);
    Places places(state.lengths, counts, n, frequency_);
    at::Tensor x =
        embedding_.index_select(0, tokens.clamp_min(0).reshape({-1})).view({rows, n, sizes_.width});
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& w = layers_[l];
      const auto parts = at::linear(rms_normed(x, w.attention_norm), w.into)
                             .view({rows, n, heads + 2 * kv, head})
                             .transpose(1, 2)
                             .split_with_sizes({heads, kv, kv}, 1);
      const at::Tensor keys = appended(state.memory[2 * l], places.rotated(parts[1]), places, counts);
      const at::Tensor values = appended(state.memory[2 * l + 1], parts[2], places, counts);
      // Heads that share keys stand side by side: [rows, kv, heads / kv * n, head].
      const at::Tensor q = places.rotated(parts[0]).reshape({rows, kv, heads / kv * n, head});
      at::Tensor scores = at::matmul(q, keys.transpose(2, 3)) / std::sqrt(static_cast<double>(head));
      scores = scores.view({rows, kv, heads / kv, n, places.most}).masked_fill(places.hidden, -INFINITY);
      const at::Tensor mixed =
          at::matmul(at::softmax(scores, -1).view({rows, kv, heads / kv * n, places.most}), values);
      x = x + at::linear(mixed.view({rows, heads, n, head}).transpose(1, 2).reshape({rows, n, sizes_.width}),
                         w.out);
      const auto wide = at::linear(rms_normed(x, w.feed_norm), w.widen).chunk(2, 2);
      x = x + at::linear(at::silu(wide[0]) * wide[1], w.down);
    }
    for (std::size_t r = 0; r < counts.size(); ++r) state.lengths[r] += counts[r];
    return at::linear(rms_normed(x, norm_), output_);
  }

 private:
  struct Layer {
    at::Tensor attention_norm, feed_norm, into, out, widen, down;
  };

  /// Where the tokens of a call stand in their rows, and what they may see.
  struct Places {
    std::vector<std::int64_t> starts;
    std::int64_t most = 1;    // the longest row afterwards
    at::Tensor hidden;        // bool [rows, 1, 1, n, most]
    at::Tensor cosine, sine;  // [rows, 1, n, head / 2]

    Places(const std::vector<std::int64_t>& lengths, const std::vector<std::int64_t>& counts, std::int64_t n,
           const at::Tensor& frequency)
        : starts(lengths) {
      const auto rows = static_cast<std::int64_t>(lengths.size());
      for (std::size_t r = 0; r < lengths.size(); ++r) most = std::max(most, lengths[r] + counts[r]);
      at::Tensor start = at::empty({rows, 1}, at::kLong);
      std::copy(lengths.begin(), lengths.end(), start.data_ptr<std::int64_t>());
      const at::Tensor place = start + at::arange(n, at::kLong).view({1, n});
      // Every token sees itself and those before it, also in the gaps, whose answers nobody reads.
      hidden = at::arange(most, at::kLong)
                   .view({1, 1, most})
                   .gt(place.clamp_max(most - 1).unsqueeze(2))
                   .view({rows, 1, 1, n, most});
      const at::Tensor angle = place.to(at::kDouble).unsqueeze(2) * frequency.view({1, 1, -1});
      cosine = angle.cos().to(at::kFloat).unsqueeze(1);
      sine = angle.sin().to(at::kFloat).unsqueeze(1);
    }

    /// Neighbouring numbers of every head [rows, heads, n, head] turned by their place's angles.
    at::Tensor rotated(const at::Tensor& x) const {
      const at::Tensor even = x.slice(3, 0, x.size(3), 2), odd = x.slice(3, 1, x.size(3), 2);
      return at::stack({even * cosine - odd * sine, even * sine + odd * cosine}, 4).flatten(3);
    }
  };

  /// Writes `fresh` [rows, kv, n, head] behind what `held` holds and returns all up to the longest row. In
  /// place where nobody else holds the tensor.
  static at::Tensor appended(at::Tensor& held, const at::Tensor& fresh, const Places& places,
                             const std::vector<std::int64_t>& counts) {
    const std::int64_t room = held.size(2);
    if (room < places.most || held.use_count() > 1) {
      std::int64_t wanted = std::max<std::int64_t>(room, 16);
      while (wanted < places.most) wanted *= 2;
      at::Tensor grown = at::zeros({held.size(0), held.size(1), wanted, held.size(3)}, held.options());
      grown.narrow(2, 0, room).copy_(held);
      held = std::move(grown);
    }
    for (std::size_t r = 0; r < counts.size(); ++r)
      if (counts[r] > 0)
        held[static_cast<std::int64_t>(r)]
            .narrow(1, places.starts[r], counts[r])
            .copy_(fresh[static_cast<std::int64_t>(r)].narrow(1, 0, counts[r]));
    return held.narrow(2, 0, places.most);
  }

  io::LlamaSizes sizes_;
  LanguageInfo info_;
  at::Tensor embedding_, norm_, output_, frequency_;
  std::vector<Layer> layers_;
};

}  // namespace

LanguageModelPtr make_llama(const io::LlamaFile& file, const std::string& name, const std::string& place) {
  return std::make_shared<const Llama>(file, name, place);
}

LanguageModelPtr load_llama(const std::string& path) {
  return make_llama(io::read_llama(path), std::filesystem::path(path).stem().string(), path);
}

}  // namespace ulam
