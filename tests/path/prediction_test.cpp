#include "ulam/path/prediction.h"

#include "tests/path/paths.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::prediction_test {
namespace {

const std::vector<Head> kHeads = {
    {Prediction::data, 0.5},  {Prediction::noise, 0.5}, {Prediction::velocity, 0.5}, {Prediction::flow, 0.5},
    {Prediction::score, 0.5}, {Prediction::edm, 0.5},   {Prediction::edm, 3.0}};

constexpr double kD = 0.37, kEps = -1.21;

/// What a perfect network would answer at x = a D + s eps, by definition of each head.
double definition(const Head& head, const Marginal& m) {
  switch (head.kind) {
    case Prediction::data:
      return kD;
    case Prediction::noise:
      return kEps;
    case Prediction::velocity:
      return m.scale * m.a * kEps - m.s / m.scale * kD;
    case Prediction::flow:
      return m.da * kD + m.ds * kEps;
    case Prediction::score:
      return -kEps / m.s;
    case Prediction::edm: {
      // D = c_skip x/a + c_out F multiplied out, which also holds where a = 0 (and gives -eps where s = 0).
      const double sd = head.sigma_data;
      return (m.s * kD - m.a * sd * sd * kEps) / (sd * std::sqrt(m.s * m.s + m.a * m.a * sd * sd));
    }
  }
  return 0;
}

/// Calls f; false when it throws, which only an end may do.
template <typename F>
bool exists(F f, Affine* out) {
  try {
    *out = f();
    return true;
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::numeric);
    return false;
  }
}

TEST(Prediction, EveryHeadOnEveryPathAgreesWithItsDefinition) {
  for (const Path& p : all_paths())
    for (double t : times_of(p))
      for (const Head& head : kHeads) {
        const Marginal m = p.at(t);
        const double x = m.a * kD + m.s * kEps, answer = definition(head, m);
        const std::string where =
            p.json().dump().substr(0, 90) + " t=" + std::to_string(t) + " " + name_of(head.kind);
        if (!std::isfinite(answer)) {
          EXPECT_EQ(m.s, 0) << where;
          continue;
        }
        Affine c;
        if (exists([&] { return to_data(head, m); }, &c)) {
          // Rounding of x and of the answer is magnified by the scalars themselves.
          const double scale = std::abs(c.of_x * x) + std::abs(c.of_p * answer) + 1;
          EXPECT_NEAR(c.of_x * x + c.of_p * answer, kD, 1e-12 * scale) << where;
        } else {
          EXPECT_EQ(m.a, 0) << where;
        }
        if (exists([&] { return to_noise(head, m); }, &c)) {
          const double scale = std::abs(c.of_x * x) + std::abs(c.of_p * answer) + 1;
          EXPECT_NEAR(c.of_x * x + c.of_p * answer, kEps, 1e-12 * scale) << where;
        } else {
          EXPECT_EQ(m.s, 0) << where;
        }
        if (exists([&] { return from_data(head, m); }, &c)) {
          const double scale = std::abs(c.of_x * x) + std::abs(c.of_p * kD) + 1;
          EXPECT_NEAR(c.of_x * x + c.of_p * kD, answer, 1e-12 * scale) << where;
        } else {
          EXPECT_EQ(m.s, 0) << where;
        }
      }
}

TEST(Prediction, EdmHeadIsKarrasEquationSeven) {
  const double sigma = 1.7, sd = 0.5, f = 0.31, x = 2.2;
  const double skip = sd * sd / (sigma * sigma + sd * sd),
               out = sigma * sd / std::sqrt(sigma * sigma + sd * sd);
  const Affine c = to_data({Prediction::edm, sd}, Path::edm().at(sigma));
  EXPECT_NEAR(c.of_x * x + c.of_p * f, skip * x + out * f, 1e-15);
  const EdmInput in = edm_input(sd, Path::edm().at(sigma));
  EXPECT_NEAR(in.c_in, 1 / std::sqrt(sigma * sigma + sd * sd), 1e-16);
  EXPECT_NEAR(in.c_noise, std::log(sigma) / 4, 1e-16);
}

// The same network on another path: its input must be c_in x/a whatever the path's own scale.
TEST(Prediction, EdmInputFoldsTheScaleOfThePath) {
  const Marginal m = Path::vp().at(0.4);
  const double sigma = m.s / m.a;
  EXPECT_NEAR(edm_input(0.5, m).c_in, 1 / (m.a * std::sqrt(sigma * sigma + 0.25)), 1e-14);
  EXPECT_NEAR(edm_input(0.5, m).c_noise, std::log(sigma) / 4, 1e-15);
}

TEST(Prediction, VelocityAtPureNoiseGivesMinusV) {
  const Affine c = to_data({Prediction::velocity}, Path::discrete(linear_betas(10), true).at(9));
  EXPECT_EQ(c.of_x, 0);
  EXPECT_EQ(c.of_p, -1);
}

TEST(Prediction, FlowAtPureNoiseGivesXMinusU) {
  const Affine c = to_data({Prediction::flow}, Path::flow().at(1));
  EXPECT_EQ(c.of_x, 1);
  EXPECT_EQ(c.of_p, -1);
}

TEST(Prediction, CleanStateIsItsOwnDataForEveryHead) {
  for (const Head& head : kHeads) {
    if (head.kind == Prediction::data) continue;
    const Affine c = to_data(head, Path::vp().at(0));
    EXPECT_EQ(c.of_x, 1);
    EXPECT_EQ(c.of_p, 0);
  }
}

TEST(Prediction, MissingLimitsAreNamed) {
  const Marginal noise = Path::flow().at(1), data = Path::flow().at(0);
  const auto has = [](const std::string& s, const char* part) { return s.find(part) != std::string::npos; };
  EXPECT_TRUE(has(sentence_of([&] { to_data({Prediction::noise}, noise); }), "where a = 0"));
  EXPECT_TRUE(has(sentence_of([&] { to_data({Prediction::score}, noise); }), "where a = 0"));
  EXPECT_TRUE(has(sentence_of([&] { to_noise({Prediction::data}, data); }), "where s = 0"));
  EXPECT_TRUE(has(sentence_of([&] { to_noise({Prediction::score}, data); }), "where s = 0"));
  EXPECT_TRUE(has(sentence_of([&] { to_noise({Prediction::flow}, Path::vp().at(0)); }), "where s = 0"));
  for (Prediction kind :
       {Prediction::noise, Prediction::velocity, Prediction::flow, Prediction::score, Prediction::edm})
    EXPECT_TRUE(has(sentence_of([&] { from_data({kind}, data); }), "where s = 0"));
}

TEST(Prediction, NamesRoundTripAndUnknownOnesListTheValid) {
  for (const Head& head : kHeads) EXPECT_EQ(parse_prediction(name_of(head.kind), "test"), head.kind);
  EXPECT_EQ(parse_prediction("epsilon", "test"), Prediction::noise);
  EXPECT_NE(sentence_of([] { parse_prediction("velosity", "model.json"); }).find("velocity"),
            std::string::npos);
}

}  // namespace
}  // namespace ulam::prediction_test
