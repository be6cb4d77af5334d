#include "ulam/base/ledger.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::ledger_test {
namespace {

Spent calls(std::int64_t n) {
  Spent s;
  s.evaluations = n;
  return s;
}

TEST(Ledger, ReservedWorkIsNotCountedTwice) {
  Ledger ledger(100);
  ledger.reserve(60, "draw");
  EXPECT_EQ(ledger.left(), 40);
  ledger.charge(calls(50));
  EXPECT_EQ(ledger.reserved(), 10);
  EXPECT_EQ(ledger.spent().evaluations, 50);
  EXPECT_EQ(ledger.left(), 40);
  ledger.release(10);
  EXPECT_EQ(ledger.left(), 50);
}

TEST(Ledger, TheCapIsHardAndARefusalChangesNothing) {
  Ledger ledger(10);
  ledger.reserve(8, "draw");
  try {
    ledger.reserve(3, "draw ddim");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::budget);
    EXPECT_STREQ(e.what(), "draw ddim: needs 3 evaluations, but the cap of 10 leaves 2");
  }
  EXPECT_THROW(ledger.charge(calls(11)), Error);
  EXPECT_EQ(ledger.reserved(), 8);
  EXPECT_EQ(ledger.spent().evaluations, 0);
  ledger.charge(calls(10));  // 8 reserved and 2 free ones
  EXPECT_EQ(ledger.left(), 0);
  EXPECT_THROW(ledger.charge(calls(1)), Error);
}

TEST(Ledger, AffordableRoundsDownToWholeSamples) {
  Ledger ledger(100);
  EXPECT_EQ(ledger.affordable(64, 8), 12);
  EXPECT_EQ(ledger.affordable(5, 8), 5);
  EXPECT_EQ(ledger.affordable(5, 0), 5);
  ledger.reserve(100, "draw");
  EXPECT_EQ(ledger.affordable(5, 1), 0);
}

TEST(Ledger, WithoutACapNothingIsRefused) {
  Ledger ledger;
  ledger.reserve(std::int64_t{1} << 60, "draw");
  ledger.charge(calls(std::int64_t{1} << 61));
  EXPECT_GT(ledger.left(), 0);
}

TEST(Ledger, NegativeAmountsAreRefused) {
  EXPECT_THROW(Ledger(-1), Error);
  Ledger ledger(10);
  EXPECT_THROW(ledger.reserve(-1, "draw"), Error);
  EXPECT_THROW(ledger.charge(calls(-1)), Error);
  EXPECT_THROW(ledger.release(1), Error);
}

TEST(Spent, AddsEveryField) {
  Spent a{1, 2, 3, 4, 5, 6, 7, 8, 9};
  a += Spent{10, 20, 30, 40, 50, 60, 70, 80, 90};
  EXPECT_EQ(a.evaluations, 11);
  EXPECT_EQ(a.flops, 22);
  EXPECT_EQ(a.gradients, 33);
  EXPECT_EQ(a.rewards, 44);
  EXPECT_EQ(a.tokens, 55);
  EXPECT_EQ(a.padding, 66);
  EXPECT_EQ(a.lost, 77);
  EXPECT_EQ(a.network_seconds, 88);
  EXPECT_EQ(a.seconds, 99);
}

}  // namespace
}  // namespace ulam::ledger_test
