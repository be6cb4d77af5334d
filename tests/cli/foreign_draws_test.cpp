// A bundle whose network is TorchScript, through the command: the same draws as its formula in C++, and
// --trust.
#include "tests/cli/support.h"
#include "tests/model/script_support.h"

#include <gtest/gtest.h>

#include "ulam/cli/model_source.h"
#include "ulam/draw/draw.h"
#include "ulam/guide/terms.h"
#include "ulam/io/npy.h"
#include "ulam/model/convert.h"

namespace ulam::cli::foreign_draws_test {
namespace {

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::slurp;
using cli_test::spill;
using cli_test::TemporaryFolder;

/// test::script_source, operation by operation.
class Formula final : public Model {
 public:
  explicit Formula(ModelInfo info) : info_(std::move(info)) { info_.hash = 1; }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& time, const Conditions& conditions,
                     Call&) const override {
    const at::Tensor t = time.to(x.options()), s2 = (t * t).reshape({-1, 1});
    const auto given = conditions.find("label");
    const at::Tensor label = given == conditions.end() ? at::full({x.size(0)}, 3, at::kLong) : given->second;
    const at::Tensor moved =
        at::where(label == 3, at::full_like(t, .5), label.to(t.scalar_type())).reshape({-1, 1});
    const at::Tensor mean = at::full({1}, test::script_mean, x.options());
    return (x * 0.25 + (mean + moved) * s2) / (s2 + 0.25);
  }

 private:
  ModelInfo info_;
};

TEST(ForeignDraws, AreThoseOfTheSameFormulaInCpp) {
  const TemporaryFolder folder;
  for (const char* dtype : {"float32", "float64"}) {
    test::write_script_bundle(folder / "script", test::script_config({{"dtype", dtype}}));
    const Source source = open_model(folder / "script", {"", "", Trust::code}, {});
    const auto formula = std::make_shared<Formula>(source.model->info());
    for (const char* solver : {"heun", "dpmpp", "ddim:eta=1", "unipc:order=3"})
      for (const char* guide : {"", "cfg:scale=2"}) {
        const auto drawn = [&](const ModelPtr& model) {
          DrawRequest request{
              Field(model, 0, {}, make_terms(guide, [](const std::string&) { return ModelPtr(); }))};
          request.solver = solver, request.steps = 9, request.count = 8, request.seed = 5;
          request.conditions["label"] = at::arange(8, at::kLong) % 3;
          return draw(request).samples;
        };
        EXPECT_TRUE(at::equal(drawn(source.model), drawn(formula))) << dtype << ' ' << solver << ' ' << guide;
      }
  }
}

TEST(ForeignDraws, EveryCommandAsksForTrust) {
  const TemporaryFolder folder;
  test::write_script_bundle(folder / "script", test::script_config());
  const std::vector<std::vector<std::string>> commands = {
      {"draw", "./script", "-n", "4", "-o", "a.npy"},
      {"draw", "./script", "-n", "4", "--job", "job"},
      {"plan", "heun", "--model", "./script"},
      {"compare", "./script", "--solver", "ddim", "--evaluations", "4", "-n", "4", "--no-cache"},
      {"tune", "./script", "--steps", "2", "--training", "8", "--held-out", "4", "--rounds", "1",
       "--optimiser", "refine", "--no-cache", "-o", "plan.json"},
      {"selftest", "./script"}};
  for (const auto& command : commands) {
    expect_refusal(run(folder, command), 2, "--trust");
    std::vector<std::string> trusted = command;
    trusted.push_back("--trust");
    const Ran ran = run(folder, trusted);
    // The self-test judges the model too, and may find fault with it.
    EXPECT_TRUE(ran.code == 0 || command[0] == "selftest") << command[0] << ": " << ran.err;
    EXPECT_EQ(ran.err.find("--trust"), ran.err.npos) << ran.err;
  }
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"learn", "sims", "./script", "-o", "new"}, {"train", "./script", "--data", "x.npy", "-o", "new"}})
    EXPECT_NE(run(folder, command).code, 0);
  EXPECT_NE(run(folder, {"models"}).code, 2);
}

// A record never says that its model may run code: who repeats the draw says so again.
TEST(ForeignDraws, ARecordDoesNotTrust) {
  const TemporaryFolder folder;
  test::write_script_bundle(folder / "script", test::script_config());
  ASSERT_EQ(run(folder, {"draw", "./script", "-n", "4", "--trust", "--seed", "3", "-o", "a.npz"}).code, 0);
  EXPECT_EQ(slurp(folder / "a.npz").find("trust"), std::string::npos);
  expect_refusal(run(folder, {"draw", "--again", "a.npz", "-o", "b.npz"}), 2, "--trust");
  const Ran again = run(folder, {"draw", "--again", "a.npz", "--trust", "-o", "b.npz"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(slurp(folder / "a.npz") == slurp(folder / "b.npz"));
}

TEST(ForeignDraws, ModelsThatGuideAskForTrustToo) {
  const TemporaryFolder folder;
  test::write_script_bundle(folder / "script", test::script_config());
  spill(folder / "own.json",
        R"({"problem": "gaussian", "mean": [0, 0], "variances": [0.2, 0.2], "path": "edm"})");
  std::vector<std::string> words = {
      "draw", "own.json", "--dtype", "float32", "-n",
      "4",    "--steps",  "4",       "--guide", "autoguidance:model=./script,scale=1.5",
      "-o",   "a.npy"};
  expect_refusal(run(folder, words), 2, "--trust");
  words.push_back("--trust");
  const Ran ran = run(folder, words);
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST(ForeignDraws, AHostileBundleIsASentence) {
  const TemporaryFolder folder;
  const auto refused = [&](int code, const nlohmann::json& network, const std::string& source,
                           const std::string& part) {
    test::write_script_bundle(folder / "script", test::script_config(network), source);
    expect_refusal(run(folder, {"draw", "./script", "-n", "2", "--steps", "2", "--trust", "-o", "a.npy"}),
                   code, part);
  };
  refused(3, nlohmann::json::object(), "", "no method forward");
  refused(2, nlohmann::json::object(), "def forward(self, x, t, label):\n    return x[:, :1]\n",
          "answered with");
  refused(2, nlohmann::json::object(),
          "def forward(self, x, t, label):\n    assert bool(t[0] < 0), 'not today'\n    return x\n",
          "not today");
  refused(3, {{"file", "../script/network.pt"}}, test::script_source, "'file'");
  refused(2, {{"kind", "torchscrypt"}}, test::script_source, "torchscrypt");
  test::write_script_bundle(folder / "script", test::script_config());
  spill(folder / "script/network.pt", "PK\x03\x04 and no more");
  expect_refusal(run(folder, {"draw", "./script", "--trust", "-o", "a.npy"}), 3, "no TorchScript archive");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.npy"));
}

}  // namespace
}  // namespace ulam::cli::foreign_draws_test
