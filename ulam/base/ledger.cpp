#include "ulam/base/ledger.h"

#include <algorithm>

#include "ulam/base/error.h"

namespace ulam {
namespace {

void refuse_negative(std::int64_t n, const char* place) {
  if (n < 0) fail(ErrorKind::option, place, "{} evaluations asked for, must be at least 0", n);
}

}  // namespace

Spent& Spent::operator+=(const Spent& other) {
  evaluations += other.evaluations;
  flops += other.flops;
  gradients += other.gradients;
  rewards += other.rewards;
  tokens += other.tokens;
  padding += other.padding;
  lost += other.lost;
  network_seconds += other.network_seconds;
  seconds += other.seconds;
  return *this;
}

Ledger::Ledger(std::int64_t cap) : cap_(cap) {
  if (cap < 0) fail(ErrorKind::option, "ledger", "cap {} must be at least 0", cap);
}

std::int64_t Ledger::left() const { return cap_ - spent_.evaluations - reserved_; }

void Ledger::reserve(std::int64_t evaluations, const char* place) {
  refuse_negative(evaluations, place);
  if (evaluations > left())
    fail(ErrorKind::budget, place, "needs {} evaluations, but the cap of {} leaves {}", evaluations, cap_,
         left());
  reserved_ += evaluations;
}

std::int64_t Ledger::affordable(std::int64_t wanted, std::int64_t evaluations_each) const {
  refuse_negative(wanted, "ledger");
  refuse_negative(evaluations_each, "ledger");
  return evaluations_each == 0 ? wanted : std::min(wanted, left() / evaluations_each);
}

void Ledger::charge(const Spent& work) {
  refuse_negative(work.evaluations, "ledger");
  const std::int64_t from_reserve = std::min(work.evaluations, reserved_);
  if (work.evaluations - from_reserve > left())
    fail(ErrorKind::budget, "ledger", "{} evaluations to charge, but the cap of {} leaves {}",
         work.evaluations, cap_, left() + reserved_);
  reserved_ -= from_reserve;
  spent_ += work;
}

void Ledger::release(std::int64_t evaluations) {
  refuse_negative(evaluations, "ledger");
  if (evaluations > reserved_)
    fail(ErrorKind::option, "ledger", "{} evaluations to release, but only {} are reserved", evaluations,
         reserved_);
  reserved_ -= evaluations;
}

}  // namespace ulam
