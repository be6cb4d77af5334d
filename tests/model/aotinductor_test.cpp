// Compiled packages: refused where libtorch cannot open them; where it can, what is no package is a sentence.
#include "ulam/model/aotinductor.h"

#include "tests/io/support.h"
#include "tests/model/script_support.h"
#include <cstdlib>

#include <gtest/gtest.h>

namespace ulam::aotinductor_test {
namespace {
using io::test::TempFolder;
using testing::expect_error;

TEST(AotInductor, ABuildThatCannotOpenPackagesSaysSo) {
  if (has_aotinductor()) GTEST_SKIP() << "this libtorch opens them";
  const TempFolder folder;
  test::write_script_bundle(folder / "m", test::script_config({{"kind", "aotinductor"}}));
  expect_error(ErrorKind::option, {"AOTInductor", "--trust"},
               [&] { load_foreign_bundle(folder / "m", Trust::none); });
  expect_error(ErrorKind::unsupported, {"libtorch 1.", "too old", "2.6"},
               [&] { load_foreign_bundle(folder / "m", Trust::code); });
}

TEST(AotInductor, WhatIsNoPackageIsRefused) {
  if (!has_aotinductor()) GTEST_SKIP() << "this libtorch opens none";
  const TempFolder folder;
  io::write_file_atomic(folder / "a.pt2", "no package");
  expect_error(ErrorKind::file, {"a.pt2", "no AOTInductor package"},
               [&] { load_aotinductor(folder / "a.pt2"); });
}

// A package made by python/export.py of D of N(0, 1/4) on the edm path, rows of two numbers, is looked for in
// ULAM_TEST_MODELS/gaussian-aotinductor.
TEST(AotInductor, APackageAnswersAsItsFormula) {
  const char* models = std::getenv("ULAM_TEST_MODELS");
  const std::string folder = models == nullptr ? "" : std::string(models) + "/gaussian-aotinductor";
  if (!has_aotinductor() || folder.empty() || !is_bundle(folder)) GTEST_SKIP() << "no package here";
  const ModelPtr model = load_foreign_bundle(folder, Trust::code);
  for (const std::int64_t rows : {1, 2, 7}) {
    const at::Tensor x = at::linspace(-3, 3, 2 * rows).view({rows, 2}),
                     t = at::linspace(.1, 9, rows, at::kDouble);
    Call call;
    const at::Tensor s2 = t.to(at::kFloat).square().view({rows, 1});
    EXPECT_LT((model->forward(x, t, {}, call) - x * .25 / (s2 + .25)).abs().max().item<double>(), 1e-6)
        << rows;
    const at::Tensor leaf = x.clone().requires_grad_(true);
    expect_error(ErrorKind::unsupported, {"no gradient"}, [&] { model->forward(leaf, t, {}, call); });
  }
}

}  // namespace
}  // namespace ulam::aotinductor_test
