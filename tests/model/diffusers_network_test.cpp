#include "ulam/model/diffusers_network.h"

#include "tests/errors.h"
#include "tests/io/support.h"
#include "tests/model/diffusers_support.h"

#include <gtest/gtest.h>

namespace ulam::diffusers::diffusers_network_test {
namespace {
namespace fs = std::filesystem;
using io::test::TempFolder;
using ulam::testing::expect_error;

TEST(DiffusersNetwork, TheClassSaysWhichConfigurationIsRead) {
  TempFolder folder;
  struct Wanted {
    const char *file, *name, *kind;
    int in, out, classes;
    std::vector<std::int64_t> shape;
  };
  for (const Wanted& w : {Wanted{"unet2d.safetensors", "classes", "UNet2DModel", 3, 3, 5, {3, 8, 8}},
                          {"unet2d.safetensors", "three_levels", "UNet2DModel", 3, 3, 0, {3, 8, 12}},
                          {"dit.safetensors", "plain", "DiTTransformer2DModel", 4, 8, 5, {4, 8, 8}},
                          {"dit.safetensors", "older", "Transformer2DModel", 4, 8, 5, {4, 8, 8}}}) {
    SCOPED_TRACE(w.name);
    ulam::test::write_component(folder / w.name, ulam::test::peer_cases(w.file).at(w.name));
    const NetworkFile file = read_network_file(folder / w.name);
    EXPECT_EQ(file.kind, w.kind);
    EXPECT_EQ(file.in_channels(), w.in);
    EXPECT_EQ(file.out_channels(), w.out);
    EXPECT_EQ(file.classes(), w.classes);
    EXPECT_EQ(file.shape(), w.shape);
    EXPECT_TRUE(file.warnings().empty());
    std::uint64_t hash = 0;
    const auto network = load_network(file, folder / w.name, hash);
    EXPECT_EQ(network->shape(), w.shape);
    EXPECT_NE(hash, 0u);
  }
}

TEST(DiffusersNetwork, OtherClassesAreRefusedWithTheKnownOnes) {
  TempFolder folder;
  fs::create_directories(folder / "m");
  io::write_json(folder / "m/config.json", {{"_class_name", "DiTTransformer2DModl"}});
  expect_error(ErrorKind::unsupported,
               {"config.json", "'DiTTransformer2DModl'", "UNet2DModel", "nearest: DiTTransformer2DModel"},
               [&] { read_network_file(folder / "m"); });
  io::write_json(folder / "m/config.json", {{"sample_size", 8}});
  expect_error(ErrorKind::file, {"config.json", "_class_name"}, [&] { read_network_file(folder / "m"); });
}

// Older files hold the table of positions, which follows from the configuration.
TEST(DiffusersNetwork, ATableOfPositionsMayLieInTheFile) {
  TempFolder folder;
  ulam::test::PeerCase c = ulam::test::peer_cases("dit.safetensors").at("plain");
  c.weights.arrays.emplace_back("pos_embed.pos_embed", to_array(at::zeros({1, 16, 16})));
  ulam::test::write_component(folder / "m", c);
  std::uint64_t hash = 0;
  EXPECT_TRUE(load_network(read_network_file(folder / "m"), folder / "m", hash));
  c.weights.arrays.emplace_back("pos_embed.other", to_array(at::zeros({1})));
  ulam::test::write_component(folder / "m", c);
  expect_error(ErrorKind::file, {"'pos_embed.other'", "no layer"},
               [&] { load_network(read_network_file(folder / "m"), folder / "m", hash); });
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_network_test
