#include "tests/model/mnist_ddpm.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace ulam::mnist_ddpm_test {
namespace {

// Weights from elsewhere through our readers, path and conventions: a wrong layout or table shows here.
TEST(MnistDdpm, AnswersAsItsReferenceForwardPassDoes) {
  const std::string file = test::mnist_ddpm_file("ddpm-mnist-cnn.safetensors"),
                    pairs = test::mnist_ddpm_file("ddpm-mnist-cnn.golden.safetensors");
  if (file.empty() || pairs.empty()) GTEST_SKIP() << "ULAM_TEST_MODELS names no folder with the weights";
  const test::MnistDdpm model(file);
  const io::ArrayFile golden = io::read_safetensors(pairs);
  const at::Tensor x = to_tensor(*golden.find("x")), t = to_tensor(*golden.find("t")),
                   eps = to_tensor(*golden.find("eps"));
  at::NoGradGuard off;
  EXPECT_LT((model.network(x, t) - eps).abs().max().item<double>(), 1e-4);
  Call call;
  EXPECT_LT((model.forward(x, t.to(at::kDouble) * 1000, {}, call) - eps).abs().max().item<double>(), 1e-4);
  // The checkpoint keeps abar, which its network was trained on.
  const at::Tensor table = model.weight("alpha_t");
  ASSERT_EQ(table.numel(), model.info().path.table_size());
  for (std::int64_t i = 0; i < table.numel(); ++i) {
    const double a = model.info().path.at(static_cast<double>(i)).a;
    EXPECT_NEAR(a * a, table[i].item<double>(), 2e-6) << i;
  }
}

}  // namespace
}  // namespace ulam::mnist_ddpm_test
