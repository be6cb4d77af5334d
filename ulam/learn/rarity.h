#pragma once
// How rare rows of data are, by what a denoiser loses of them, and their quantile classes.
#include <cstdint>
#include <string>
#include <vector>

#include "ulam/base/progress.h"
#include "ulam/guide/field.h"
#include "ulam/measure/features.h"

namespace ulam {

struct RarityOptions {
  double sigma = 2;  // noise level s/a at which rows are reconstructed, above 0
  int noises = 5;    // over which a score is averaged, at least 1
  std::uint64_t seed = 0;
  FeatureMap features;  // distances are those of the features; without a map those of the rows
};

/// The minority score of every row x0 [n, shape...] (model's scale and dtype): the mean over `noises` of
/// |f(x0) - f(D(x_t))|^2, D the one-shot data estimate at sigma, clamped to the model's range where the model
/// is no exact problem. An optimal D is E[x0 | x_t] and leans to frequent content, so rare content is lost
/// and scores high. `labels` [n] int64 are given to D where defined. Noise j of row i is keyed (seed, data
/// row `first` + i, j), so the scores of a set do not depend on how it is cut. Returns double [n]. Cost: n
/// noises evaluations, and those of the features. Throws Error(option | shape | cancelled). Source: Um, Lee
/// and Ye 2023, arXiv 2301.12334, eq. 6.
at::Tensor rarity_scores(const Field& field, const at::Tensor& x0, const at::Tensor& labels,
                         std::uint64_t first, const RarityOptions& options, const Watch& watch);

struct RarityBins {
  at::Tensor bins;  // int64 [n], 0 the commonest
  /// Upper ends of bins 0 .. count - 2, a list a class (one list without classes).
  std::vector<std::vector<double>> ends;
};
/// Quantile classes: the end of bin i is the score of rank ceil(n (i + 1) / count), and a score equal to an
/// end belongs below it, so counts differ by at most one where no scores tie. With `groups` (int64 [n], from
/// 0) every group has quantiles of its own. Throws Error(option) for count < 2 or a group with fewer rows
/// than bins, Error(numeric) for scores that are not finite.
RarityBins rarity_bins(const at::Tensor& scores, int count, const at::Tensor& groups = {});

}  // namespace ulam
