#pragma once
// `ulam learn sims`: a copy of a model, fine-tuned on the model's own draws, for guidance away from it.
#include <string>

#include "ulam/learn/own_draws.h"
#include "ulam/learn/train.h"

namespace ulam {

/// draws, solver, grid, draw_steps, draw_seed, and train_parameters() with the standards of a short
/// fine-tuning (steps 300, rate 1e-4, warm_up 20, decay 0).
const std::vector<Parameter>& sims_parameters();

struct SimsRequest {
  std::string model;  // folder of the bundle
  std::string out;    // folder of the new one: draws.npz, checkpoint.safetensors, the bundle
  std::map<std::string, std::string> given;  // of sims_parameters()
  bool restart = false;
  bool half = false;  // the bundle's weights as float16
};

struct SimsReport {
  OwnDraws draws;
  TrainReport training;  // step 0 where the draws were cut
};

/// Draws with the model's recommended solver and steps, or those named, then trains a copy of the model on
/// the draws in the one training loop, with the ordinary loss. What the model's card says of its own training
/// (levels, log_mean, log_deviation, class_dropout, precision) is the standard of those options. Both parts
/// go on where they were cut, given the same request. The new bundle is named after the model, "-sims" behind
/// it. Cost: draws * evaluations of the plan, and steps * batch evaluations, forward and backward. Throws
/// what own_draws() and train() throw. Source: Alemohammad et al. 2024, arXiv 2408.16333, algorithm 1.
SimsReport learn_sims(const SimsRequest& request, const Watch& watch,
                      const std::function<void(std::int64_t, const std::vector<LevelLoss>&)>& told = {});

}  // namespace ulam
