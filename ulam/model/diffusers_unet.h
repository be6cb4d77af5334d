#pragma once
// diffusers' UNet2DModel.
#include <memory>

#include "ulam/model/diffusers_unet_config.h"
#include "ulam/model/network.h"

namespace ulam::diffusers {

/// The network of a UNet2DModel, with diffusers' names for tensors ("down_blocks.0.resnets.1.conv1.weight").
/// Its forward takes x as it stands and, in c_noise's place, the timestep that diffusers would pass (any
/// value where the embedding is positional; the noise level, above 0, where it is fourier; entries of the
/// table, rounded, where it is learned). Conditions: "label" int64 [rows] (a table), int or float [rows]
/// (timestep); "embedding" float [rows, width] (identity). Output: [rows, out_channels, height, width]. Taps
/// and perturbations by module name ("mid_block.attentions.0"); residual blocks answer skip, attention
/// identity, blur and skip. Tensors come from `source`, zeros when null. Guaranteed: equal to diffusers' to
/// rounding for every block type, embedding and norm that the configuration can name. Source: Ho et al. 2020,
/// arXiv 2006.11239; Song et al. 2021, arXiv 2011.13456 (skip blocks); the diffusers library, 0.42.
std::unique_ptr<Network> make_unet2d(const nlohmann::json& json, const Unet2dConfig& config,
                                     ParameterSource* source);

}  // namespace ulam::diffusers
