#include "ulam/model/parameters.h"

#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam::parameters_test {
namespace {

Parameters two() {
  Parameters p;
  p.declare("a", {3, 4}, 2.0);
  p.declare("b", {5}, 0, 1.5);
  return p;
}

std::string sentence(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Parameters, InitialisationIsAPureFunctionOfTheSeed) {
  Parameters p = two(), q = two(), r = two();
  p.initialise(1);
  q.initialise(1);
  r.initialise(2);
  EXPECT_TRUE(at::equal(p.list()[0].tensor, q.list()[0].tensor));
  EXPECT_FALSE(at::equal(p.list()[0].tensor, r.list()[0].tensor));
  EXPECT_TRUE(at::equal(p.list()[1].tensor, at::full({5}, 1.5)));
}

TEST(Parameters, InitialDeviationIsTheOneDeclared) {
  Parameters p;
  p.declare("w", {100, 1000}, 0.3);
  p.initialise(3);
  // 5 sigma of the sample deviation of 1e5 normals: 5 * 0.3 / sqrt(2e5).
  EXPECT_NEAR(p.list()[0].tensor.std().item<double>(), 0.3, 5 * 0.3 / std::sqrt(2e5));
}

TEST(Parameters, StoreAndLoadRoundTripThroughAPrefix) {
  Parameters p = two(), q = two();
  p.initialise(1);
  io::ArrayFile file;
  p.store(file, "net/");
  q.load(file, "f", "net/");
  EXPECT_TRUE(at::equal(p.list()[0].tensor, q.list()[0].tensor));
}

// A wrong file must be named by tensor and rule, never half understood.
TEST(Parameters, LoadNamesTheTensorThatDoesNotFit) {
  Parameters p = two();
  io::ArrayFile good;
  p.store(good);
  io::ArrayFile missing = good, shape = good, extra = good, nan = good;
  missing.arrays.pop_back();
  shape.arrays[0].second = to_array(at::zeros({4, 3}));
  extra.arrays.emplace_back("c", to_array(at::zeros({1})));
  nan.arrays[1].second = to_array(at::full({5}, std::numeric_limits<float>::quiet_NaN()));
  EXPECT_EQ(sentence([&] { p.load(missing, "f"); }), "f: tensor 'b' is missing");
  EXPECT_EQ(sentence([&] { p.load(shape, "f"); }),
            "f: tensor 'a' has shape [4, 3], the network needs [3, 4]");
  EXPECT_EQ(sentence([&] { p.load(extra, "f"); }), "f: tensor 'c' belongs to no layer of the network");
  EXPECT_EQ(sentence([&] { p.load(nan, "f"); }), "f: tensor 'b' holds NaN or infinity");
}

TEST(Parameters, TwoOfOneNameAreRefused) {
  Parameters p = two();
  EXPECT_THROW(p.declare("a", {1}, 0), Error);
}

}  // namespace
}  // namespace ulam::parameters_test
