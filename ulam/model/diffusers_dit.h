#pragma once
// diffusers' DiTTransformer2DModel.
#include <memory>

#include "ulam/model/diffusers_dit_config.h"
#include "ulam/model/network.h"

namespace ulam::diffusers {

/// A transformer over the patches of a square input, with diffusers' names for tensors
/// ("transformer_blocks.0.norm1.linear.weight"). Its forward takes x as it stands and, in c_noise's place,
/// the timestep, any value. Condition: "label" int64 [rows], 0..classes-1; `classes`, or none given, is the
/// null class. Output: [rows, out_channels, size, size]. Taps: "transformer_blocks.N" (the features after a
/// block) and "transformer_blocks.N.attn1" (what its attention adds, before the gate), both [rows, width,
/// grid, grid], and "transformer_blocks.N.attn1.map". A block answers skip; its attention skip (adds
/// nothing), identity and blur. Tensors come from `source`, zeros when null. Guaranteed: equal to diffusers'
/// to rounding for every field that parse_dit accepts. Source: Peebles and Xie 2023, arXiv 2212.09748; the
/// diffusers library, 0.42.
std::unique_ptr<Network> make_dit(const nlohmann::json& json, const DitConfig& config,
                                  ParameterSource* source);

/// Where the tokens of a grid x grid square stand, [grid^2, width] float: sin and cos of the column, then of
/// the row, each over width/4 frequencies 10000^(-k / (width/4)).
at::Tensor grid_positions(int grid, int width);

}  // namespace ulam::diffusers
