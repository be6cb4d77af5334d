#pragma once
// Progress for people (a bar with the time left) or for programs (a JSON line a second).
#include <cstdio>
#include <string>

#include "ulam/base/progress.h"

namespace ulam::cli {

/// Seconds of a clock that never jumps back: what the command injects into the library.
double monotonic_seconds();

enum class ProgressStyle { none, bar, lines };

/// A bar on a terminal, JSON lines otherwise, nothing when quiet.
ProgressStyle progress_style(bool quiet, std::FILE* stream);

/// "drawing  [#######.......]  50 %  576/1152 evaluations  4.2 s left  note"
std::string bar_text(const Progress& progress, double seconds);
/// {"progress":"drawing","done":576,"total":1152,"unit":"evaluations","seconds":4.2,"left":4.2,"note":""}
std::string line_text(const Progress& progress, double seconds);
/// "850 ms", "4.2 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

/// Writes to `stream` at most ten bars or one line a second, and always the last state.
class ProgressView {
 public:
  ProgressView(ProgressStyle style, std::FILE* stream, Clock clock);
  ~ProgressView();
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;

  void show(const Progress& progress);
  /// Removes the bar, so that what follows starts on a clean line.
  void finish();
  /// Says one line without disturbing the bar.
  void say(const std::string& line);

 private:
  ProgressStyle style_;
  std::FILE* stream_;
  Clock clock_;
  double started_, last_ = -1e9;
  bool drawn_ = false;
};

}  // namespace ulam::cli
