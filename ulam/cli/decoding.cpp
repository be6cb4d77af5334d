#include "ulam/cli/decoding.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"

namespace ulam::cli {

LatentDecoderPtr decoder_for(const Options& options, const Source& source) {
  if (!options.flag("latents")) return source.decoder;
  if (!source.decoder)
    fail(ErrorKind::option, "--latents",
         "{} has no autoencoder that could be left out; its samples are what it draws",
         source.model->info().name);
  return nullptr;
}

ModelInfo written_info(const ModelInfo& info, const LatentDecoderPtr& decoder) {
  ModelInfo out = info;
  if (!decoder) return out;
  out.shape = decoder->info().shape;
  out.data_low = decoder->info().low;
  out.data_high = decoder->info().high;
  return out;
}

at::Tensor written_samples(const at::Tensor& samples, const LatentDecoderPtr& decoder) {
  const at::NoGradGuard off;
  return decoder ? decoder->decode(samples) : samples;
}

}  // namespace ulam::cli
