#include "ulam/cli/output.h"

#include "tests/cli/support.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/png.h"

namespace ulam::cli::output_test {
namespace {

using cli_test::TemporaryFolder;

ModelInfo info_of_shape(std::vector<std::int64_t> shape) {
  ModelInfo info;
  info.name = "toy";
  info.shape = std::move(shape);
  return info;
}

Drawn drawn_rows(const std::vector<std::int64_t>& shape, bool classes) {
  std::vector<std::int64_t> all = shape;
  all.insert(all.begin(), 3);
  Drawn drawn{at::linspace(-1, 1, 3 * c10::multiply_integers(shape)).reshape(all), {4, 5, 9}, {}, {}};
  if (classes) {
    drawn.labels = {1, 0, 1};
    drawn.captions = {"boot", "bag", "boot"};
  }
  return drawn;
}

TEST(Output, EveryKindCarriesTheRecordThatReadRecordFinds) {
  const TemporaryFolder folder;
  const ModelInfo info = info_of_shape({1, 4, 4});
  const nlohmann::json record = {{"command", "draw"}, {"ulam", "0"}, {"odd", "a,\"b\" \xc3\xa9"}};
  for (const char* name : {"a.png", "a.npy", "a.npz", "a.safetensors"}) {
    const Output output = check_output(folder / name, info, 3);
    write_output(output, drawn_rows(info.shape, true), info, record);
    EXPECT_EQ(read_record(output.path), record) << name;
  }
  EXPECT_EQ(folder.names(),
            (std::vector<std::string>{"a.npy", "a.npy.json", "a.npz", "a.png", "a.safetensors"}));
  const auto file = io::read_npz(folder / "a.npz");
  EXPECT_EQ(file.find("samples")->shape, (std::vector<std::int64_t>{3, 1, 4, 4}));
  EXPECT_EQ(file.find("ids")->shape, (std::vector<std::int64_t>{3}));
  EXPECT_NE(file.find("label"), nullptr);
}

TEST(Output, ColourAndGrayPicturesBecomeAPage) {
  const TemporaryFolder folder;
  for (const std::int64_t channels : {1, 3}) {
    const ModelInfo info = info_of_shape({channels, 4, 4});
    write_output({folder / "a.png", OutputKind::png}, drawn_rows(info.shape, false), info, {});
    EXPECT_GT(io::read_png(folder / "a.png").image.shape[0], 4);
  }
}

TEST(Output, BadNamesAreRefusedBeforeAnythingIsDrawn) {
  const TemporaryFolder folder;
  const auto kind = [](const std::string& path, const ModelInfo& info, std::int64_t n) {
    try {
      check_output(path, info, n);
    } catch (const Error& e) {
      return e.kind();
    }
    return ErrorKind::cancelled;
  };
  const ModelInfo picture = info_of_shape({1, 28, 28});
  EXPECT_EQ(kind(folder / "a.jpg", picture, 1), ErrorKind::option);
  EXPECT_EQ(kind(folder / "a", picture, 1), ErrorKind::option);
  EXPECT_EQ(kind(folder / "none/a.png", picture, 1), ErrorKind::system);
  EXPECT_EQ(kind(folder / "a.png", info_of_shape({2}), 1), ErrorKind::unsupported);
  EXPECT_EQ(kind(folder / "a.png", info_of_shape({2, 8, 8}), 1), ErrorKind::unsupported);
  EXPECT_EQ(kind(folder / "a.png", info_of_shape({3, 1024, 1024}), 1000), ErrorKind::option);
  std::filesystem::create_directory(folder / "folder.png");
  EXPECT_EQ(kind(folder / "folder.png", picture, 1), ErrorKind::system);
}

// check_output promises that the page will be possible: try it at the promise's edge.
TEST(Output, AcceptedPagesCanBeMade) {
  const TemporaryFolder folder;
  const ModelInfo info = info_of_shape({1, 2, 2});
  Drawn drawn{at::zeros({257, 1, 2, 2}), std::vector<std::uint64_t>(257), {}, {}};
  for (std::size_t i = 0; i < 257; ++i) drawn.ids[i] = i;
  const Output output = check_output(folder / "a.png", info, 257);
  EXPECT_NO_THROW(write_output(output, drawn, info, {}));
}

TEST(Record, FilesWithoutOneAreRefused) {
  const TemporaryFolder folder;
  io::write_png(folder / "plain.png", io::make_array<std::uint8_t>({1, 1}, std::vector<std::uint8_t>{0}));
  io::write_npy(folder / "plain.npy", io::make_array<float>({1}, std::vector<float>{0}));
  EXPECT_THROW(read_record(folder / "plain.png"), Error);
  EXPECT_THROW(read_record(folder / "plain.npy"), Error);
  EXPECT_THROW(read_record(folder / "missing.png"), Error);
  EXPECT_THROW(read_record(folder / "plain.txt"), Error);
}

}  // namespace
}  // namespace ulam::cli::output_test
