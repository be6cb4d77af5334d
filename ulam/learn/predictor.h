#pragma once
// A small network that ranks recipes from those that were tried.
#include <cstdint>
#include <vector>

#include "ulam/learn/evolution.h"

namespace ulam {

struct PredictorOptions {
  int width = 64;       // of every hidden layer
  int updates = 300;    // of a fit
  int batch = 64;       // recipes an update; all their pairs are ranked
  double rate = 1e-2;   // of Adam, falling linearly to 0
  double margin = 0.1;  // of the hinge
};

/// What a step decides is embedded (sinusoids of the half-log-SNR at its ends, tables for what is
/// categorical, numbers as they are), put through a layer, then an LSTM over the steps and a head; trained
/// with the pairwise hinge max(0, m - (R_i - R_j)) over pairs with value_i > value_j. Recipes of any number
/// of steps. Source: after Liu et al. 2023, arXiv 2312.07243, section 5.
///
/// Every call fits anew from keyed weights, so the ranker is a function of (seed, tried) on one machine and
/// build. Fewer than 4 finite trials: all candidates rank equal. Cost: updates * batch * steps * width^2,
/// one to three seconds.
Ranker predictor(const Path& path, const PredictorOptions& options, std::uint64_t seed);

/// Kendall's tau-b of two lists of equal length: 1 where they order all pairs alike, 0 in the mean of
/// unrelated ones; pairs that are tied in a list count in its root only.
double kendall_tau(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace ulam
