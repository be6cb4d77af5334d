#pragma once
// Times on a machine that others may share: medians over interleaved pairs, one run of each side after the
// other.
#include <functional>
#include <vector>

namespace ulam::bench {

/// Processor time of this thread: what other programs take away does not count.
double thread_seconds();
/// Wall time from an arbitrary origin.
double wall_seconds();
/// The middle value (the upper of two). At least one value.
double median(std::vector<double> values);

/// Medians of the seconds of a side, and of the quotient ours / theirs within a pair.
struct Pair {
  double ours, theirs, ratio;
};
/// Pairs of single-threaded work in thread_seconds for about `budget` seconds, at least 15 of them; short
/// work is repeated until a side lasts 200 microseconds.
Pair interleaved(const std::function<void()>& ours, const std::function<void()>& theirs, double budget = 0.4);
/// A given number of pairs in wall_seconds, for work on several threads.
Pair interleaved_wall(const std::function<void()>& ours, const std::function<void()>& theirs, int pairs);

}  // namespace ulam::bench
