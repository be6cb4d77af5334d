#pragma once
// Models in closed form that guidance is tried on: an exact classifier, and a conditional model that leaks.
#include <vector>

#include "ulam/problems/problem.h"

namespace ulam {

/// The exact classifier of noised rows: logits log w_k + log p_t(x | k) of a problem's classes, at any noise
/// level of its path; "outputs" k = 0 .. n - 1. Differentiable once in x. Throws Error(option) unless there
/// is a weight above 0 for every class.
ModelPtr exact_judge(ProblemPtr problem, std::vector<double> weights);

/// Draws class c with the other classes mixed in: the density of label c is (1 - leak) p_c + leak * the mean
/// of the others, as a conditional model that was trained too little has it; the null class is the mean of
/// all. `problem`: a mixture on the edm path whose data prediction is asked, one part a class, given by its
/// JSON without labels. Throws Error(option) for fewer than 2 parts or a leak outside 0 .. 1.
ModelPtr leaky_classes(const nlohmann::json& problem, double leak);

}  // namespace ulam
