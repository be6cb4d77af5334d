#include "ulam/draw/stage.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::stage_test {
namespace {

using testing::error_text;
using testing::MixtureModel;

std::shared_ptr<MixtureModel> picture_model(std::int64_t side) {
  return std::make_shared<MixtureModel>(Path::edm(), Head{}, testing::tp1_components(),
                                        std::vector<std::int64_t>{1, side, side});
}
Stage stage(const std::shared_ptr<MixtureModel>& model, const char* solver, int steps) {
  return {.plan = make_plan(solver, "karras", steps, model->info().path, model->info().head),
          .field = Field(model),
          .entry = 0,
          .transfer = std::nullopt};
}
const std::vector<std::uint64_t> ids{3, 1, 4};

TEST(Stages, OneStageWithoutTransferIsAPlainDraw) {
  const auto model = picture_model(4);
  for (const char* solver : {"ddpm", "heun"}) {
    const Stage only = stage(model, solver, 5);
    Ledger ledger;
    const SolverProcess process(only.plan, only.field, {.seed = 8});
    State plain = process.start(ids);
    run(process, plain, ledger, Watch{});
    const auto staged = run_stages({only}, ids, {}, {}, {.seed = 8}, ledger, Watch{});
    EXPECT_TRUE(at::equal(staged->x, plain.x));
  }
}

TEST(Stages, TransferResizesKeepsAndRenoisesWithItsOwnStream) {
  const auto small = picture_model(4), large = picture_model(8);
  Stage second = stage(large, "ddim", 6);
  second.entry = 4;
  second.transfer = Transfer{.resize = {8, 8}, .keep = 2};
  const std::vector<Stage> list{stage(small, "ddim", 3), second};
  Ledger ledger;
  const auto whole = run_stages(list, ids, {}, {}, {.seed = 8}, ledger, Watch{});
  EXPECT_EQ(whole->ids, (std::vector<std::uint64_t>{3, 1}));
  EXPECT_EQ(ledger.spent().evaluations, 3 * 3 + 2 * 2);
  EXPECT_EQ(evaluations(list), 5);

  const auto first = run_stages({list[0]}, ids, {}, {}, {.seed = 8}, ledger, Watch{});
  const double s = second.plan.times[4];
  const at::Tensor z =
      keyed_normal(8, Stream::transfer, whole->ids, 1, std::vector<std::int64_t>{1, 8, 8}, at::kDouble);
  const at::Tensor x = at::upsample_bilinear2d(first->x, {8, 8}, false).narrow(0, 0, 2) + z * s;
  const SolverProcess process(second.plan, second.field, {.seed = 8});
  State state = process.start_from(x, whole->ids, {}, 4);
  run(process, state, ledger, Watch{});
  EXPECT_LT((state.x - whole->x).abs().max().item<double>(), 1e-12);
}

// Two stochastic stages must not reuse each other's step noise.
TEST(Stages, StepNoiseOfStagesIsDisjoint) {
  const auto model = picture_model(2);
  Stage second = stage(model, "ddpm", 3);
  second.transfer = Transfer{.resize = {}, .renoise = false};
  std::vector<Stage> list{stage(model, "ddpm", 3), second};
  Ledger ledger;
  const auto whole = run_stages(list, ids, {}, {}, {.seed = 8}, ledger, Watch{});
  const auto first = run_stages({list[0]}, ids, {}, {}, {.seed = 8}, ledger, Watch{});
  State same = SolverProcess(second.plan, second.field, {.seed = 8}).start_from(first->x.clone(), ids);
  run(SolverProcess(second.plan, second.field, {.seed = 8}), same, ledger, Watch{});
  State apart = SolverProcess(second.plan, second.field, {.seed = 8}).start_from(first->x.clone(), ids);
  run(SolverProcess(second.plan, second.field, {.seed = 8, .first_draw = 3}), apart, ledger, Watch{});
  EXPECT_FALSE(at::equal(whole->x, same.x));
  EXPECT_TRUE(at::equal(whole->x, apart.x));
}

TEST(Stages, ListsThatDoNotJoinAreRefused) {
  const auto model = picture_model(2);
  const auto text = [&](std::vector<Stage> list, const at::Tensor& start = {}) {
    Ledger ledger;
    return error_text([&] { run_stages(list, ids, {}, start, {}, ledger, Watch{}); });
  };
  Stage one = stage(model, "ddim", 2), late = one, moved = one;
  late.entry = 1;
  moved.transfer = Transfer{};
  EXPECT_NE(text({}).find("empty"), std::string::npos);
  EXPECT_NE(text({one, one}).find("stage 1: it needs a transfer"), std::string::npos);
  EXPECT_NE(text({late}).find("enters at level 0"), std::string::npos);
  EXPECT_NE(text({moved}).find("picture"), std::string::npos);
  late.entry = 3;
  EXPECT_NE(text({late}).find("0 to 2"), std::string::npos);
  moved.transfer->resize = {2};
  EXPECT_NE(text({one, moved}).find("1 sizes given"), std::string::npos);
}

TEST(Stages, CancelReturnsNothing) {
  const auto model = picture_model(2);
  CancelToken token;
  token.cancel();
  Watch watch;
  watch.cancel = &token;
  Ledger ledger;
  EXPECT_FALSE(run_stages({stage(model, "ddim", 2)}, ids, {}, {}, {}, ledger, watch).has_value());
}

}  // namespace
}  // namespace ulam::stage_test
