#include "ulam/path/path.h"

#include "tests/path/paths.h"
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"

namespace ulam::path_test {
namespace {

// A wrong da or ds would pass every sampling test that uses a and s only; they are the flow head and the ODE.
TEST(Path, DerivativesAgreeWithCentralDifferences) {
  for (const Path& p : all_paths())
    for (double f : {0.01, 0.2003, 0.5007, 0.9, 0.99}) {
      const double span = p.t_noise() - p.t_data(), t = p.t_data() + f * span,
                   h = 1e-5 * std::min(t, p.t_noise() - t);
      const Marginal lo = p.at(t - h), hi = p.at(t + h), m = p.at(t);
      EXPECT_NEAR((hi.a - lo.a) / (2 * h), m.da, 2e-6 * (1 + std::abs(m.da))) << p.json() << t;
      EXPECT_NEAR((hi.s - lo.s) / (2 * h), m.ds, 2e-6 * (1 + std::abs(m.ds))) << p.json() << t;
    }
}

// Log-SNR is what exponential solvers see: it must be log(a/s), fall strictly, and invert.
TEST(Path, HalfLogSnrIsLogOfAOverSAndFalls) {
  for (const Path& p : all_paths()) {
    double before = std::numeric_limits<double>::infinity();
    for (double t : times_of(p)) {
      const Marginal m = p.at(t);
      const double lam = p.half_log_snr(t), direct = std::log(m.a) - std::log(m.s);
      if (std::isfinite(direct)) {
        EXPECT_NEAR(lam, direct, 1e-12 * (1 + std::abs(lam))) << p.json() << t;
      } else {
        EXPECT_EQ(lam, direct) << p.json() << t;
      }
      if (t > p.t_data()) {
        EXPECT_LT(lam, before) << p.json() << t;
      }
      before = lam;
    }
  }
}

TEST(Path, TimeOfHalfLogSnrInvertsTo1e13) {
  for (const Path& p : all_paths())
    for (double t : times_of(p)) {
      const double back = p.time_of_half_log_snr(p.half_log_snr(t));
      // Where noise is left at t = 0 (tables, ve), log-SNR resolves t to parts of one index or of the unit
      // interval only.
      const bool noisy_zero = p.t_data() == 0 && p.at(0).s > 0;
      const double scale = noisy_zero ? std::max(1.0, t) : t;
      EXPECT_NEAR(back, t, 1e-13 * scale) << p.json();
      EXPECT_NEAR(p.time_of_rho(p.rho(t)), t, 2e-13 * scale) << p.json();
    }
}

TEST(Path, InverseIsClampedToTheEnds) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const Path& p : all_paths()) {
    EXPECT_EQ(p.time_of_half_log_snr(inf), p.t_data()) << p.json();
    EXPECT_EQ(p.time_of_half_log_snr(-inf), p.t_noise()) << p.json();
    EXPECT_EQ(p.time_of_half_log_snr(800), p.t_data()) << p.json();
    EXPECT_EQ(p.time_of_half_log_snr(-800), p.t_noise()) << p.json();
  }
}

TEST(Path, CleanTimeHasNoNoiseAndFullSignal) {
  for (const Path& p : all_paths()) {
    if (std::isnan(p.t_clean())) continue;
    EXPECT_EQ(p.at(p.t_clean()).s, 0) << p.json();
    EXPECT_EQ(p.at(p.t_clean()).a, 1) << p.json();
    EXPECT_LE(p.t_clean(), p.t_data());
    EXPECT_LT(p.t_data(), p.t_noise());
  }
}

TEST(Path, TimesOutsideAreRefusedWithTheRange) {
  for (const Path& p : all_paths()) {
    EXPECT_THROW(p.at(std::nan("")), Error);
    EXPECT_THROW(p.at(-2), Error);
    EXPECT_THROW(p.half_log_snr(-2), Error);
  }
  EXPECT_NE(sentence_of([] { Path::flow().at(1.5); }).find("time 1.5 is outside 0 .. 1"), std::string::npos);
}

