// Draws on a path with a centre mu: every solver acts on y = x - mu (arXiv 2502.07856 in shifted
// coordinates).
#include "support.h"
#include <functional>

#include <gtest/gtest.h>

#include "ulam/problems/read_problem.h"

namespace ulam::centre_test {
namespace {

using testing::column;
using testing::error_text;
using testing::MixtureModel;

/// The same a and s without a centre.
class Plain final : public Path::Impl {
 public:
  explicit Plain(Path path) : path_(std::move(path)) {}
  Marginal at(double t) const override { return path_.at(t); }
  double half_log_snr(double t) const override { return path_.half_log_snr(t); }
  double time_of_half_log_snr(double lam) const override { return path_.time_of_half_log_snr(lam); }
  double t_noise() const override { return path_.t_noise(); }
  double t_data() const override { return path_.t_data(); }
  double t_clean() const override { return path_.t_clean(); }
  nlohmann::json json() const override { return {{"kind", "plain"}}; }

 private:
  Path path_;
};
Path plain(const Path& path) { return Path(std::make_shared<Plain>(path)); }

/// D(x, mu, t) = f(x - mu, t) + mu, f the mixture's: what a model of y says about x.
class Shifted : public Model {
 public:
  Shifted(const Path& path, Prediction head, std::vector<std::int64_t> shape = {1})
      : inner_(std::make_shared<MixtureModel>(plain(path), Head{head, .5}, testing::tp1_components(), shape)),
        info_(inner_->info()) {
    info_.path = path;
  }
  const ModelInfo& info() const override { return info_; }
  const std::shared_ptr<MixtureModel>& inner() const { return inner_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    const at::Tensor& mu = conditions.at("centre");
    if (first.defined() && first.numel() == 0) first = x.clone();
    const at::Tensor p = inner_->forward(x - mu, t, {}, call);
    return info_.head.kind == Prediction::data ? p + mu : p;
  }
  mutable at::Tensor first;

 private:
  std::shared_ptr<MixtureModel> inner_;
  ModelInfo info_;
};

/// Says that the data are the centre.
class Settled : public Model {
 public:
  explicit Settled(const Path& path) {
    info_.path = path;
    info_.shape = {3};
    info_.dtype = at::kDouble;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor&, const at::Tensor&, const Conditions& conditions,
                     Call&) const override {
    return conditions.at("centre").clone();
  }

