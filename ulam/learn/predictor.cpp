#include "ulam/learn/predictor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/learn/adam.h"
#include "ulam/learn/dice.h"

namespace ulam {
namespace {

constexpr int waves = 6;
constexpr int features = 4 * waves + 4 + 2 + 2 + 4 + 5 + 3 + 6;

void put(std::vector<float>& row, int of, int chosen) {
  for (int i = 0; i < of; ++i) row.push_back(i == std::clamp(chosen, 0, of - 1) ? 1.f : 0.f);
}
void put_time(std::vector<float>& row, double lam) {
  const double x = std::clamp(std::isnan(lam) ? 0 : lam, -8., 8.);
  for (int w = 0; w < waves; ++w) {
    row.push_back(static_cast<float>(std::sin(x * .2 * (1 << w))));
    row.push_back(static_cast<float>(std::cos(x * .2 * (1 << w))));
  }
}

struct Encoded {
  at::Tensor steps;  // [rows, most steps, features]
  at::Tensor valid;  // [rows, most steps, 1]
};

Encoded encode(const Path& path, const std::vector<const UnifiedRecipe*>& recipes) {
  std::size_t most = 1;
  for (const UnifiedRecipe* r : recipes) most = std::max(most, r->steps.size());
  std::vector<float> all, valid;
  for (const UnifiedRecipe* r : recipes)
    for (std::size_t i = 0; i < most; ++i) {
      std::vector<float> row;
      valid.push_back(i < r->steps.size() ? 1.f : 0.f);
      if (i < r->steps.size()) {
        const UnifiedStep& s = r->steps[i];
        put_time(row, path.half_log_snr(r->times[i]));
        put_time(row, path.half_log_snr(r->times[i + 1]));
        put(row, 4, s.order - 1);
        put(row, 2, s.form == Form::data ? 0 : 1);
        put(row, 2, s.start);
        put(row, 4, s.active.empty() ? 0 : static_cast<int>(s.active[0].size()));
        put(row, 5, static_cast<int>(s.relax));
        put(row, 3, static_cast<int>(s.correct));
        for (const double v :
             {3 * s.relax_by, 3 * (s.ratio - 1), 3 * (s.heavy_ball - 1), i == 0 && r->skip_first ? 1. : 0.,
              i == 0 ? r->first_variance : 0., static_cast<double>(i) / 10})
          row.push_back(static_cast<float>(v));
      }
      row.resize(features, 0.f);
      all.insert(all.end(), row.begin(), row.end());
    }
  const std::int64_t rows = static_cast<std::int64_t>(recipes.size()),
                     steps = static_cast<std::int64_t>(most);
  return {at::tensor(all, at::kFloat).reshape({rows, steps, features}),
          at::tensor(valid, at::kFloat).reshape({rows, steps, 1})};
}

class Net {
 public:
  Net(int width, std::uint64_t seed) {
    const auto layer = [&](const std::string& name, std::int64_t in, std::int64_t out) {
      return std::pair{
          parameters_.declare(name + ".weight", {in, out}, 1 / std::sqrt(static_cast<double>(in))),
          parameters_.declare(name + ".bias", {out}, 0)};
    };
    const std::int64_t w = width;
    embed_ = layer("embed", features, w);
    input_ = layer("lstm.input", w, 4 * w);
    hidden_ = layer("lstm.hidden", w, 4 * w);
    head_ = layer("head", w, w);
    out_ = layer("out", w, 1);
    parameters_.initialise(seed);
    parameters_.require_gradients(true);
  }
  Parameters& parameters() { return parameters_; }

