#pragma once
// `ulam learn minority`: a classifier of rarity at every noise level, for guidance towards rare samples.
#include <string>

#include "ulam/learn/rarity.h"
#include "ulam/learn/train.h"

namespace ulam {

/// rows, bins, within, sigma, noises, score_seed, features, and train_parameters() with the standards of a
/// small classifier (steps 1500, batch 128, rate 2e-3, decay 0.5).
const std::vector<Parameter>& minority_parameters();

struct MinorityRequest {
  std::string model;  // folder of the bundle whose samples are to be rare
  std::string data;   // real pictures, see read_dataset
  std::string out;    // folder of the new bundle: rarity.npz, checkpoint.safetensors, the bundle
  std::map<std::string, std::string> given;  // of minority_parameters()
  FeatureMap features;                       // distances of scores; without a map those of the pictures
  bool restart = false;
  bool half = false;  // the bundle's weights as float16
};

struct MinorityReport {
  std::int64_t scored = 0;  // rows scored now
  bool finished = false;    // of the scores
  TrainReport training;     // step 0 where the scores were cut
};

/// Scores the first `rows` training pictures (rarity_scores), bins the scores by quantiles (of every class of
/// its own under within=class), keeps pictures, bins and scores in rarity.npz (every tenth picture held out),
/// and trains a classifier of the bins on noised pictures in the one training loop. Both parts go on where
/// they were cut, given the same request. Throws Error(unsupported) for models that draw no pictures,
/// Error(option) where rarity.npz holds other scores, and what read_dataset(), rarity_scores() and train()
/// throw. Source: Um, Lee and Ye 2023, arXiv 2301.12334, section 3.
MinorityReport learn_minority(
    const MinorityRequest& request, const Watch& watch,
    const std::function<void(std::int64_t, const std::vector<LevelLoss>&)>& told = {});

}  // namespace ulam
