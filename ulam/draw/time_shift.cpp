#include "ulam/draw/time_shift.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/draw/row_figures.h"
#include "ulam/draw/state.h"

namespace ulam {
namespace {

constexpr int usual_size = 1000;
constexpr double infinite = std::numeric_limits<double>::infinity();

}  // namespace

TimeTable::TimeTable(const Path& path) {
  const int size = path.table_size() > 0 ? path.table_size() : usual_size;
  logarithmic_ = path.json().value("kind", "") == "edm";
  const auto scale = [&](double t) { return logarithmic_ ? std::log(t) : t; };
  least_ = path.table_size() > 0 ? 0 : scale(path.t_data());
  width_ = path.table_size() > 0 ? 1 : (scale(path.t_noise()) - least_) / (size - 1);
  for (int k = 0; k < size; ++k) {
    const double at = least_ + k * width_;
    const double t = k == size - 1 ? path.t_noise() : logarithmic_ ? std::exp(at) : at;
    times_.push_back(std::min(t, path.t_noise()));
    marginals_.push_back(path.at(times_.back()));
  }
}

double TimeTable::position(double t) const {
  if (!logarithmic_) return (t - least_) / width_;
  return t > 0 ? (std::log(t) - least_) / width_ : -1;
}

TimeShiftRows::TimeShiftRows(const Plan& plan) : path_(plan.path), times_(plan.times), table_(plan.path) {
  if (!plan.own.shift) fail(ErrorKind::option, "timeshift", "the plan '{}' has none", plan.solver);
  shift_ = *plan.own.shift;
}

void TimeShiftRows::begin(State&) const {}

double TimeShiftRows::best(double variance, double time, double low, double high) const {
  const auto miss = [&](const Marginal& m) {
    return std::abs(variance - m.s * m.s - m.a * m.a * shift_.data_variance);
  };
  const double centre = table_.position(time);
  const int first = std::max(0, static_cast<int>(std::ceil(centre - shift_.window / 2)));
  const int last = std::min(table_.size() - 1, static_cast<int>(std::floor(centre + shift_.window / 2)));
  double found = time, least = miss(path_.at(time)), way = 0;
  for (int k = first; k <= last; ++k) {
    const double t = table_.time(k), off = std::abs(k - centre), value = miss(table_.marginal(k));
    if (!(t > low && t < high)) continue;
    if (value < least || (value == least && off < way)) found = t, least = value, way = off;
  }
  return found;
}

StepTimes TimeShiftRows::next(const StepTimes& done, int level, double variance) const {
  const int steps = static_cast<int>(times_.size()) - 1;
  const auto time = [&](int l) { return times_[static_cast<std::size_t>(l)]; };
  if (level >= steps || level < 1) return {};
  const double from = time(level), to = time(level + 1);
  const bool late = table_.position(from) <= shift_.cutoff * table_.size();
  const double reached = shift_.mode == TimeShift::Mode::target && done.own() ? done.to : from;
  StepTimes out{from, to, reached, from};
  if (!late) switch (shift_.mode) {
      case TimeShift::Mode::paper:
        out.from = out.asked = best(variance, from, to, done.own() ? done.from : time(level - 1));
        break;
      case TimeShift::Mode::target:
        if (level + 1 < steps) out.to = best(variance, to, time(level + 2), from);
        break;
      case TimeShift::Mode::evaluate:
        out.asked = best(variance, from, -infinite, infinite);
        break;
    }
  return out == StepTimes::plain(from, to) ? StepTimes{} : out;
}

std::vector<bool> TimeShiftRows::advance(State& state) const {
  const std::vector<double> variances = row_variances(state.x);
  std::vector<StepTimes> next_times;
  bool any = false;
  for (std::size_t r = 0; r < state.ids.size(); ++r) {
    const StepTimes done = state.times.empty() ? StepTimes{} : state.times[r];
    next_times.push_back(next(done, state.level[r], variances[r]));
    any = any || next_times.back().own();
  }
  if (any)
    state.times = std::move(next_times);
  else
    state.times.clear();
  return {};
}

}  // namespace ulam
