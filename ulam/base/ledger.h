#pragma once
// What was spent. Unit: one evaluation = one row through one network.
#include <cstdint>
#include <limits>
#include <string>

namespace ulam {

/// Plain counts; a value. `evaluations` includes rejected and recomputed rows; padding and lost retries are
/// apart.
struct Spent {
  std::int64_t evaluations = 0;
  double flops = 0;
  std::int64_t gradients = 0;
  std::int64_t rewards = 0;
  std::int64_t tokens = 0;
  std::int64_t padding = 0;
  std::int64_t lost = 0;
  double network_seconds = 0;  // wall time inside model calls, from the injected clock
  double seconds = 0;          // wall time of the whole work

  Spent& operator+=(const Spent& other);
};

/// A ledger with an optional hard cap on evaluations. Work is reserved before it starts.
class Ledger {
 public:
  static constexpr std::int64_t no_cap = std::numeric_limits<std::int64_t>::max();
  explicit Ledger(std::int64_t cap = no_cap);

  /// Reserves `evaluations`; throws Error(budget) naming `place` when the cap does not allow them.
  void reserve(std::int64_t evaluations, const char* place);
  /// How many samples of `evaluations_each` the remaining cap allows, at most `wanted`.
  std::int64_t affordable(std::int64_t wanted, std::int64_t evaluations_each) const;
  /// Charges real work; draws first on what was reserved. Throws Error(budget) when that would pass the cap.
  void charge(const Spent& work);
  /// Gives back reserved but unused evaluations.
  void release(std::int64_t evaluations);

  const Spent& spent() const { return spent_; }
  std::int64_t cap() const { return cap_; }
  std::int64_t reserved() const { return reserved_; }
  std::int64_t left() const;

 private:
  std::int64_t cap_;
  std::int64_t reserved_ = 0;
  Spent spent_;
};

}  // namespace ulam
