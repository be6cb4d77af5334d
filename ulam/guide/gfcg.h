#pragma once
// Gradient-free classifier guidance: away from the class that the sample is most easily taken for.
#include "ulam/guide/terms.h"

namespace ulam {

struct GfcgOptions {
  ModelPtr classifier;  // of clean rows; logits for the model's classes in their order
  ModelPtr from;        // whose answer for the wrong class is moved away from; none: the model's own
  double strength = 1;  // most of the weight
  enum class Confusion { wrong, odds, reference } confusion = Confusion::odds;
  Schedule schedule;
  std::string classifier_name, model_name;  // as the user named them
};

/// D~ = D + strength h(p) (D - D(c_ref)), p = softmax(classifier(D)) a row, c_ref the most likely wrong class
/// and h in [0, 1] rising with confusion: 1 - p_c (wrong), p_ref / (p_c + p_ref) (odds), p_ref (reference).
/// The paper's text (Shenoy et al. 2024, arXiv 2411.15393) could not be had; reference label, adaptive weight
/// and forward-only use are its abstract's, these formulas are a reconstruction. With `from`, a weaker model,
/// c_ref is put into it (with autoguidance in the paper). Cost: one evaluation of the classifier and one of
/// the reference where it acts. No gradient anywhere.
TermPtr make_gfcg(const GfcgOptions& options);
TermEntry gfcg_entry();

}  // namespace ulam
