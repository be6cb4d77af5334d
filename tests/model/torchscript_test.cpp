// TorchScript archives: what runs, and what is refused in one sentence.
#include "ulam/model/torchscript.h"

#include "tests/io/support.h"
#include "tests/model/script_support.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace ulam::torchscript_test {
namespace {
using io::test::TempFolder;
using testing::expect_error;

std::vector<at::Tensor> rows() {
  return {test::normals({4, 2}, 1), at::tensor({.1f, 1.f, 4.f, 80.f}), at::tensor({0, 1, 2, 3}, at::kLong)};
}

// The interpreter's optimiser would fuse operations after two calls, and their bits with them.
TEST(TorchScript, EveryCallHasTheBitsOfTheFirst) {
  const TempFolder folder;
  test::write_script(folder / "network.pt", test::script_source);
  const auto network = load_torchscript(folder / "network.pt", 3);
  const std::vector<at::Tensor> in = rows();
  const at::Tensor first = network->call(in);
  const at::Tensor s2 = (in[1] * in[1]).reshape({-1, 1});
  const at::Tensor moved = at::tensor({0.f, 1.f, 2.f, .5f}).reshape({-1, 1});
  EXPECT_TRUE(at::equal(first, (in[0] * .25 + (moved + test::script_mean) * s2) / (s2 + .25)));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(at::equal(network->call(in), first));
}

TEST(TorchScript, IsRunInEvaluationMode) {
  const TempFolder folder;
  test::write_script(folder / "a.pt", R"(
    def forward(self, x, t):
        if self.training:
            return x * 0
        return x + self.mean
)");
  EXPECT_EQ(load_torchscript(folder / "a.pt", 2)->call({at::ones({1, 2}), at::ones({1})})[0][0].item<float>(),
            1.375f);
}

TEST(TorchScript, WhatIsNoNetworkIsRefused) {
  const TempFolder folder;
  const auto refused = [&](const std::string& source, int arguments, const std::vector<std::string>& parts) {
    test::write_script(folder / "a.pt", source);
    expect_error(ErrorKind::file, parts, [&] { load_torchscript(folder / "a.pt", arguments); });
  };
  refused("", 2, {"a.pt", "no method forward"});
  refused("def forward(self, x):\n    return x\n", 2, {"must take (x, t)", "forward"});
  refused("def forward(self, x, t):\n    return x\n", 3, {"must take (x, t, label)"});
  refused("def forward(self, x, t, label, more):\n    return x\n", 3, {"must take (x, t, label)"});
  io::write_file_atomic(folder / "b.pt", "no archive at all");
  expect_error(ErrorKind::file, {"b.pt", "no TorchScript archive"},
               [&] { load_torchscript(folder / "b.pt", 2); });
  expect_error(ErrorKind::file, {"c.pt"}, [&] { load_torchscript(folder / "c.pt", 2); });
  // Cut short, the archive's table of contents is gone.
  test::write_script(folder / "a.pt", test::script_source);
  std::filesystem::resize_file(folder / "a.pt", std::filesystem::file_size(folder / "a.pt") / 2);
  expect_error(ErrorKind::file, {"a.pt", "no TorchScript archive"},
               [&] { load_torchscript(folder / "a.pt", 3); });
}

TEST(TorchScript, WhatForwardThrowsIsOneSentence) {
  const TempFolder folder;
  const auto refused = [&](ErrorKind kind, const std::string& body, const std::vector<std::string>& parts) {
    test::write_script(folder / "a.pt", "def forward(self, x, t):\n" + body);
    const auto network = load_torchscript(folder / "a.pt", 2);
    expect_error(kind, parts, [&] { network->call({at::ones({3, 2}), at::ones({3})}); });
  };
  refused(ErrorKind::unsupported, "    assert bool(t[0] < 0), 'not today'\n    return x\n",
          {"a.pt", "failed", "not today"});
  refused(ErrorKind::unsupported, "    return torch.mm(x, x)\n", {"failed", "shapes cannot be multiplied"});
  refused(ErrorKind::shape, "    return (x, t)\n", {"answered with Tuple", "a tensor is needed"});
}

}  // namespace
}  // namespace ulam::torchscript_test
