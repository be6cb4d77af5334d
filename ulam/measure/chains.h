#pragma once
// Whether Markov chains have mixed, and how many independent draws theirs are worth.
#include <ATen/core/Tensor.h>

#include "ulam/measure/figure.h"

namespace ulam {

/// Everywhere: `chains` is [chains, draws] or [chains, draws, dimensions] of numbers, at least 8 draws a
/// chain; every chain is split into halves (the middle draw of an odd number is left out). Throws
/// Error(shape | option), Error(numeric) naming chain and draw of NaN or infinity, and for a dimension that
/// never moves. Source: Vehtari et al. 2021, Bayesian Anal. 16(2).

/// [chains, draws] -> each draw's normal score: Phi^-1((rank - 3/8) / (S + 1/4)) over all S draws, ties at
/// their mean rank (eq. 14). Double.
at::Tensor rank_normalised(const at::Tensor& chains);

struct EffectiveSize {
  double size = 0;  // independent draws with the same error of the mean; at most S log10 S
  double time = 1;  // S / size: integrated autocorrelation time in draws
  long window = 0;  // lags that were summed
};
/// Of the mean of one dimension, [chains, draws]: autocorrelations of all half chains together (eq. 10), by
/// FFT, summed over Geyer's initial monotone sequence (Geyer 1992, sec. 3.3). An autoregression of
/// coefficient r has size S (1 - r) / (1 + r). Cost: S log S.
EffectiveSize effective_size(const at::Tensor& chains);

/// Split R-hat of one dimension (eq. 4): root of the pooled over the within-chain variance; 1 when the halves
/// agree. Ranked: the larger of that of the normal scores and that of the scores of |x - median| (sec. 4.1),
/// which sees differences of scale and infinite variance too.
double split_rhat(const at::Tensor& chains, bool ranked = true);

/// Figure "ess": the smallest over dimensions of the effective size of the normal scores (bulk ESS). Error:
/// relative sqrt(2 (2 window + 1) / S) (Madras & Sokal 1988, J. Stat. Phys. 50, app. C). 100 a chain is the
/// usual least.
Figure chain_ess(const at::Tensor& chains);
/// Figure "rhat": the largest over dimensions. Error: jackknife over half chains (quarters of a single
/// chain). Below 1.01 is the usual demand. Bias: small upward of order chains / draws.
Figure chain_rhat(const at::Tensor& chains, bool ranked = true);
/// Figure "mcse": the largest over dimensions of deviation / sqrt(effective size): the standard error of the
/// mean of all draws. Its own error: half the relative error of the effective size.
Figure chain_mcse(const at::Tensor& chains);

}  // namespace ulam
