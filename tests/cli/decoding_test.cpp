// Draws of latent models as a user meets them: pictures in the files, latents on request.
#include "ulam/cli/decoding.h"

#include "tests/cli/support.h"
#include "tests/errors.h"
#include "tests/model/diffusers_support.h"

#include "ulam/cli/draw_job.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/png.h"

namespace ulam::cli::decoding_test {
namespace {

namespace fs = std::filesystem;
using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::slurp;
using cli_test::TemporaryFolder;
using Words = std::vector<std::string>;

Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Words draw_words = {"draw", "./m", "-n", "5", "--steps", "2", "--label", "red fox", "--threads", "1"};

at::Tensor samples_of(const std::string& path) { return to_tensor(*io::read_npz(path).find("samples")); }

Options options_of(const Given& given) { return make_job(given).options; }

TEST(Decoding, TheFolderSaysWhetherThereIsADecoder) {
  const TemporaryFolder folder;
  test::write_dit_pipeline(folder / "m");
  test::write_dit_pipeline(folder / "bare", "plain", "");
  const Source with = open_model(folder / "m", {}, {}), without = open_model(folder / "bare", {}, {});
  EXPECT_TRUE(decoder_for(options_of({{"model", "x"}}), with));
  EXPECT_FALSE(decoder_for(options_of({{"model", "x"}, {"latents", "true"}}), with));
  EXPECT_FALSE(decoder_for(options_of({{"model", "x"}}), without));
  testing::expect_error(ErrorKind::option, {"--latents", "bare", "no autoencoder"}, [&] {
    decoder_for(options_of({{"model", "x"}, {"latents", "true"}}), without);
  });
  const ModelInfo info = written_info(with.model->info(), with.decoder);
  EXPECT_EQ(info.shape, (std::vector<std::int64_t>{3, 16, 16}));
  EXPECT_EQ(written_info(with.model->info(), nullptr).shape, (std::vector<std::int64_t>{4, 8, 8}));
  at::Tensor x = at::zeros({2, 4, 8, 8});
  x.requires_grad_();
  EXPECT_FALSE(written_samples(x, with.decoder).requires_grad());
  EXPECT_EQ(written_samples(x, nullptr).data_ptr(), x.data_ptr());
}

// What is written must be what the decoder makes of the very same draw, and its evaluations those of the
// plan.
TEST(Decoding, ADrawEndsInPicturesAndKeepsItsLatentsOnRequest) {
  const TemporaryFolder folder;
  test::write_dit_pipeline(folder / "m");
  const Ran ran = run(folder, draw_words + Words{"-o", "a.npz", "-o", "a.npy", "-o", "a.png"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("10 evaluations (2 a sample)"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("decoded 5 latents [4, 8, 8] to pictures [3, 16, 16]"), std::string::npos)
      << ran.out;
  const at::Tensor pictures = samples_of(folder / "a.npz");
  ASSERT_EQ(pictures.sizes(), (at::IntArrayRef{5, 3, 16, 16}));
  EXPECT_LE(pictures.abs().max().item<double>(), 1);
  EXPECT_TRUE(at::equal(to_tensor(io::read_npy(folder / "a.npy")), pictures));
  EXPECT_GT(io::read_png(folder / "a.png").image.shape[0], 16);
  ASSERT_EQ(run(folder, draw_words + Words{"--latents", "-o", "l.npz"}).code, 0);
  const at::Tensor latents = samples_of(folder / "l.npz");
  ASSERT_EQ(latents.sizes(), (at::IntArrayRef{5, 4, 8, 8}));
  EXPECT_TRUE(at::equal(open_model(folder / "m", {}, {}).decoder->decode(latents), pictures));
  expect_refusal(run(folder, draw_words + Words{"--latents", "-o", "l.png"}), 2, "[4, 8, 8] are no pictures");
  expect_refusal(run(folder, {"draw", "tp1", "--latents", "-o", "x.npy"}), 2, "no autoencoder");
}

TEST(Decoding, AFileOfPicturesCanBeDrawnAgainUntilTheDecoderChanges) {
  const TemporaryFolder folder;
  test::write_dit_pipeline(folder / "m");
  ASSERT_EQ(run(folder, draw_words + Words{"-o", "a.npz", "--quiet"}).code, 0);
  ASSERT_EQ(run(folder, {"draw", "--again", "a.npz", "-o", "b.npz", "--quiet"}).code, 0);
  EXPECT_TRUE(slurp(folder / "a.npz") == slurp(folder / "b.npz"));
  ASSERT_EQ(run(folder, draw_words + Words{"--latents", "-o", "l.npz", "--quiet"}).code, 0);
  const std::string config = folder / "m/vae/config.json";
  nlohmann::json changed = io::read_json(config);
  changed["scaling_factor"] = 0.3;
  io::write_json(config, changed);
  expect_refusal(run(folder, {"draw", "--again", "a.npz", "-o", "b.npz"}), 2, "autoencoder");
  // Latents do not depend on it.
  ASSERT_EQ(run(folder, {"draw", "--again", "l.npz", "-o", "k.npz", "--quiet"}).code, 0);
  EXPECT_TRUE(slurp(folder / "l.npz") == slurp(folder / "k.npz"));
}

// Shards are other batches; a picture's bits must not show it.
TEST(Decoding, AJobKeepsThePicturesOfAPlainDraw) {
  const TemporaryFolder folder;
  test::write_dit_pipeline(folder / "m");
  const Words words = draw_words + Words{"--batch", "2"};
  ASSERT_EQ(run(folder, words + Words{"-o", "a.npz"}).code, 0);
  const Ran ran = run(folder, words + Words{"--job", "j", "--shard", "2"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  ASSERT_EQ(run(folder, {"job", "export", "j", "-o", "b.npz"}).code, 0);
  EXPECT_TRUE(slurp(folder / "a.npz") == slurp(folder / "b.npz"));
  expect_refusal(run(folder, words + Words{"--latents", "--job", "j", "--shard", "2"}), 2, "draw.");
}

TEST(Decoding, LatentsAreNotEdited) {
  const TemporaryFolder folder;
  test::write_dit_pipeline(folder / "m");
  ASSERT_EQ(run(folder, draw_words + Words{"-o", "a.png"}).code, 0);
  expect_refusal(run(folder, {"edit", "a.png", "--model", "./m", "--from", "1", "--to", "3"}), 2,
                 "draws latents");
}

TEST(Decoding, OfManyClassesAnErrorNamesTheFirst) {
  const TemporaryFolder folder;
  test::write_dit_pipeline(folder / "m");
  expect_refusal(run(folder, {"draw", "./m", "--label", "red fax", "-o", "x.npz"}), 2, "nearest: red fox");
}

}  // namespace
}  // namespace ulam::cli::decoding_test
