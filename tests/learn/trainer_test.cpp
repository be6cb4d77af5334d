#include "ulam/learn/trainer.h"

#include "tests/learn/support.h"
#include "tests/model/support.h"
#include <set>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::trainer_test {
namespace {

nlohmann::json tiny() {
  return {{"kind", "unet"},   {"shape", {1, 8, 8}}, {"channels", 8}, {"multipliers", {1, 2}},
          {"blocks", {1, 1}}, {"embedding", 16},    {"groups", 4},   {"classes", 2}};
}

TrainerOptions quick(std::int64_t steps) {
  TrainerOptions o;
  o.steps = steps;
  o.batch = 16;
  o.warm_up = 5;
  o.rate = 3e-3;
  o.average = 0.9;
  return o;
}

TrainState trained(std::int64_t steps, std::int64_t pause_at) {
  TrainerOptions o = quick(steps);
  const Dataset data = test::squares(64);
  const auto objective = denoising_objective({});
  TrainState state = train_start(tiny(), o, "test");
  if (pause_at > 0) {
    CancelToken token;
    Watch watch;
    watch.cancel = &token;
    watch.progress = [&](const Progress& p) {
      if (p.done == pause_at) token.cancel();
    };
    train_run(state, o, *objective, data, watch, {});
    EXPECT_EQ(state.step, pause_at);
  }
  train_run(state, o, *objective, data, {}, {});
  return state;
}

bool same_weights(const Network& a, const Network& b) {
  for (std::size_t i = 0; i < a.parameters().list().size(); ++i)
    if (!at::equal(a.parameters().list()[i].tensor, b.parameters().list()[i].tensor)) return false;
  return true;
}

TEST(Trainer, TheLossFalls) {
  const Dataset data = test::squares(64);
  const TrainerOptions o = quick(80);
  const auto objective = denoising_objective({});
  TrainState state = train_start(tiny(), o, "test");
  const Batch held = validation_batch(data, 0, 32, o);
  const auto before = objective->validate(*state.average, held);
  train_run(state, o, *objective, data, {}, {});
  const auto after = objective->validate(*state.average, held);
  // At the levels where a square can still be seen: sigma 0.1 to 1.
  for (std::size_t i = 2; i <= 5; ++i) EXPECT_LT(after[i].value, 0.7 * before[i].value) << before[i].level;
}

TEST(Trainer, APausedRunEndsWithTheSameBits) {
  const TrainState whole = trained(12, 0), cut = trained(12, 5);
  EXPECT_TRUE(same_weights(*whole.network, *cut.network));
  EXPECT_TRUE(same_weights(*whole.average, *cut.average));
}

TEST(Trainer, EveryRowIsSeenOnceAnEpoch) {
  KeyedOrder order(1, 100);
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::set<std::int64_t> seen;
    for (std::uint64_t i = 0; i < 100; ++i)
      seen.insert(order.at(static_cast<std::uint64_t>(epoch) * 100 + i));
    EXPECT_EQ(seen.size(), 100u);
  }
  KeyedOrder again(1, 100), other(2, 100);
  int same_other = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(order.at(i), again.at(i));
    same_other += order.at(i) == other.at(i) ? 1 : 0;
  }
  EXPECT_LT(same_other, 10);
}

TEST(Trainer, TheRateWarmsUpStaysAndDecays) {
  TrainerOptions o;
  o.steps = 1000;
  o.warm_up = 100;
  o.decay_share = 0.2;
  o.rate = 1;
  EXPECT_NEAR(learning_rate(o, 0), 0.01, 1e-12);
  EXPECT_EQ(learning_rate(o, 100), 1);
  EXPECT_EQ(learning_rate(o, 800), 1);
  EXPECT_NEAR(learning_rate(o, 900), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate(o, 999), 0.005, 1e-12);
}

TEST(Trainer, ALossThatIsNotFiniteStopsTheRun) {
  TrainerOptions o = quick(50);
  o.rate = 1e30;
  o.warm_up = 0;
  o.clip = 0;
  TrainState state = train_start(tiny(), o, "test");
  EXPECT_THROW(train_run(state, o, *denoising_objective({}), test::squares(32), {}, {}), Error);
}

TEST(Trainer, HooksRunEveryKStepsAndAtTheEnd) {
  TrainState state = train_start(tiny(), quick(7), "test");
  std::vector<std::int64_t> at;
  train_run(state, quick(7), *denoising_objective({}), test::squares(32), {},
            {{3, [&](const TrainState& s) { at.push_back(s.step); }}});
  EXPECT_EQ(at, (std::vector<std::int64_t>{3, 6, 7}));
}

}  // namespace
}  // namespace ulam::trainer_test
