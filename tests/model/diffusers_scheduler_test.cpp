#include "ulam/model/diffusers_scheduler.h"

#include "tests/errors.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::diffusers::diffusers_scheduler_test {
namespace {
using nlohmann::json;
using ulam::testing::expect_error;

Scheduler of(const char* name, json fields = json::object()) {
  fields["_class_name"] = name;
  return parse_scheduler(fields, "s");
}
std::string drawn(const Scheduler& s, const char* field) { return s.draw.value(field, ""); }

TEST(DiffusersScheduler, ReadsWhatTheNetworkPredicts) {
  EXPECT_EQ(of("DDPMScheduler").head.kind, Prediction::noise);
  EXPECT_EQ(of("DDPMScheduler", {{"prediction_type", "sample"}}).head.kind, Prediction::data);
  EXPECT_EQ(of("EulerDiscreteScheduler", {{"prediction_type", "v_prediction"}}).head.kind,
            Prediction::velocity);
  const Scheduler edm = of("EDMEulerScheduler", {{"sigma_data", 0.7}});
  EXPECT_EQ(edm.head.kind, Prediction::edm);
  EXPECT_EQ(edm.head.sigma_data, 0.7);
  EXPECT_TRUE(edm.scaled_input);
  EXPECT_EQ(edm.clock, Clock::log_level);
  EXPECT_EQ(of("FlowMatchEulerDiscreteScheduler").head.kind, Prediction::flow);
  EXPECT_EQ(of("ScoreSdeVeScheduler").head.kind, Prediction::score);
  EXPECT_EQ(of("ScoreSdeVeScheduler").data_low, 0);
}

TEST(DiffusersScheduler, RecommendsWhatTheClassDoes) {
  const Scheduler ddpm = of("DDPMScheduler");
  EXPECT_EQ(drawn(ddpm, "solver"), "ddpm");
  EXPECT_EQ(drawn(ddpm, "grid"), "leading:final=clean");
  EXPECT_EQ(drawn(ddpm, "post"), "clip:low=-1,high=1");
  EXPECT_EQ(ddpm.draw.at("steps"), 1000);
  EXPECT_EQ(drawn(of("DDPMScheduler", {{"variance_type", "fixed_large"}}), "solver"), "ddpm:variance=large");
  EXPECT_EQ(drawn(of("DDPMScheduler", {{"clip_sample", false}}), "post"), "");
  EXPECT_EQ(drawn(of("DDPMScheduler", {{"thresholding", true}, {"sample_max_value", 1.5}}), "post"),
            "threshold:quantile=0.995,cap=1.5");
  const Scheduler ddim =
      of("DDIMScheduler", {{"set_alpha_to_one", false}, {"steps_offset", 1}, {"clip_sample", false}});
  EXPECT_EQ(drawn(ddim, "solver"), "ddim");
  EXPECT_EQ(drawn(ddim, "grid"), "leading:final=end,offset=1");
  EXPECT_EQ(drawn(of("DDIMScheduler", {{"timestep_spacing", "trailing"}}), "grid"), "trailing:final=clean");
  EXPECT_EQ(of("DDIMScheduler", {{"num_train_timesteps", 20}}).draw.at("steps"), 20);
  EXPECT_EQ(drawn(of("DPMSolverMultistepScheduler"), "solver"), "dpmpp:order=2,variant=midpoint,lower=15");
  EXPECT_EQ(drawn(of("DPMSolverMultistepScheduler",
                     {{"algorithm_type", "dpmsolver"}, {"final_sigmas_type", "sigma_min"}}),
                  "grid"),
            "linspace:final=end,skip_last=true");
  EXPECT_EQ(drawn(of("DPMSolverMultistepScheduler", {{"solver_order", 3}}), "solver"),
            "dpmpp:order=3,variant=midpoint,lower=15,legacy=true");
  EXPECT_EQ(drawn(of("DPMSolverMultistepScheduler", {{"use_karras_sigmas", true}}), "grid"),
            "karras:final=clean");
  EXPECT_EQ(drawn(of("UniPCMultistepScheduler", {{"solver_order", 3}}), "solver"),
            "unipc:order=3,variant=bh2,lower=100000");
  EXPECT_EQ(drawn(of("UniPCMultistepScheduler", {{"lower_order_final", false}}), "solver"),
            "unipc:order=2,variant=bh2,lower=0");
  EXPECT_EQ(drawn(of("EulerAncestralDiscreteScheduler"), "solver"), "ddpm");
  EXPECT_EQ(drawn(of("HeunDiscreteScheduler"), "solver"), "heun");
}

// Classes whose own defaults of the betas differ.
TEST(DiffusersScheduler, HeunAndKdpm2HaveOtherBetas) {
  EXPECT_NEAR(std::pow(of("HeunDiscreteScheduler").path.at(0).a, 2), 1 - 0.00085, 1e-12);
  EXPECT_NEAR(std::pow(of("KDPM2DiscreteScheduler").path.at(0).a, 2), 1 - 0.00085, 1e-12);
  EXPECT_NEAR(std::pow(of("EulerDiscreteScheduler").path.at(0).a, 2), 1 - 0.0001, 1e-12);
}

TEST(DiffusersScheduler, WarnsOfWhatItDoesNotHeed) {
  EXPECT_TRUE(of("DDPMScheduler").warnings.empty());
  const Scheduler s = of("DDPMScheduler", {{"beta_strat", 0.1}});
  ASSERT_EQ(s.warnings.size(), 1u);
  EXPECT_NE(s.warnings[0].find("'beta_strat' is unknown"), std::string::npos);
  EXPECT_NE(s.warnings[0].find("nearest: beta_start"), std::string::npos);
  EXPECT_EQ(of("ScoreSdeVeScheduler").warnings.size(), 1u);
  EXPECT_EQ(of("EulerDiscreteScheduler", {{"use_beta_sigmas", true}}).warnings.size(), 1u);
  EXPECT_EQ(of("FlowMatchEulerDiscreteScheduler", {{"use_dynamic_shifting", true}}).warnings.size(), 1u);
  const Scheduler none = standard_scheduler("folder");
  EXPECT_EQ(none.name, "DDPMScheduler");
  ASSERT_EQ(none.warnings.size(), 1u);
  EXPECT_NE(none.warnings[0].find("folder: holds no scheduler_config.json"), std::string::npos);
}

TEST(DiffusersScheduler, EveryBrokenRuleIsNamed) {
  const auto refused = [](const char* name, json fields, const std::vector<std::string>& says) {
    SCOPED_TRACE(says[0]);
    expect_error(ErrorKind::file, says, [&] { of(name, std::move(fields)); });
  };
  refused("DDPMShceduler", {}, {"s: ", "'DDPMShceduler'", "nearest: DDPMScheduler"});
  refused("LCMScheduler", {}, {"'LCMScheduler' is none of", "DDIMScheduler"});
  refused("bad\n\xff", {}, {"is none of"});
  refused("DDPMScheduler", {{"prediction_type", "epsilom"}}, {"prediction_type", "nearest: epsilon"});
  refused("DDPMScheduler", {{"variance_type", "x"}}, {"variance_type"});
  refused("DDPMScheduler", {{"steps_offset", -1}}, {"steps_offset"});
  refused("DDPMScheduler", {{"steps_offset", 1000}}, {"steps_offset"});
  refused("DDPMScheduler", {{"timestep_spacing", "even"}}, {"timestep_spacing"});
  refused("DDPMScheduler", {{"clip_sample_range", -1}}, {"clip_sample_range"});
  refused("DDPMScheduler", {{"thresholding", true}, {"sample_max_value", 0.5}}, {"sample_max_value"});
  refused("DPMSolverMultistepScheduler", {{"solver_order", 4}}, {"solver_order"});
  refused("DPMSolverMultistepScheduler", {{"algorithm_type", "dpm"}}, {"algorithm_type", "nearest"});
  refused("DPMSolverMultistepScheduler", {{"use_flow_sigmas", true}}, {"use_flow_sigmas"});
  refused("EDMEulerScheduler", {{"sigma_min", 90}}, {"sigma_min", "below sigma_max"});
  refused("EDMEulerScheduler", {{"prediction_type", "v_prediction"}}, {"prediction_type"});
  refused("FlowMatchEulerDiscreteScheduler", {{"num_train_timesteps", 500}}, {"num_train_timesteps"});
  refused("ScoreSdeVeScheduler", {{"sigma_max", 0.001}}, {"sigma_min"});
  expect_error(ErrorKind::file, {"s: ", "_class_name"}, [] { parse_scheduler({{"beta_start", 1}}, "s"); });
  expect_error(ErrorKind::file, {"s: ", "object"}, [] { parse_scheduler(json::array(), "s"); });
  expect_error(ErrorKind::file, {"_class_name"}, [] { parse_scheduler({{"_class_name", 7}}, "s"); });
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_scheduler_test
