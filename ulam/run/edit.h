#pragma once
// Pictures of one class made into another, keeping what they show: inversion, guidance by activations,
// rescaling.
#include <string>

#include <ATen/core/Tensor.h>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/guide/layout.h"
#include "ulam/model/model.h"

namespace ulam {

struct EditRequest {
  ModelPtr model;
  at::Tensor pictures;  // [n, ...] as the model's data
  at::Tensor from, to;  // [n] int64, classes
  int steps = 50;
  std::string grid;        // "": the path's standard
  double scale = 7.5;      // of classifier-free guidance: null + scale (class - null)
  double guided = .7;      // share of the steps, from the first, on which the layout is kept
  LayoutOptions layout{};  // its window is set from `guided`
  RescaleOptions rescale{};
  ModelPtr judge{};  // a classifier; none: classes are not judged
  Watch watch{};
};

/// How far an edit went, a row each, double.
struct EditJudged {
  at::Tensor
      moved;  // distance of the layouts of source and edit: RMS of both blurred to a quarter of the size
  at::Tensor reached;  // the judge's probability of the class asked for; undefined without one
};

struct EditResult {
  at::Tensor nodes;  // [n, steps + 1, ...]: see invert()
  at::Tensor reconstructed, plain,
      edited;  // [n, ...]: drawn back as it was; without and with its layout kept
  EditJudged of_source, of_reconstructed, of_plain, of_edited;
  Spent spent;
  bool cancelled = false;  // then nothing else is filled
};

/// Inverts with the class `from`, draws with `to` (Titov et al. 2024, arXiv 2409.01322, algorithm 1): DDIM
/// steps; the same draw without the layout's guidance and one with the class `from` are made for comparison.
/// Rows do not depend on one another. Evaluations a row: steps to invert and to reconstruct, 2 steps plain, 2
/// (4 while guided) edited, and as many backward passes as guided steps. Throws Error(unsupported) for a
/// model without null class, attention or pictures' shape, Error(shape | option) for what does not fit.
EditResult edit(const EditRequest& request);

}  // namespace ulam
