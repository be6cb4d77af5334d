// Samplers of other programs that ours do not equal, with the difference written out: so they end where they
// end.
#include "peers.h"
#include <cmath>
#include <map>

namespace ulam::peers_differences_test {
namespace {

using namespace testing;

// k-diffusion adds noise to solvers of two evaluations by going to a lower level first: our solver without
// noise on that shorter step, then the noise, ends where it ends.
TEST(Peers, AncestralStepsOfTwoEvaluationsAreOursToALowerLevel) {
  const json golden = read_golden("k_diffusion");
  const std::map<std::string, std::string> solvers{{"sample_dpm_2_ancestral", "dpm:order=2,kind=inner"},
                                                   {"sample_dpmpp_2s_ancestral", "dpmpp:order=2,kind=inner"}};
  int compared = 0;
  for (const json& entry : golden.at("entries")) {
    const auto solver = solvers.find(entry.at("class").get<std::string>());
    if (solver == solvers.end() || !entry.at("options").contains("noise")) continue;
    const Recipe recipe = make_recipe(solver->second);
    for (const auto& [name, end] : entry.at("ends").items()) {
      const Setting given = setting_of(name, golden.at("settings").at(name));
      Setting s = edm_of(given);
      for (std::size_t i = 0; i + 1 < given.times.size(); ++i) {
        const double from = edm_of(given).times[i], to = edm_of(given).times[i + 1];
        const double up = to * std::sqrt((from - to) * (from + to)) / from,
                     down = std::sqrt((to - up) * (to + up));
        s.times = {from, down};
        s.start = draw(s, compile_plan(recipe, s.times, s.problem->info().path, s.problem->info().head)) +
                  given.noise[i] * up;
      }
      EXPECT_LT(distance(s.start * given.problem->info().path.at(given.times.back()).a, tensor_of(end)),
                kTolerance)
          << solver->first << " on " << name;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 10);
}

// Its stochastic two-evaluation solver goes halfway by an ancestral step, and from the start again with what
// the model answered there: noise twice a step. Ours add noise once a step, in closed form, to solvers of one
// evaluation.
TEST(Peers, StochasticSolverOfTwoEvaluationsWrittenOut) {
  const json golden = read_golden("k_diffusion");
  int compared = 0;
  for (const json& entry : golden.at("entries")) {
    if (entry.at("class") != "sample_dpmpp_sde" || !entry.at("options").contains("noise")) continue;
    for (const auto& [name, end] : entry.at("ends").items()) {
      const Setting given = setting_of(name, golden.at("settings").at(name)), s = edm_of(given);
      at::Tensor x = s.start;
      std::size_t used = 0;
      const auto data = [&](const at::Tensor& y, double t) {
        return s.problem->denoise(y, at::full({x.size(0)}, t, at::kDouble));
      };
      const auto ancestral = [&](const at::Tensor& d, double from, double to) {
        const double up = to * std::sqrt((from - to) * (from + to)) / from;
        const double down = std::sqrt((to - up) * (to + up));
        return x * (down / from) + d * (1 - down / from) + given.noise[used++] * up;
      };
      for (std::size_t i = 0; i + 1 < s.times.size(); ++i) {
        const double from = s.times[i], to = s.times[i + 1], middle = std::sqrt(from * to);
        const at::Tensor d = data(x, from);
        x = to == 0 ? d : ancestral(data(ancestral(d, from, middle), middle), from, to);
      }
      EXPECT_LT(distance(x * given.problem->info().path.at(given.times.back()).a, tensor_of(end)), kTolerance)
          << name;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 5);
}

// Heun's method on x in t, which diffusers has for flow models, written out. Ours works on x/a in s/a.
TEST(Peers, HeunOfFlowMatchingIsInTime) {
  const json golden = read_golden("diffusers");
  for (const json& entry : golden.at("entries")) {
    if (entry.at("class") != "FlowMatchHeunDiscreteScheduler") continue;
    for (const auto& [name, end] : entry.at("ends").items()) {
      const Setting s = setting_of(name, golden.at("settings").at(name));
      const auto velocity = [&](const at::Tensor& x, double t) {
        return (x - s.problem->denoise(x, at::full({x.size(0)}, t, at::kDouble))) / t;
      };
      at::Tensor x = s.start;
      for (std::size_t i = 0; i + 1 < s.times.size(); ++i) {
        const double t = s.times[i], next = s.times[i + 1];
        const at::Tensor v = velocity(x, t), y = x + v * (next - t);
        x = next == 0 ? y : x + (v + velocity(y, next)) * ((next - t) / 2);
      }
      EXPECT_LT(distance(x, tensor_of(end)), kTolerance) << name;
    }
  }
}

// diffusers' single-step solvers of order 3 differ from the paper's (and ours) in one place each: "midpoint"
// takes the midpoint form for the second inner state where the paper has the exact integral; "heun" puts a
// parabola through all three evaluations in the last update. Both written out here end where diffusers ends.
struct Block {
  const Setting& s;
  bool data, midpoint;

  at::Tensor answer(const at::Tensor& x, double t) const {
    const Marginal m = s.problem->info().path.at(t);
    const at::Tensor d = s.problem->denoise(x, at::full({x.size(0)}, t, at::kDouble));
    return data ? d : (x - d * m.a) / m.s;
  }
  double lam(double t) const { return s.problem->info().path.half_log_snr(t); }
  /// From x at `from` to `to` by f and its derivatives in units of h.
  at::Tensor update(const at::Tensor& x, double from, double to, const at::Tensor& f, const at::Tensor& d1,
                    double of_d1, const at::Tensor& d2, double of_d2) const {
    const Marginal m = s.problem->info().path.at(from), n = s.problem->info().path.at(to);
    if (data) return x * (n.s / m.s) + (f * first(from, to) + d1 * of_d1 + d2 * of_d2) * n.a;
    return x * (n.a / m.a) - (f * first(from, to) + d1 * of_d1 + d2 * of_d2) * n.s;
  }
  double first(double from, double to) const {
    const double h = lam(to) - lam(from);
    return data ? -std::expm1(-h) : std::expm1(h);
  }
  double second(double from, double to) const {
    const double h = lam(to) - lam(from);
    return data ? 1 + std::expm1(-h) / h : std::expm1(h) / h - 1;
  }
  double third(double from, double to) const {
    const double h = lam(to) - lam(from);
    return data ? 0.5 - (std::expm1(-h) + h) / (h * h) : (std::expm1(h) - h) / (h * h) - 0.5;
  }
  at::Tensor run(at::Tensor x, const std::vector<double>& t, bool inner_midpoint) const {
    const at::Tensor none = at::zeros_like(x), m0 = answer(x, t[0]);
    if (t.size() == 2) return update(x, t[0], t[1], m0, none, 0, none, 0);
    const at::Tensor m1 = answer(update(x, t[0], t[1], m0, none, 0, none, 0), t[1]);
    const double end = t.size() == 3 ? t[2] : t[3], h = lam(end) - lam(t[0]);
    const double h2 = lam(t[2]) - lam(t[0]);
    const at::Tensor d1 = (m1 - m0) * (h2 / (lam(t[1]) - lam(t[0])));
    const at::Tensor x2 =
        update(x, t[0], t[2], m0, d1, inner_midpoint ? 0.5 * first(t[0], t[2]) : second(t[0], t[2]), none, 0);
    if (t.size() == 3) return x2;
    const at::Tensor m2 = answer(x2, t[2]);
    const double r1 = (lam(t[1]) - lam(t[0])) / h, r2 = h2 / h;
    const at::Tensor near = (m1 - m0) / r1, far = (m2 - m0) / r2;
    if (midpoint) return update(x, t[0], end, m0, far, second(t[0], end), none, 0);
    return update(x, t[0], end, m0, (near * r2 - far * r1) / (r2 - r1), second(t[0], end),
                  (far - near) * (2 / (r2 - r1)), third(t[0], end));
  }
};

TEST(Peers, SinglestepOfOrderThreeDiffersInOneTerm) {
  const json golden = read_golden("diffusers");
  int compared = 0;
  for (const json& entry : golden.at("entries")) {
    if (entry.at("class") != "DPMSolverSinglestepScheduler" || entry.at("options").at("solver_order") != 3)
      continue;
    for (const auto& [name, end] : entry.at("ends").items()) {
      const Setting s = setting_of(name, golden.at("settings").at(name));
      const json& options = entry.at("options");
      const bool midpoint = options.at("solver_type") == "midpoint";
      const Block block{s, options.at("algorithm_type") == "dpmsolver++", midpoint};
      at::Tensor x = s.start;
      std::size_t at = 0;
      for (const int size : block_sizes(static_cast<int>(s.times.size()) - 1, 3,
                                        options.at("lower_order_final").get<bool>(), ends_clean(s))) {
        const auto begin = s.times.begin() + static_cast<std::ptrdiff_t>(at);
        x = block.run(x, {begin, begin + size + 1}, midpoint);
        at += static_cast<std::size_t>(size);
      }
      EXPECT_LT(distance(x, tensor_of(end)), kTolerance) << options.dump() << " on " << name;
      ++compared;
    }
  }
  EXPECT_GE(compared, 10);
}

}  // namespace
}  // namespace ulam::peers_differences_test
