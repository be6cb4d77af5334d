// Checkpoints: nothing is lost, nothing foreign is taken.
#include "tests/learn/support.h"
#include "tests/model/support.h"
#include <filesystem>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/learn/trainer.h"

namespace ulam::checkpoint_test {
namespace {

TEST(Checkpoint, ARunContinuedFromAFileEndsWithTheSameBits) {
  const std::string file =
      (std::filesystem::temp_directory_path() / "ulam-checkpoint-test.safetensors").string();
  TrainerOptions o;
  o.steps = 8;
  o.batch = 8;
  o.warm_up = 2;
  const Dataset data = test::squares(32);
  const auto objective = classification_objective(0, {}, Path::edm());
  TrainState whole = train_start(test::small_classifier(), o, "test");
  train_run(whole, o, *objective, data, {}, {{3, [&](const TrainState& s) {
                                                if (s.step == 3) save_checkpoint(file, s, {{"seed", "1"}});
                                              }}});
  TrainState resumed = train_start(test::small_classifier(), o, "test");
  load_checkpoint(file, resumed, {{"seed", "1"}});
  EXPECT_EQ(resumed.step, 3);
  train_run(resumed, o, *objective, data, {}, {});
  for (std::size_t i = 0; i < whole.network->parameters().list().size(); ++i) {
    EXPECT_TRUE(at::equal(whole.network->parameters().list()[i].tensor,
                          resumed.network->parameters().list()[i].tensor));
    EXPECT_TRUE(at::equal(whole.average->parameters().list()[i].tensor,
                          resumed.average->parameters().list()[i].tensor));
  }
  EXPECT_THROW(load_checkpoint(file, resumed, {{"seed", "2"}}), Error);         // another run
  EXPECT_THROW(load_checkpoint(file, resumed, {{"network", "other"}}), Error);  // a field it does not state
  TrainState other = train_start(test::small_unet(), o, "test");
  EXPECT_THROW(load_checkpoint(file, other, {}), Error);  // another network
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace ulam::checkpoint_test
