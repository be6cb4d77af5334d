// `ulam draw` as a user meets it: its files, sentences and exit codes.
#include "ulam/cli/draw_command.h"

#include "tests/cli/support.h"
#include <csignal>
#include <sys/resource.h>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/model/convert.h"

namespace ulam::cli::draw_command_test {
namespace {

namespace fs = std::filesystem;

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::run_program;
using cli_test::slurp;
using cli_test::spill;
using cli_test::TemporaryFolder;

using Names = std::vector<std::string>;

double only_value(const std::string& path) {
  const at::Tensor x = to_tensor(io::read_npy(path));
  EXPECT_EQ(x.numel(), 1);
  return x.item<double>();
}

// TP1 from x = .3 at t = 1, uniform in the square root of t, ten steps: end points of the DEIS page.
TEST(DrawCommand, TheModelMayStandBehindTheOutputs) {
  const TemporaryFolder folder;
  EXPECT_EQ(run(folder, {"draw", "-n", "2", "--steps", "2", "-o", "a.npy", "tp1"}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "a.npy"));
}

TEST(DrawCommand, GoldenEndPointsOnTp1) {
  const TemporaryFolder folder;
  io::write_npy(folder / "xT.npy", io::make_array<double>({1, 1}, std::vector<double>{0.3}));
  for (const auto& [solver, end] : std::vector<std::pair<std::string, double>>{
           {"ddim", 0.2023592632}, {"heun", 0.2896888875}, {"rk4", 0.2664073047}}) {
    const Ran ran = run(folder, {"draw", "tp1", "--noise", "xT.npy", "--solver", solver, "--grid", "time2",
                                 "--steps", "10", "-o", "x.npy"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_NEAR(only_value(folder / "x.npy"), end, 1e-9) << solver;
  }
}

// Steps alone must give the shipped plan: at its cost, announced, repeatable, and nearer to the converged
// pictures than a published solver at the same cost.
TEST(DrawCommand, FashionDrawsWithItsTunedPlans) {
  const TemporaryFolder folder;
  setenv("ULAM_MODELS", ULAM_SHIPPED_MODELS, 1);
  const auto drawn = [&](Names words, const std::string& file) {
    words.insert(words.begin(), {"draw", "fashion", "-n", "2"});
    words.insert(words.end(), {"-o", file});
    const Ran ran = run(folder, words);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out + ran.err;
  };
  for (const std::string steps : {"4", "5", "6", "8", "10"}) {
    const std::string said = drawn({"--steps", steps}, "tuned-" + steps + ".npy");
    EXPECT_NE(said.find("the plan tuned for this model"), std::string::npos) << said;
    EXPECT_NE(said.find("(" + steps + " a sample)"), std::string::npos) << said;
  }
  EXPECT_EQ(run(folder, {"draw", "--again", "tuned-6.npy", "-o", "again.npy"}).code, 0);
  EXPECT_EQ(slurp(folder / "again.npy"), slurp(folder / "tuned-6.npy"));
  const std::string other = drawn({"--steps", "6", "--solver", "ipndm:order=3"}, "ipndm.npy");
  EXPECT_EQ(other.find("tuned"), std::string::npos) << other;
  drawn({"--steps", "40", "--solver", "dpmpp"}, "far.npy");
  const at::Tensor far = to_tensor(io::read_npy(folder / "far.npy"));
  const auto error = [&](const std::string& file) {
    return (to_tensor(io::read_npy(folder / file)) - far).square().mean().item<double>();
  };
  EXPECT_LT(error("tuned-6.npy"), error("ipndm.npy"));
  unsetenv("ULAM_MODELS");
}

TEST(DrawCommand, ExplicitTimesAndAFinishedPlanGiveTheSameBitsAsTheirSpec) {
  const TemporaryFolder folder;
  ASSERT_EQ(
      run(folder, {"plan", "heun", "--model", "tp1", "--grid", "time2", "--steps", "5", "-o", "plan.json"})
          .code,
      0);
  const auto plan = nlohmann::json::parse(slurp(folder / "plan.json"));
  spill(folder / "times.json", plan["times"].dump());
  const std::vector<std::vector<std::string>> ways = {{"--solver", "heun", "--grid", "time2", "--steps", "5"},
                                                      {"--plan", "plan.json"},
                                                      {"--solver", "heun", "--grid", "times.json"}};
  std::vector<std::string> bytes;
  for (const auto& way : ways) {
    std::vector<std::string> words = {"draw", "tp1", "-n", "16", "-o", "x.npy"};
    words.insert(words.end(), way.begin(), way.end());
    const Ran ran = run(folder, words);
    ASSERT_EQ(ran.code, 0) << ran.err;
    bytes.push_back(slurp(folder / "x.npy"));
  }
  EXPECT_TRUE(bytes[0] == bytes[1]);
  EXPECT_TRUE(bytes[0] == bytes[2]);
}

// S2: on an exact problem a sample alone has the bits that it has among others.
TEST(DrawCommand, SampleSevenAloneEqualsSampleSevenOfSixtyFour) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, {"draw", "tp1", "-n", "64", "--solver", "ddim:eta=1", "-o", "all.npy"}).code, 0);
  ASSERT_EQ(run(folder, {"draw", "tp1", "--ids", "7", "--solver", "ddim:eta=1", "-o", "one.npy"}).code, 0);
  const at::Tensor all = to_tensor(io::read_npy(folder / "all.npy"));
  EXPECT_EQ(all[7].item<double>(), only_value(folder / "one.npy"));
}

TEST(DrawCommand, AgainRepeatsEveryKindOfFileByteForByte) {
  const TemporaryFolder folder;
  spill(
      folder / "picture.json",
      R"({"problem": "gaussian", "mean": [0, 0, 0, 0], "variances": [0.1, 0.1, 0.1, 0.1], "shape": [1, 2, 2]})");
  const Ran first =
      run(folder, {"draw", "picture.json", "-n", "9", "--seed", "3", "--solver", "ddim:eta=0.5", "--steps",
                   "4", "-o", "a.png", "-o", "a.npz", "-o", "a.safetensors", "-o", "a.npy"});
  ASSERT_EQ(first.code, 0) << first.err;
  for (const std::string kind : {"png", "npz", "safetensors", "npy"}) {
    const Ran again = run(folder, {"draw", "--again", "a." + kind, "-o", "b." + kind});
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_TRUE(slurp(folder / ("a." + kind)) == slurp(folder / ("b." + kind))) << kind;
  }
  expect_refusal(run(folder, {"draw", "--again", "a.png", "--steps", "5"}), 2, "--again");
  spill(
      folder / "picture.json",
      R"({"problem": "gaussian", "mean": [1, 0, 0, 0], "variances": [0.1, 0.1, 0.1, 0.1], "shape": [1, 2, 2]})");
  expect_refusal(run(folder, {"draw", "--again", "a.png"}), 2, "has changed");
}

// Degraded inputs go in, one sample each comes out; a repeat needs the same inputs.
TEST(DrawCommand, CentresComeFromAFileAndBelongToTheRecord) {
  const TemporaryFolder folder;
  spill(folder / "restore.json",
        R"({"problem": "mixture", "means": [[0.3], [0.7]], "variances": [0.01, 0.004],
            "path": "mean_reverting", "centre_noise": 0.02})");
  io::write_npy(folder / "mu.npy", io::make_array<double>({3, 1}, std::vector<double>{0.2, 0.72, 0.4}));
  const Ran ran = run(folder, {"draw", "restore.json", "--centre", "mu.npy", "--steps", "5", "-o", "x.npz"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const at::Tensor x = to_tensor(*io::read_npz(folder / "x.npz").find("samples"));
  ASSERT_EQ(x.sizes(), (std::vector<std::int64_t>{3, 1}));
  EXPECT_LT((x.reshape({3}) - at::tensor({.2, .72, .4}, at::kDouble)).abs().max().item<double>(), .15);
  ASSERT_EQ(run(folder, {"draw", "--again", "x.npz", "-o", "y.npz"}).code, 0);
  EXPECT_EQ(slurp(folder / "x.npz"), slurp(folder / "y.npz"));
  expect_refusal(run(folder, {"draw", "restore.json", "-o", "z.npz"}), 2, "--centre FILE is needed");
  expect_refusal(run(folder, {"draw", "tp1", "--centre", "mu.npy", "-o", "z.npz"}), 2, "--centre is for");
  expect_refusal(run(folder, {"draw", "restore.json", "--centre", "mu.npy", "-n", "4", "-o", "z.npz"}), 2,
                 "has 3 rows, too few for 4");
  io::write_npy(folder / "mu.npy", io::make_array<double>({1, 1}, std::vector<double>{0.2}));
  expect_refusal(run(folder, {"draw", "--again", "x.npz", "-o", "z.npz"}), 3, "is not the file");
  EXPECT_FALSE(fs::exists(folder / "z.npz"));
}

TEST(DrawCommand, OperationsOnTheEstimateBelongToTheRecord) {
  const TemporaryFolder folder;
  const Names plain = {"draw", "tp1", "--path", "flow", "-n", "9", "--steps", "4", "-o"};
  const auto with = [&](Names more) {
    Names all = plain;
    all.insert(all.end(), more.begin(), more.end());
    return run(folder, all);
  };
  ASSERT_EQ(with({"a.npz", "--post", "clip:low=-0.2,high=0.2", "--post", "threshold"}).code, 0);
  ASSERT_EQ(with({"b.npz", "--post", "clip:low=-0.2,high=0.2+threshold"}).code, 0);
  EXPECT_EQ(slurp(folder / "a.npz"), slurp(folder / "b.npz"));
  const at::Tensor x = to_tensor(*io::read_npz(folder / "a.npz").find("samples"));
  EXPECT_LE(x.abs().max().item<double>(), .2);  // the last step jumps to the estimate
  ASSERT_EQ(run(folder, {"draw", "--again", "a.npz", "-o", "c.npz"}).code, 0);
  EXPECT_EQ(slurp(folder / "a.npz"), slurp(folder / "c.npz"));
  expect_refusal(with({"z.npz", "--post", "treshold"}), 2, "threshold");
  expect_refusal(with({"z.npz", "--post", "threshold:quantile=2"}), 2, "quantile");
}

TEST(DrawCommand, JsonIsOneDocumentWithTheLedger) {
  const TemporaryFolder folder;
  const Ran ran =
      run(folder, {"draw", "tp1", "-n", "10", "--solver", "heun", "--steps", "6", "--json", "--cap", "44"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto summary = nlohmann::json::parse(ran.out);
  EXPECT_EQ(summary["finished"], 3);  // 12 evaluations a sample
  EXPECT_EQ(summary["shrunk"], true);
  EXPECT_LE(summary["evaluations"], 44);
  EXPECT_EQ(folder.names(), Names{});  // --json alone writes no file
}

TEST(DrawCommand, BadOptionsAreOneSentenceAndLeaveNothing) {
  const TemporaryFolder folder;
  const std::vector<std::tuple<std::vector<std::string>, int, std::string>> table = {
      {{"tp1", "--solver", "dim"}, 2, "nearest: ddim"},
      {{"tp1", "--solver", "ddim:eta=2"}, 2, "from 0 to 1"},
      {{"tp1", "--solver", "ddim:etta=1"}, 2, "nearest: eta"},
      {{"tp1", "--steps", "0"}, 2, "steps=0"},
      {{"tp1", "--steps", "many"}, 2, "steps=many"},
      {{"tp1", "--grid", "karas"}, 2, "karras"},
      {{"tp1", "-n", "0"}, 2, "count=0"},
      {{"tp1", "--label", "3"}, 2, "no classes"},
      {{"tp1", "--cap", "1"}, 6, "cap"},
      {{"tp1", "--ids", "3-1"}, 2, "falls"},
      {{"tp1", "--stepz", "3"}, 2, "nearest: --steps"},
      {{"tp1", "-o", "x.jpg"}, 2, ".png"},
      {{"tp1", "-o", "x.png"}, 2, "no pictures"},
      {{"tp1", "-o", "none/x.npy"}, 4, "not there"},
      {{"tp1", "--noise", "none.npy"}, 4, "none.npy"},
      {{"tp1", "--plan", "none.json"}, 4, "none.json"},
      {{"./none"}, 4, "none"},
      {{"none"}, 2, "no model none"},
      {{}, 2, "no model given"},
      {{"--again", "none.png"}, 4, "none.png"},
  };
  for (const auto& [options, code, part] : table) {
    std::vector<std::string> words = options;
    words.insert(words.begin(), "draw");
    SCOPED_TRACE(::testing::PrintToString(words));
    expect_refusal(run(folder, words), code, part);
  }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(DrawCommand, NoiseOfTheWrongShapeIsRefused) {
  const TemporaryFolder folder;
  io::write_npy(folder / "wide.npy", io::make_array<double>({2, 3}, std::vector<double>(6)));
  expect_refusal(run(folder, {"draw", "tp1", "--noise", "wide.npy"}), 2, "[2, 3]");
  io::write_npy(folder / "two.npy", io::make_array<double>({2, 1}, std::vector<double>(2)));
  expect_refusal(run(folder, {"draw", "tp1", "--noise", "two.npy", "-n", "3"}), 2, "2 rows");
  EXPECT_EQ(folder.names(), (Names{"two.npy", "wide.npy"}));
}

TEST(DrawCommand, HostileSafetensorsAreRefused) {
  const TemporaryFolder folder;
  const auto file = [](std::uint64_t length, const std::string& header, const std::string& data) {
    std::string bytes(8, '\0');
    for (int i = 0; i < 8; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<char>(length >> (8 * i));
    return bytes + header + data;
  };
  const std::string good = R"({"x":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}})";
  const std::string huge = R"({"x":{"dtype":"F64","shape":[4611686018427387904,8],"data_offsets":[0,8]}})";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"truncated", file(good.size(), good, "1234")},
      {"oversized", file(good.size(), good, "123456789")},
      {"header-beyond-file", file(std::uint64_t{1} << 62, good, "12345678")},
      {"overflowing-shape", file(huge.size(), huge, "12345678")},
      {"empty", ""},
  };
  for (const auto& [name, bytes] : table) {
    SCOPED_TRACE(name);
    spill(folder / "x.safetensors", bytes);
    expect_refusal(run(folder, {"draw", "tp1", "--noise", "x.safetensors"}), 3, "x.safetensors");
  }
  EXPECT_EQ(folder.names(), Names{"x.safetensors"});
}

TEST(DrawCommand, AFullDiskLeavesNoHalfFile) {
  const TemporaryFolder folder;
  fs::create_symlink("/dev/full", folder / "full.npy");
  Ran ran = run_program(folder, {"draw", "tp1", "-n", "8", "--quiet", "-o", "full.npy"});
  expect_refusal(ran, 4, "full.npy");

  // A limit on the size of files stands in for a disk that fills while the file is being written.
  rlimit former{};
  getrlimit(RLIMIT_FSIZE, &former);
  const rlimit small{4096, former.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);  // inherited: the write fails instead
  setrlimit(RLIMIT_FSIZE, &small);
  ran = run_program(folder, {"draw", "tp1", "-n", "4096", "--steps", "2", "--quiet", "-o", "big.npz"});
  setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, handler);
  expect_refusal(ran, 4, "big.npz");
  EXPECT_EQ(folder.names(), Names{"full.npy"});
}

TEST(DrawCommand, CtrlCKeepsTheFinishedRowsAndAgainRepeatsThem) {
  const TemporaryFolder folder;
  spill(folder / "slow.json", R"({"problem": "ring"})");
  cli_test::Running running(
      folder, {"draw", "slow.json", "-n", "1000000", "--batch", "64", "--steps", "20", "-o", "x.npz"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (running.err_so_far().find("\"done\"") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  running.signal(SIGINT);
  const Ran ran = running.wait();
  ASSERT_EQ(ran.code, 130) << ran.err;
  EXPECT_NE(ran.err.find("cancelled after"), std::string::npos);
  ASSERT_EQ(folder.names(), (Names{"slow.json", "x.npz"}));
  const auto rows = io::read_npz(folder / "x.npz").find("samples")->shape[0];
  EXPECT_GT(rows, 0);
  EXPECT_LT(rows, 1000000);
  ASSERT_EQ(run(folder, {"draw", "--again", "x.npz", "-o", "y.npz"}).code, 0);
  EXPECT_TRUE(slurp(folder / "x.npz") == slurp(folder / "y.npz"));
}

}  // namespace
}  // namespace ulam::cli::draw_command_test
