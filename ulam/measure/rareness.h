#pragma once
// How far out samples lie: distances to real rows, and how many fall into the tail of a score.
#include <cstdint>

#include "ulam/measure/figure.h"
#include "ulam/measure/sample_set.h"

namespace ulam {

/// "knn": the mean over samples of the mean distance to the k nearest rows of the reference; the note tells
/// the same of the reference's rows among themselves, each without itself. It rises where samples leave for
/// thin parts of the data, and where they leave the data: read it beside precision or agreement. Depends on
/// the reference's size. Error: of the mean over samples, the reference as given. Memory: a block of pairs;
/// cost (n_a + n_b) n_b d. Throws Error(shape | option). Source: the average k-nearest-neighbour distance of
/// Um, Lee and Ye 2023, arXiv 2301.12334.
Figure neighbour_distance(const SampleSet& samples, const SampleSet& reference, std::int64_t k);

struct TailOptions {
  double tail = 0.1;  // share of the reference that counts as rare, in (0, 1)
  int replicates = 64;
  std::uint64_t seed = 0;
};
/// "rarest": the share of samples whose score is above that of all but the `tail` highest of the reference
/// (the score of rank ceil(m (1 - tail)), ties below it); samples of the reference's law give `tail`. scores:
/// double [n], higher is rarer. Labels (int64 [n], both or neither): every class has its own threshold.
/// Error: bootstrap of both sets, class by class. Throws Error(option | numeric | shape): a score that is not
/// finite, a class of the samples without a row of the reference.
Figure tail_share(const at::Tensor& samples, const at::Tensor& sample_labels, const at::Tensor& reference,
                  const at::Tensor& reference_labels, const TailOptions& options = {});

}  // namespace ulam
