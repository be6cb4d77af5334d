#include "ulam/path/prediction.h"

#include <array>
#include <cmath>
#include <limits>

#include "ulam/base/catalogue.h"
#include "ulam/base/error.h"

namespace ulam {
namespace {

struct Name {
  Prediction kind;
  const char* name;
};
constexpr std::array<Name, 6> kNames = {{{Prediction::data, "data"},
                                         {Prediction::noise, "noise"},
                                         {Prediction::velocity, "velocity"},
                                         {Prediction::flow, "flow"},
                                         {Prediction::score, "score"},
                                         {Prediction::edm, "edm"}}};

[[noreturn]] void no_limit(const char* wanted, const Head& head, const char* limit) {
  fail(ErrorKind::numeric, std::string("prediction ") + name_of(head.kind), "{} does not exist where {} = 0",
       wanted, limit);
}

/// a ds - s da > 0: how fast noise replaces data. Where s = 0 on paths with s' = infinity it is infinite.
double turn(const Marginal& m) { return m.a * m.ds - m.s * m.da; }

}  // namespace

Prediction parse_prediction(const std::string& name, const std::string& place) {
  std::vector<std::string> valid;
  for (const Name& n : kNames) {
    if (name == n.name) return n.kind;
    valid.emplace_back(n.name);
  }
  if (name == "x0" || name == "sample") return Prediction::data;
  if (name == "eps" || name == "epsilon") return Prediction::noise;
  if (name == "v" || name == "v_prediction") return Prediction::velocity;
  if (name == "u") return Prediction::flow;
  fail_unknown(place, name, valid);
}

const char* name_of(Prediction prediction) {
  for (const Name& n : kNames)
    if (n.kind == prediction) return n.name;
  return "unknown";
}

Affine to_data(const Head& head, const Marginal& m) {
  // At s = 0 the state is a x0 itself, whatever the network says.
  if (m.s == 0 && head.kind != Prediction::data) return {1 / m.a, 0};
  switch (head.kind) {
    case Prediction::data:
      return {0, 1};
    case Prediction::noise:
      if (m.a == 0) no_limit("the data estimate", head, "a");
      return {1 / m.a, -m.s / m.a};
    case Prediction::velocity: {
      const double n = m.s / m.scale, norm = m.a * m.a + n * n;
      return {m.a / norm, -n / norm};
    }
    case Prediction::flow: {
      const double w = turn(m);
      if (w == 0) no_limit("the data estimate", head, "a s' - s a'");
      return {m.ds / w, -m.s / w};
    }
    case Prediction::score:
      if (m.a == 0) no_limit("the data estimate", head, "a");
      return {1 / m.a, m.s * m.s / m.a};
    case Prediction::edm: {
      const double norm = std::hypot(m.s, m.a * head.sigma_data);
      return {(head.sigma_data / norm) * (head.sigma_data / norm) * m.a, m.s * head.sigma_data / norm};
    }
  }
  fail(ErrorKind::option, "prediction", "unknown kind");
}

Affine to_noise(const Head& head, const Marginal& m) {
  switch (head.kind) {
    case Prediction::data:
      if (m.s == 0) no_limit("the noise", head, "s");
      return {1 / m.s, -m.a / m.s};
    case Prediction::noise:
      return {0, 1};
    case Prediction::velocity: {
      const double n = m.s / m.scale, norm = m.scale * (m.a * m.a + n * n);
      return {n / norm, m.a / norm};
    }
    case Prediction::flow: {
      const double w = turn(m);
      if (!std::isfinite(w)) no_limit("the noise", head, "s");
      if (w == 0) no_limit("the noise", head, "a s' - s a'");
      return {-m.da / w, m.a / w};
    }
    case Prediction::score:
      if (m.s == 0) no_limit("the noise", head, "s");
      return {0, -m.s};
    case Prediction::edm: {
      const double norm = std::hypot(m.s, m.a * head.sigma_data);
      return {m.s / (norm * norm), -m.a * head.sigma_data / norm};
    }
  }
  fail(ErrorKind::option, "prediction", "unknown kind");
}

Affine from_data(const Head& head, const Marginal& m) {
  if (head.kind == Prediction::data) return {0, 1};
  if (m.s == 0) no_limit("the prediction from the data estimate", head, "s");
  switch (head.kind) {
    case Prediction::noise:
      return {1 / m.s, -m.a / m.s};
    case Prediction::velocity: {
      const double n = m.s / m.scale;
      return {m.a / n, -(m.a * m.a + n * n) / n};
    }
    case Prediction::flow:
      return {m.ds / m.s, -turn(m) / m.s};
    case Prediction::score:
      return {-1 / (m.s * m.s), m.a / (m.s * m.s)};
    case Prediction::edm: {
      const double norm = std::hypot(m.s, m.a * head.sigma_data);
      return {-m.a * head.sigma_data / (m.s * norm), norm / (m.s * head.sigma_data)};
    }
    default:
      fail(ErrorKind::option, "prediction", "unknown kind");
  }
}

EdmInput edm_input(double sigma_data, const Marginal& m) {
  return {1 / std::hypot(m.s, m.a * sigma_data), 0.25 * (std::log(m.s) - std::log(m.a))};
}

}  // namespace ulam
