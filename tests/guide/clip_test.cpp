#include "ulam/guide/clip.h"

#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::clip_test {
namespace {

using testing::expect_error;

at::Tensor apply(const PostOperation& operation, const at::Tensor& d, const ModelInfo& info = {}) {
  return operation.apply(d, d, at::zeros({d.size(0)}, at::kDouble), info);
}
at::Tensor row() { return at::tensor({-3., -.5, .2, 1.5}, at::kDouble).reshape({1, 4}); }

TEST(Clip, CutsToTheModelsRangeUnlessTold) {
  ModelInfo info;
  info.data_low = 0;
  const auto expect = [&](const PostOperationPtr& operation, std::vector<double> values) {
    EXPECT_TRUE(at::equal(apply(*operation, row(), info), at::tensor(values, at::kDouble).reshape({1, 4})))
        << operation->spec();
  };
  expect(make_clip(), {0, 0, .2, 1});
  expect(make_clip(-1), {-1, -.5, .2, 1});
  expect(make_clip({}, .1), {0, 0, .1, .1});
  expect(make_clip(-2, 2), {-2, -.5, .2, 1.5});
}

TEST(Clip, NanStays) {
  at::Tensor d = row();
  d[0][1] = std::nan("");
  EXPECT_TRUE(std::isnan(apply(*make_clip(), d)[0][1].item<double>()));
}

TEST(Clip, BadEndsAreRefused) {
  expect_error(ErrorKind::option, {"low = 2 is not below high = 1"}, [] { make_clip(2, 1); });
  expect_error(ErrorKind::option, {"not finite"}, [] { make_clip(INFINITY); });
  expect_error(ErrorKind::option, {"not below high = 1"}, [] { apply(*make_clip(1), row()); });
}

}  // namespace
}  // namespace ulam::clip_test
