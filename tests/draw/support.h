#pragma once
// Exact one-dimensional models in closed form for the tests of this room, written without the problems room.
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/draw/draw.h"
#include "ulam/path/grid.h"

namespace ulam::testing {

struct Component {
  double weight, mean, variance;
};
inline std::vector<Component> tp1_components() { return {{.5, -1, .04}, {.3, .4, .25}, {.2, 1.5, .09}}; }

/// D of independent coordinates that all follow the mixture; answers in the head asked for.
class MixtureModel : public Model {
 public:
  MixtureModel(Path path, Head head, std::vector<Component> parts, std::vector<std::int64_t> shape = {1},
               at::ScalarType dtype = at::kDouble)
      : parts_(std::move(parts)) {
    info_.name = "mixture";
    info_.path = std::move(path);
    info_.head = head;
    info_.shape = std::move(shape);
    info_.dtype = dtype;
    info_.exact = true;
  }
  const ModelInfo& info() const override { return info_; }
  ModelInfo& change() { return info_; }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call&) const override {
    ++calls;
    rows += x.size(0);
    if (before) before();
    if (!(x.requires_grad() && at::GradMode::is_enabled())) return forward_plain(x, t, conditions);
    std::vector<at::Tensor> out;
    for (std::int64_t r = 0; r < x.size(0); ++r) {
      const double time = t.data_ptr<double>()[r];
      const Marginal m = info_.path.at(time);
      const at::Tensor row = x[r].to(at::kDouble);
      const auto shift = conditions.find("shift");
      const double by = shift == conditions.end() ? 0 : shift->second[r].item<double>();
      const Affine p = from_data(info_.head, m);
      out.push_back((row * p.of_x + denoise(row, m, by) * p.of_p).to(x.scalar_type()));
    }
    return at::stack(out);
  }

  mutable std::int64_t calls = 0, rows = 0;
  std::function<void()> before;

 private:
  at::Tensor forward_plain(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions) const {
    const at::Tensor wide = x.to(at::kDouble).contiguous();
    at::Tensor out = at::empty_like(wide);
    const std::int64_t size = x.size(0) > 0 ? x.numel() / x.size(0) : 0;
    const auto shift = conditions.find("shift");
    for (std::int64_t r = 0; r < x.size(0); ++r) {
      const Marginal m = info_.path.at(t.data_ptr<double>()[r]);
      const Affine p = from_data(info_.head, m);
      const double by = shift == conditions.end() ? 0 : shift->second[r].item<double>();
      for (std::int64_t e = 0; e < size; ++e) {
        const double v = wide.data_ptr<double>()[r * size + e];
        double total = 0, sum = 0;
        for (const Component& c : parts_) {
          const double var = m.a * m.a * c.variance + m.s * m.s, d = v - m.a * (c.mean + by);
          if (var == 0) {  // one point, no noise
            total = 1, sum = c.mean + by;
            break;
          }
          const double w = c.weight / std::sqrt(var) * std::exp(-.5 * d * d / var) + 1e-300 * c.weight;
          total += w;
          sum += w * (c.mean + by + d * m.a * c.variance / var);
        }
        out.data_ptr<double>()[r * size + e] = v * p.of_x + sum / total * p.of_p;
      }
    }
    return out.to(x.scalar_type());
  }
  at::Tensor denoise(const at::Tensor& x, const Marginal& m, double shift) const {
    std::vector<at::Tensor> logs, means;
    for (const Component& c : parts_) {
      const double v = m.a * m.a * c.variance + m.s * m.s, mean = c.mean + shift;
      const at::Tensor d = x - m.a * mean;
      logs.push_back(d.square() * (-.5 / v) + std::log(c.weight) - .5 * std::log(v));
      means.push_back(d * (m.a * c.variance / v) + mean);
    }
    return (at::softmax(at::stack(logs), 0) * at::stack(means)).sum(0);
  }
  std::vector<Component> parts_;
  ModelInfo info_;
};

