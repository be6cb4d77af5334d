#pragma once
// Keeping a picture's layout while it is drawn anew: self-guidance by the network's own activations.
#include "ulam/guide/terms.h"

namespace ulam {

/// The conditions that the term reads; models do not see them. "guide.source": [rows, nodes, ...], the noisy
/// pictures of the source at every node of the plan, as invert() gives them. "guide.source_label": [rows],
/// the source's classes; without it the source is asked for without a class.
inline constexpr const char* source_condition = "guide.source";
inline constexpr const char* source_label_condition = "guide.source_label";

struct LayoutOptions {
  double attention = 3e5;  // weight of the self-attention maps
  double features = 500;   // weight of the features
  std::string module;      // tap of the features; "": the last before the network's end
  enum class Form {
    layout,  // mean |F* - F|, both asked for with the source's class
    style,   // mean (F* - F)^2, F asked for with the draw's own class: one evaluation more
  } form = Form::layout;
  Schedule schedule;
};

/// The energy attention * sum over maps of mean (A* - A)^2 + features * the features' distance; A* and F* are
/// read at the source's own noisy picture of the same node, A and F at the state (Titov et al. 2024, arXiv
/// 2409.01322, section 3.2). Its gradient is added to the noise prediction as it is, as the paper has it: the
/// weights belong to a scale of states, and `rescale` makes them portable. Cost where it acts: two
/// evaluations (style: three) and a backward pass. Throws Error(unsupported) for a model without attention or
/// class, or a solver that asks within a step, Error(option) where the draw has no source.
TermPtr make_layout(const LayoutOptions& options);
TermEntry layout_entry();

struct RescaleOptions {
  double least = 1. / 3, most = 3;
};

/// Bounds what all energies add against what the class adds: with G the first and d the second in one head,
/// both of a row, rho = |G| / |d| and G becomes G clip(rho, least, most) / rho (Titov et al. 2024,
/// section 3.4, with the norms of their code: the squares printed in eq. 15 would not give that ratio). d is
/// what the mix differs from the answer without a class; where it is 0, rho is taken as 1; where G is 0 it
/// stays. Cost: the answer without a class.
TermPtr make_rescale(const RescaleOptions& options);
TermEntry rescale_entry();

}  // namespace ulam
