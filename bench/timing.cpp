#include "bench/timing.h"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace ulam::bench {
namespace {

Pair pairs_of(const std::function<double(bool ours)>& side, int pairs) {
  std::vector<double> ours, theirs, ratios;
  for (int p = 0; p < pairs; ++p) {
    const bool first = p % 2 == 0;
    const double a = side(first), b = side(!first);
    ours.push_back(first ? a : b);
    theirs.push_back(first ? b : a);
    ratios.push_back(ours.back() / theirs.back());
  }
  return {median(ours), median(theirs), median(ratios)};
}

}  // namespace

double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Pair interleaved(const std::function<void()>& ours, const std::function<void()>& theirs, double budget) {
  const auto seconds_of = [](const std::function<void()>& work, int repeats) {
    const double start = thread_seconds();
    for (int i = 0; i < repeats; ++i) work();
    return (thread_seconds() - start) / repeats;
  };
  const double once = std::max({seconds_of(ours, 1), seconds_of(theirs, 1), 1e-9});
  const int repeats = std::max(1, static_cast<int>(200e-6 / once));
  const int pairs = std::clamp(static_cast<int>(budget / (2 * repeats * once)), 15, 401);
  return pairs_of([&](bool mine) { return seconds_of(mine ? ours : theirs, repeats); }, pairs);
}

Pair interleaved_wall(const std::function<void()>& ours, const std::function<void()>& theirs, int pairs) {
  return pairs_of(
      [&](bool mine) {
        const double start = wall_seconds();
        (mine ? ours : theirs)();
        return wall_seconds() - start;
      },
      pairs);
}

}  // namespace ulam::bench