inline std::shared_ptr<MixtureModel> tp1(Prediction head = Prediction::noise, Path path = Path::vp()) {
  return std::make_shared<MixtureModel>(std::move(path), Head{head, .5}, tp1_components());
}

inline std::vector<Path> all_paths() {
  std::vector<double> betas;
  for (int i = 0; i < 100; ++i) betas.push_back(1e-3 + (0.2 - 1e-3) * i / 99);
  return {Path::vp(), Path::cosine(), Path::discrete(betas), Path::discrete(betas, true),
          Path::ve(), Path::edm(),    Path::flow(),          Path::flow(3)};
}
inline std::string path_name(const Path& path) {
  std::string name = path.json().value("kind", "path");
  if (path.at(path.t_noise()).a == 0) name += "0";
  return name;
}

/// One draw of given start values (one row each) with a plan; double.
inline at::Tensor run_plan(const std::shared_ptr<MixtureModel>& model, const Plan& plan, const at::Tensor& x,
                           int level = 0, bool differentiable = false, std::uint64_t seed = 0) {
  SolverProcess process(plan, Field(model), {.seed = seed, .differentiable = differentiable});
  std::vector<std::uint64_t> ids;
  for (std::int64_t r = 0; r < x.size(0); ++r) ids.push_back(static_cast<std::uint64_t>(r));
  State state = process.start_from(differentiable ? x : x.clone(), ids, {}, level);
  Ledger ledger;
  run(process, state, ledger, Watch{});
  return state.x;
}
inline at::Tensor column(std::vector<double> values) {
  return at::tensor(values, at::kDouble).reshape({static_cast<std::int64_t>(values.size()), 1});
}

/// The solver specs that the contract suites run over: every entry of the catalogue, and its options.
inline std::vector<std::string> all_specs() {
  return {"ddpm",
          "ddpm:variance=large",
          "ddim",
          "ddim:eta=0.5",
          "ddim:eta=1",
          "euler",
          "heun",
          "midpoint",
          "rk4",
          "exp",
          "exp:eta=1",
          "exp:prediction=noise",
          "exp:eta=0.3",
          "euler-ancestral",
          "rhork",
          "rhork:tableau=vdh3",
          "deis",
          "deis:variable=rho",
          "deis:variable=logsnr,degree=2",
          "ipndm",
          "pndm",
          "ghvb",
          "lms",
          "res",
          "dpm",
          "dpm:order=3",
          "dpm:order=3,kind=multi",
          "dpm:kind=inner",
          "dpmpp",
          "dpmpp:order=3",
          "dpmpp:order=3,legacy",
          "dpmpp:eta=1",
          "dpmpp:order=3,eta=0.5",
          "dpmpp:kind=single,order=3",
          "dpmpp:kind=inner,order=3",
          "unipc",
          "unipc:order=2,variant=bh1,prediction=noise",
          "unipc:corrector=implicit",
          "unipc:corrector=off",
          "sa",
          "er",
          "adaptive",
          "adaptive:order=2,prediction=data"};
}

/// Edits, each switched on, and six hosts of different build for them.
inline std::vector<std::string> edit_specs() {
  return {"dc:ratio=1.1",
          "dualfast",
          "dualfast:tau=first,schedule=constant,c=0.2",
          "hb",
          "nesterov",
          "afs",
          "timeshift:window=60,cutoff=0"};
}
inline std::vector<std::string> edit_hosts() { return {"ddim", "deis", "dpmpp", "unipc", "ipndm", "res"}; }

/// Least-squares slope of log error over log N.
inline double slope(const std::vector<double>& n, const std::vector<double>& error) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < n.size(); ++i) {
    const double x = std::log(n[i]), y = std::log(error[i]);
    sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  const double m = static_cast<double>(n.size());
  return -(m * sxy - sx * sy) / (m * sxx - sx * sx);
}

template <typename F>
std::string error_text(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace ulam::testing
