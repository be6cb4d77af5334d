// Digits drawn from a published MNIST DDPM. Skipped unless ULAM_TEST_MODELS names the folder of its weights;
// with ULAM_TEST_PICTURES=FOLDER the pages are written there to be looked at.
#include "tests/model/mnist_ddpm.h"

#include <gtest/gtest.h>

#include "ulam/draw/draw.h"
#include "ulam/guide/clip.h"
#include "ulam/io/grid.h"
#include "ulam/io/png.h"

namespace ulam::mnist_ddpm_long {
namespace {

void show(const at::Tensor& samples, const std::string& name) {
  const char* folder = std::getenv("ULAM_TEST_PICTURES");
  if (folder == nullptr) return;
  const at::Tensor pictures = ((samples + 0.5) * 255).clamp(0, 255).round().to(at::kByte).view({-1, 28, 28});
  io::write_png(std::string(folder) + "/" + name + ".png", io::make_page(to_array(pictures)));
}

struct Way {
  const char *name, *solver, *grid;
  int steps;
};

// A path, head or clock that is not the network's own gives noise or a gray page: MNIST is black for four
// fifths, white strokes on it, and its pixels' mean is 0.131 of the range. The bands are wide, for the
// network is rough.
TEST(MnistDdpm, StatisticalDrawsAreWhiteStrokesOnBlack) {
  const std::string file = test::mnist_ddpm_file("ddpm-mnist-cnn.safetensors");
  if (file.empty()) GTEST_SKIP() << "ULAM_TEST_MODELS names no folder with the weights";
  const auto model = std::make_shared<test::MnistDdpm>(file);
  for (const Way& way :
       {Way{"ddim-25", "ddim", "trailing", 25}, Way{"dpmpp-15", "dpmpp:order=2", "logsnr:final=clean", 15},
        Way{"ddpm-100", "ddpm", "trailing", 100}}) {
    SCOPED_TRACE(way.name);
    DrawRequest request{Field(model, 0, {make_clip({}, {})})};
    request.solver = way.solver;
    request.grid = way.grid;
    request.steps = way.steps;
    request.count = 32;
    request.seed = 3;
    const at::Tensor x = draw(request).samples;
    show(x, way.name);
    const double black = (x < -0.4).to(at::kDouble).mean().item<double>();
    const double white = (x > 0.25).to(at::kDouble).mean().item<double>();
    EXPECT_NEAR((x + 0.5).mean().item<double>(), 0.131, 0.06);
    EXPECT_NEAR(black, 0.82, 0.1);
    EXPECT_NEAR(white, 0.10, 0.06);
    // Strokes hang together: neighbours agree.
    const at::Tensor step = (x.slice(3, 1, 28) - x.slice(3, 0, 27)).abs();
    EXPECT_LT(step.mean().item<double>(), 0.12);
  }
}

}  // namespace
}  // namespace ulam::mnist_ddpm_long
