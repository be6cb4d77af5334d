#pragma once
// What a draw of latents ends in: pictures, by the autoencoder in the model's folder.
#include "ulam/base/options.h"
#include "ulam/cli/model_source.h"

namespace ulam::cli {

/// The decoder that samples go through before they are written; null for a model without one and under
/// --latents. Throws Error(option) for --latents where there is nothing to decode.
LatentDecoderPtr decoder_for(const Options& options, const Source& source);

/// What files need to know of the samples: the model's info, with shape and range of the pictures where
/// `decoder` makes some of them.
ModelInfo written_info(const ModelInfo& info, const LatentDecoderPtr& decoder);

/// The samples as they are written; no gradients are kept. Cost: a decoding a row, which no ledger counts.
at::Tensor written_samples(const at::Tensor& samples, const LatentDecoderPtr& decoder);

}  // namespace ulam::cli