  at::Tensor operator()(const Encoded& e) const {
    const auto apply = [](const at::Tensor& x, const std::pair<at::Tensor, at::Tensor>& layer) {
      return at::matmul(x, layer.first) + layer.second;
    };
    const at::Tensor embedded = at::silu(apply(e.steps, embed_));
    at::Tensor h = at::zeros({e.steps.size(0), embedded.size(2)}, at::kFloat), c = h;
    for (std::int64_t i = 0; i < embedded.size(1); ++i) {
      const std::vector<at::Tensor> gates =
          (apply(embedded.select(1, i), input_) + apply(h, hidden_)).chunk(4, 1);
      const at::Tensor next = at::sigmoid(gates[1] + 1) * c + at::sigmoid(gates[0]) * at::tanh(gates[2]);
      const at::Tensor on = e.valid.select(1, i);
      h = on * (at::sigmoid(gates[3]) * at::tanh(next)) + (1 - on) * h;
      c = on * next + (1 - on) * c;
    }
    return apply(at::silu(apply(h, head_)), out_).squeeze(1);
  }

 private:
  Parameters parameters_;
  std::pair<at::Tensor, at::Tensor> embed_, input_, hidden_, head_, out_;
};

void fit(Net& net, const Encoded& all, const at::Tensor& values, const PredictorOptions& o, Dice& dice) {
  AdamState state = adam_start(net.parameters());
  const std::int64_t rows = values.size(0);
  for (int update = 0; update < o.updates; ++update) {
    std::vector<std::int64_t> chosen;
    for (std::int64_t k = 0; k < std::min<std::int64_t>(o.batch, rows); ++k)
      chosen.push_back(static_cast<std::int64_t>(dice.below(static_cast<std::size_t>(rows))));
    const at::Tensor which = at::tensor(chosen, at::kLong);
    const at::Tensor rank = net({all.steps.index_select(0, which), all.valid.index_select(0, which)});
    const at::Tensor v = values.index_select(0, which);
    const at::Tensor worse = (v.unsqueeze(1) > v.unsqueeze(0)).to(at::kFloat);
    const at::Tensor hinge = at::relu(o.margin - (rank.unsqueeze(1) - rank.unsqueeze(0)));
    const at::Tensor loss = (hinge * worse).sum() / worse.sum().clamp_min(1);
    loss.backward();
    adam_update(net.parameters(), state, {}, o.rate * (1 - static_cast<double>(update) / o.updates));
  }
}

}  // namespace

Ranker predictor(const Path& path, const PredictorOptions& options, std::uint64_t seed) {
  if (options.width < 1 || options.updates < 1 || options.batch < 2)
    fail(ErrorKind::option, "predictor", "width and updates must be at least 1, the batch at least 2");
  return [=](const std::vector<Trial>& tried, const std::vector<UnifiedRecipe>& candidates) {
    std::vector<const UnifiedRecipe*> known, asked;
    std::vector<double> values;
    std::int64_t finite = 0;
    for (const Trial& t : tried) {
      known.push_back(&t.recipe);
      values.push_back(t.value);
      finite += std::isfinite(t.value) ? 1 : 0;
    }
    for (const UnifiedRecipe& r : candidates) asked.push_back(&r);
    if (finite < 4 || candidates.empty()) return std::vector<double>(candidates.size(), 0.0);
    const at::AutoGradMode on(true);
    Net net(options.width, seed);
    Dice dice(seed, 3);
    fit(net, encode(path, known), at::tensor(values, at::kDouble), options, dice);
    const at::NoGradGuard off;
    const at::Tensor rank = net(encode(path, asked)).to(at::kDouble).contiguous();
    return std::vector<double>(rank.data_ptr<double>(), rank.data_ptr<double>() + rank.numel());
  };
}

double kendall_tau(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size())
    fail(ErrorKind::option, "kendall_tau", "{} and {} numbers given", a.size(), b.size());
  double agree = 0, in_a = 0, in_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const int x = (a[i] > a[j]) - (a[i] < a[j]), y = (b[i] > b[j]) - (b[i] < b[j]);
      agree += x * y;
      in_a += std::abs(x);
      in_b += std::abs(y);
    }
  return in_a > 0 && in_b > 0 ? agree / std::sqrt(in_a * in_b) : 0;
}

}  // namespace ulam