 private:
  ModelInfo info_;
};

struct Kind {
  Form form;
  double eta;
  int order;
  bool legacy = false;  // third order as released, D2 not doubled
};
std::vector<Kind> kinds() {
  std::vector<Kind> out;
  for (const Form form : {Form::data, Form::noise}) {
    for (const int order : {1, 2, 3}) out.push_back({form, 0, order});
    for (const int order : {1, 2}) out.push_back({form, 1, order});
  }
  return out;
}
Recipe recipe_of(const Kind& kind) {
  StepRecipe step;
  step.rule.form = kind.form;
  step.rule.eta = kind.eta;
  step.order = kind.order;
  Recipe recipe;
  recipe.steps.push_back(step);
  return recipe;
}
std::string name_of(const Kind& kind) {
  return fmt::format("{} eta {} order {}", kind.form == Form::data ? "data" : "noise", kind.eta, kind.order);
}

const std::vector<double> kTimes = {100, 83.5, 61, 40, 22, 9, 2};
double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

/// The solvers as their paper writes them, in x and with mu, the third order with its D2 doubled. `most`: the
/// largest |x| on the way, to which rounding is relative.
at::Tensor in_x(const Kind& kind, const Path& path, at::Tensor x, const at::Tensor& mu, std::uint64_t seed,
                const std::function<at::Tensor(const at::Tensor&, double)>& data, double* most) {
  std::vector<at::Tensor> history;  // newest first
  std::vector<double> lams;
  const std::vector<std::uint64_t> ids = [&] {
    std::vector<std::uint64_t> out;
    for (std::int64_t r = 0; r < x.size(0); ++r) out.push_back(static_cast<std::uint64_t>(r));
    return out;
  }();
  *most = 1;
  for (std::size_t i = 0; i + 1 < kTimes.size(); ++i) {
    const Marginal from = path.at(kTimes[i]), to = path.at(kTimes[i + 1]);
    const double lam = std::log(from.a / from.s), h = std::log(to.a / to.s) - lam, a = to.a, s = to.s;
    const double r = to.s / from.s, q = to.a / from.a, g = -std::expm1(-2 * h);
    const at::Tensor d = data(x, kTimes[i]);
    const at::Tensor m0 = kind.form == Form::data ? d : (x - from.a * d - (1 - from.a) * mu) / from.s;
    history.insert(history.begin(), m0);
    lams.insert(lams.begin(), lam);
    const int order = std::min(kind.order, static_cast<int>(history.size()));
    at::Tensor d1 = at::zeros_like(x), d2 = d1;
    if (order >= 2) d1 = (m0 - history[1]) * (h / (lams[0] - lams[1]));
    if (order >= 3) {
      const double r0 = (lams[0] - lams[1]) / h, r1 = (lams[1] - lams[2]) / h;
      const at::Tensor near = (m0 - history[1]) / r0, far = (history[1] - history[2]) / r1;
      d1 = near + r0 / (r0 + r1) * (near - far);
      d2 = (kind.legacy ? 1 : 2) * (near - far) / (r0 + r1);
    }
    const double phi1 = std::expm1(-h), phi2 = phi1 / h + 1, phi3 = phi2 / h - .5;
    const double psi1 = std::expm1(h), psi2 = psi1 / h - 1, psi3 = psi2 / h - .5;
    const at::Tensor z = keyed_normal(seed, Stream::step, ids, static_cast<std::uint32_t>(i),
                                      std::vector<std::int64_t>{1}, at::kDouble);
    if (kind.form == Form::data && kind.eta == 0)
      x = r * x + mu * (1 - r + r * from.a - a) - a * (phi1 * m0 - phi2 * d1 + phi3 * d2);
    else if (kind.form == Form::noise && kind.eta == 0)
      x = q * x + mu * (1 - q) - s * (psi1 * m0 + psi2 * d1 + psi3 * d2);
    else if (kind.form == Form::data)
      x = r * std::exp(-h) * x + mu * (1 - q * std::exp(-2 * h) - a * g) + a * g * m0 +
          a * (1 - g / (2 * h)) * d1 + s * std::sqrt(g) * z;
    else
      x = q * x + mu * (1 - q) - 2 * s * (psi1 * m0 + psi2 * d1) + s * std::sqrt(std::expm1(2 * h)) * z;
    *most = std::max(*most, x.abs().max().item<double>());
  }
  return x;
}

DrawRequest request_for(const ModelPtr& model, const Recipe& recipe, const at::Tensor& noise) {
  DrawRequest request{Field(model)};
  request.plan = compile_plan(recipe, kTimes, model->info().path, model->info().head);
  request.noise = noise;
  request.count = noise.size(0);
  request.seed = 5;
  return request;
}

TEST(Centre, SolversAreThePapersFormulasInX) {
  const Path path = Path::mean_reverting();
  const at::Tensor x = column({.3, -.2, .9, .55}), mu = column({.2, .1, .7, .6});
  for (const Kind& kind : kinds()) {
    const auto model = std::make_shared<Shifted>(path, Prediction::noise);
    DrawRequest request = request_for(model, recipe_of(kind), x);
    request.conditions["centre"] = mu;
    const auto data = [&](const at::Tensor& at_x, double t) {
      Call call;
      const at::Tensor times = at::full({4}, t, at::kDouble);
      const Affine c = to_data({Prediction::noise, .5}, path.at(t));
      return (at_x - mu) * c.of_x + model->forward(at_x, times, {{"centre", mu}}, call) * c.of_p + mu;
    };
    double most = 0;
    const at::Tensor written = in_x(kind, path, x, mu, 5, data, &most);
    EXPECT_LT(largest(draw(request).samples - written), 1e-14 * most) << name_of(kind);
  }
}

// The names that the method's page gives for what the paper and its code call MRS.
TEST(Centre, NamedSolversAreThePapers) {
  const Path path = Path::mean_reverting();
  const at::Tensor x = column({.3, -.2, .9, .55}), mu = column({.2, .1, .7, .6});
  const std::vector<std::pair<const char*, Kind>> named = {
      {"exp", {Form::data, 0, 1}},
      {"dpmpp:variant=heun,lower=0", {Form::data, 0, 2}},
      {"dpmpp:order=3,variant=heun,lower=0", {Form::data, 0, 3}},
      {"dpmpp:order=3,variant=heun,legacy,lower=0", {Form::data, 0, 3, true}},
      {"exp:eta=1", {Form::data, 1, 1}},
      {"dpmpp:variant=heun,eta=1,lower=0", {Form::data, 1, 2}},
      {"exp:prediction=noise", {Form::noise, 0, 1}},
      {"dpm:kind=multi,variant=heun,lower=0", {Form::noise, 0, 2}},
      {"dpm:kind=multi,order=3,variant=heun,lower=0", {Form::noise, 0, 3}}};
  const auto model = std::make_shared<Shifted>(path, Prediction::data);
  const auto data = [&](const at::Tensor& at_x, double t) {
    Call call;
    return model->forward(at_x, at::full({4}, t, at::kDouble), {{"centre", mu}}, call);
  };
  for (const auto& [spec, kind] : named) {
    DrawRequest request = request_for(model, make_recipe(spec), x);
    request.conditions["centre"] = mu;
    double most = 0;
    const at::Tensor written = in_x(kind, path, x, mu, 5, data, &most);
    EXPECT_LT(largest(draw(request).samples - written), 1e-14 * most) << spec;
  }
}

// Every solver of the catalogue too: x(mu) = mu + y, the same noise in both.
TEST(Centre, DrawsAreTheCentrePlusDrawsOfThePlainPath) {
  const Path path = Path::mean_reverting();
  const at::Tensor y = column({.15, -.2, .3}), mu = column({.2, .1, -.7});
  std::vector<Recipe> recipes;
  for (const Kind& kind : kinds()) recipes.push_back(recipe_of(kind));
  for (const std::string& spec : testing::all_specs()) recipes.push_back(make_recipe(spec));
  for (const Prediction head : {Prediction::data, Prediction::noise, Prediction::velocity})
    for (std::size_t i = 0; i < recipes.size(); ++i) {
      const auto model = std::make_shared<Shifted>(path, head);
      DrawRequest centred = request_for(model, recipes[i], y + mu);
      centred.conditions["centre"] = mu;
      const at::Tensor x = draw(centred).samples;
      const at::Tensor plain_y = draw(request_for(model->inner(), recipes[i], y)).samples;
      // Adaptive steps take their length from a small difference, by which roundings grow.
      EXPECT_LT(largest(x - (plain_y + mu)), recipes[i].own.adaptive ? 1e-9 : 5e-14)
          << recipes[i].solver << " " << i << " " << ulam::name_of(head);
    }
}

TEST(Centre, AtZeroWithUnitScaleEveryBitIsThePlainPaths) {
  const Path path = Path::mean_reverting(100, 1);
  const at::Tensor y = column({.15, -.2, .3}), mu = at::zeros_like(y);
  std::vector<Recipe> recipes;
  for (const Kind& kind : kinds()) recipes.push_back(recipe_of(kind));
  for (const std::string& spec : testing::all_specs()) recipes.push_back(make_recipe(spec));
  for (const Recipe& recipe : recipes) {
    const auto model = std::make_shared<Shifted>(path, Prediction::data);
    DrawRequest centred = request_for(model, recipe, y);
    centred.conditions["centre"] = mu;
    EXPECT_TRUE(at::equal(draw(centred).samples, draw(request_for(model->inner(), recipe, y)).samples))
        << recipe.solver;
  }
}

// A prior drawn as S z without mu would pass every test that gives its own start.
TEST(Centre, TheStartIsTheCentrePlusNoise) {
  const Path path = Path::mean_reverting();
  const auto model = std::make_shared<Shifted>(path, Prediction::data, std::vector<std::int64_t>{2});
  model->first = at::empty({0});
  DrawRequest request{Field(model)};
  request.steps = 3;
  request.count = 3;
  request.seed = 8;
  request.conditions["centre"] = at::arange(6, at::kDouble).reshape({3, 2});
  draw(request);
  const std::vector<std::uint64_t> ids{0, 1, 2};
  const at::Tensor z = keyed_normal(8, Stream::start, ids, 0, std::vector<std::int64_t>{2}, at::kDouble);
  EXPECT_LT(largest(model->first - (request.conditions["centre"] + z * path.at(100).s)), 1e-15);
}

TEST(Centre, RowsOfOneBatchAreTheSameAsSeparateDraws) {
  const auto model = std::make_shared<Shifted>(Path::mean_reverting(), Prediction::data);
  const at::Tensor mu = column({.2, .1, -.7, 3, -2});
  for (const char* solver : {"ddim", "ddpm", "heun"}) {
    DrawRequest request{Field(model, 2)};
    request.solver = solver;
    request.steps = 6;
    request.count = 5;
    request.batch = 3;
    request.conditions["centre"] = mu;
    const at::Tensor all = draw(request).samples;
    for (std::int64_t r = 0; r < 5; ++r) {
      DrawRequest one{Field(model)};
      one.solver = solver;
      one.steps = 6;
      one.ids = {static_cast<std::uint64_t>(r)};
      one.conditions["centre"] = mu.narrow(0, r, 1);
      EXPECT_TRUE(at::equal(draw(one).samples[0], all[r])) << solver << r;
    }
  }
}

ProblemPtr restoration(double shift) {
  nlohmann::json j = {{"problem", "mixture"},     {"means", {{.3 + shift}, {.7 + shift}}},
                      {"variances", {.01, .004}}, {"weights", {.5, .5}},
                      {"path", "mean_reverting"}, {"centre_noise", .25},
                      {"head", "noise"}};
  return problem_from_json(j, "test.json", "");
}

// Moving the data and the centre by a vector moves the samples by it.
TEST(Centre, ShiftsOfDataAndCentreShiftTheSamples) {
  const at::Tensor mu = column({.2, .9, .5, .3});
  for (const char* solver : {"ddim", "ddpm", "heun"}) {
    const auto run = [&](double shift) {
      DrawRequest request{Field(restoration(shift))};
      request.solver = solver;
      request.steps = 8;
      request.count = 4;
      request.conditions["centre"] = mu + shift;
      return draw(request).samples;
    };
    EXPECT_LT(largest(run(10) - run(0) - 10), 1e-11) << solver;
  }
}

// A mu that does not cancel shows here: x - mu is the start's noise shrunk by s_t / s_T, whatever mu is.
TEST(Centre, AModelThatSaysTheCentreLeavesShrinkingNoiseAroundIt) {
  const Path path = Path::mean_reverting();
  const auto model = std::make_shared<Settled>(path);
  const at::Tensor mu = at::tensor({.4, -7., 30.}, at::kDouble).reshape({1, 3});
  const at::Tensor noise = at::tensor({-.1, .2, .05}, at::kDouble).reshape({1, 3});
  for (const Kind& kind : kinds()) {
    DrawRequest request = request_for(model, recipe_of(kind), mu + noise);
    request.conditions["centre"] = mu;
    const at::Tensor x = draw(request).samples;
    if (kind.eta == 0) {
      EXPECT_LT(largest(x - mu - noise * (path.at(2).s / path.at(100).s)), 1e-13) << name_of(kind);
    }
    DrawRequest other = request_for(model, recipe_of(kind), mu + noise - mu);  // with the same rounding
    other.conditions["centre"] = mu * 0;
    EXPECT_LT(largest(x - mu - draw(other).samples), 2e-14) << name_of(kind);
  }
  DrawRequest whole{Field(model)};
  whole.steps = 4;
  whole.conditions["centre"] = mu;
  EXPECT_TRUE(at::equal(draw(whole).samples, mu));
}

// What a caller sees half way must be the data, not their distance to the centre; and an img2img start is a
// picture.
TEST(Centre, PeeksAndPicturesAreInX) {
  const Path path = Path::mean_reverting();
  const at::Tensor mu = column({5, -3});
  for (const Prediction head : {Prediction::data, Prediction::noise}) {
    const auto model = std::make_shared<Shifted>(path, head);
    const SolverProcess process(make_plan("ddim", "time", 10, path, model->info().head), Field(model));
    const std::vector<std::uint64_t> ids{0, 1};
    State state = process.start(ids, {{"centre", mu}});
    Ledger ledger;
    for (int i = 0; i < 9; ++i) process.step(state, ledger, {});
    const at::Tensor seen = process.peek(state, ledger, {});
    process.step(state, ledger, {});
    EXPECT_LT(largest(seen - (state.x + mu)), 1e-14);  // the last step jumps to D
    DrawRequest request{Field(model)};
    request.steps = 10;
    request.picture = mu + column({.4, -1.});
    request.count = 2;
    request.entry = 9;
    request.conditions["centre"] = mu;
    EXPECT_LT(largest(draw(request).samples - request.picture), .2);
  }
}

TEST(Centre, MissingOrBadCentresAreRefusedBeforeAnyEvaluation) {
  const auto model = std::make_shared<Shifted>(Path::mean_reverting(), Prediction::data);
  const auto text = [&](const std::function<void(DrawRequest&)>& change) {
    DrawRequest request{Field(model)};
    change(request);
    return error_text([&] { draw(request); });
  };
  const auto has = [](const std::string& s, const char* part) { return s.find(part) != std::string::npos; };
  EXPECT_TRUE(has(text([](auto&) {}), "give the condition \"centre\""));
  EXPECT_TRUE(has(text([](auto& r) { r.conditions["centre"] = at::zeros({1, 2}); }), "[1, 2]"));
  EXPECT_TRUE(has(text([](auto& r) { r.conditions["centre"] = at::zeros({2, 1}); }), "1 rows needed"));
  EXPECT_TRUE(has(text([](auto& r) { r.conditions["centre"] = column({std::nan("")}); }), "finite"));
  EXPECT_TRUE(has(text([](auto& r) { r.conditions["centre"] = at::zeros({1, 1}, at::kLong); }), "finite"));
  EXPECT_EQ(model->inner()->calls, 0);
}

}  // namespace
}  // namespace ulam::centre_test
