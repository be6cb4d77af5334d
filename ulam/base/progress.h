#pragma once
// How long work talks to its caller: progress sinks, cancel tokens, an injected clock. The library never prints.
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace ulam {

struct Progress {
  std::string what;          // "drawing", "training"
  std::int64_t done = 0;     // units finished
  std::int64_t total = 0;    // 0 when unknown
  std::string unit;          // "evaluations", "steps"
  std::string note;          // "loss 0.213"
};
using ProgressSink = std::function<void(const Progress&)>;

/// Set by a signal handler or another thread; long loops look at it at step boundaries.
class CancelToken {
 public:
  void cancel() noexcept { flag_.store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return flag_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> flag_{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
};

/// Seconds from an arbitrary origin; the command line injects a monotonic clock, tests a fake one, default none.
using Clock = std::function<double()>;

/// What every long call takes. All members optional; a value, cheap to copy.
struct Watch {
  ProgressSink progress;
  const CancelToken* cancel = nullptr;
  Clock clock;

  void report(const Progress& p) const {
    if (progress) progress(p);
  }
  bool cancelled() const { return cancel != nullptr && cancel->cancelled(); }
  double now() const { return clock ? clock() : 0.0; }
};

}  // namespace ulam
