#pragma once
// The configuration of a diffusers scheduler: which path a network was trained on, what it predicts and is
// told, and the solver that the folder recommends. No torch here.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/path/prediction.h"

namespace ulam::diffusers {

/// What the network is told of the time.
enum class Clock {
  index,      // of the table of betas, 0..T-1
  level,      // s, the noise level of a variance-exploding path
  log_level,  // log(s/a) / 4 (Karras et al. 2022)
  thousand,   // 1000 s of a flow path
};

struct Scheduler {
  std::string name;  // its class
  Path path = Path::discrete({0.5, 0.5});
  Head head;
  Clock clock = Clock::index;
  bool scaled_input = false;  // the network is given x c_in (Karras et al. 2022), not x
  bool learned_variance =
      false;  // the network's output has twice the channels, of which the first half predicts
  double data_low = -1, data_high = 1;
  /// What the class does by default: solver, grid, steps and, where it cuts the data estimate, post, as
  /// specs.
  nlohmann::json draw = nlohmann::json::object();
  std::vector<std::string> warnings;  // fields that are not heeded, and what is done otherwise
};

/// Reads scheduler_config.json by the defaults of its class in diffusers 0.42: DDPM, DDIM, PNDM, LMSDiscrete,
/// EulerDiscrete, EulerAncestralDiscrete, HeunDiscrete, KDPM2Discrete, DPMSolverMultistep,
/// DPMSolverSinglestep, DEISMultistep, UniPCMultistep, SASolver, EDMEuler, EDMDPMSolverMultistep,
/// FlowMatchEulerDiscrete, ScoreSdeVe
/// ("...Scheduler"). Tables of betas: linear, scaled_linear, squaredcos_cap_v2, sigmoid, laplace,
/// trained_betas, rescale_betas_zero_snr. The tables are made in double, diffusers' in float. Throws
/// Error(file) naming place and field: an unknown class (with the nearest of ours), values out of range.
Scheduler parse_scheduler(const nlohmann::json& json, const std::string& place);

/// What a folder without a scheduler is taken for: DDPM's defaults, with a warning that says so.
Scheduler standard_scheduler(const std::string& place);

}  // namespace ulam::diffusers