TEST(Path, JsonRoundTripKeepsEveryCoefficient) {
  for (const Path& p : all_paths()) {
    const Path q = Path::from_json(nlohmann::json::parse(p.json().dump()), "test");
    EXPECT_EQ(p.json(), q.json());
    for (double t : times_of(p)) {
      EXPECT_EQ(p.at(t).a, q.at(t).a);
      EXPECT_EQ(p.at(t).s, q.at(t).s);
    }
  }
}

TEST(Path, SpecStringEqualsJson) {
  EXPECT_EQ(Path::from_spec("edm:sigma_max=20", "test").json(), Path::edm(0.002, 20).json());
  EXPECT_EQ(Path::from_spec("flow", "test").json(), Path::flow().json());
  const Path p = Path::from_spec("discrete:schedule=scaled_linear,beta_start=0.00085,beta_end=0.012", "test");
  EXPECT_EQ(p.at(999).a, Path::discrete(scaled_linear_betas(1000)).at(999).a);
}

// One row a rule: each bad description is one sentence that names the place and what is wrong.
TEST(Path, BadDescriptionsAreOneClearSentence) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"[]", "JSON object"},
      {"{}", "\"kind\""},
      {R"({"kind": 3})", "\"kind\""},
      {R"({"kind": "edn"})", "edm"},
      {R"({"kind": "edm", "sigma_maks": 3})", "sigma_max"},
      {R"({"kind": "edm", "sigma_max": "many"})", "sigma_max"},
      {R"({"kind": "edm", "sigma_max": [1]})", "sigma_max"},
      {R"({"kind": "edm", "sigma_max": -1})", "sigma_max"},
      {R"({"kind": "edm", "sigma_min": 5, "sigma_max": 2})", "not above"},
      {R"({"kind": "ve", "sigma_min": 5, "sigma_max": 2})", "not above"},
      {R"({"kind": "cosine", "t_data": 0.9, "t_noise": 0.5})", "not above"},
      {R"({"kind": "vp", "beta_min": 5, "beta_max": 2})", "beta_max"},
      {R"({"kind": "flow", "shift": 0})", "shift"},
      {R"({"kind": "mean_reverting", "scale": 0})", "scale"},
      {R"({"kind": "mean_reverting", "end": 1})", "end"},
      {R"({"kind": "mean_reverting", "steps": 0})", "steps"},
      {R"({"kind": "mean_reverting", "schedule": "cosinus"})", "cosine"},
      {R"({"kind": "discrete", "schedule": "lin"})", "linear"},
      {R"({"kind": "discrete", "steps": 1})", "steps"},
      {R"({"kind": "discrete", "betas": 3})", "list of numbers"},
      {R"({"kind": "discrete", "betas": []})", "empty"},
      {R"({"kind": "discrete", "betas": [0.1]})", "at least 2"},
      {R"({"kind": "discrete", "betas": [0.1, "x"]})", "betas[1]"},
      {R"({"kind": "discrete", "betas": [0.1, 1.5]})", "betas[1] = 1.5"},
      {R"({"kind": "discrete", "betas": [1, 0.5]})", "betas[0] = 1"},
      {R"({"kind": "discrete", "betas": [0.1, 0.2], "steps": 2})", "steps"},
      {R"({"kind": "discrete", "betas": [0.1, 0.2], "zero_terminal_snr": 1})", "true or false"}};
  for (const auto& [text, part] : rows) {
    const std::string sentence =
        sentence_of([&] { Path::from_json(nlohmann::json::parse(text), "model.json"); });
    EXPECT_NE(sentence.find(part), std::string::npos) << text << " -> " << sentence;
  }
  EXPECT_THROW(Path(nullptr), Error);
}

}  // namespace
}  // namespace ulam::path_test
