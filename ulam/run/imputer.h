#pragma once
// What fills the gaps of series: one interface for models that are guided to what was seen and models that
// are told it.
#include <memory>

#include <ATen/core/Tensor.h>

#include "ulam/run/forecast.h"

namespace ulam {

class Imputer {
 public:
  virtual ~Imputer() = default;
  virtual std::int64_t length() const = 0;  // of a window
  /// Whether WindowOptions::guide is what holds the draws to what was seen; otherwise it adds to a model that
  /// is told.
  virtual bool guided() const = 0;
  /// Paths of every series of the table with its gaps (NaN) drawn: double [series, paths, times]; entries
  /// that are there stand as they are in every path. Series without a gap cost nothing where series do not
  /// depend on one another. Throws what draw throws, Error(option | shape) for a table that does not fit the
  /// model, Error(numeric) for infinities.
  virtual at::Tensor paths(const SeriesTable& table, const WindowOptions& options, const Watch& watch,
                           Spent& spent) const = 0;
};
using ImputerPtr = std::shared_ptr<const Imputer>;

/// A model with the condition "observed" (network csdi) is told what was seen of all series together: its
/// features are matched with the table's columns by name, or by order where it has no names; features that
/// the table lacks are unobserved and not returned, and a column may be all gaps. Tables longer than a window
/// are covered by windows half a window apart, each drawn with what was seen in it; an entry comes from the
/// window whose middle is nearest. Shorter ones end early. Cost: windows * paths * steps evaluations. Any
/// other model has to be one of single series (series_model), guided as `impute` does. Throws
/// Error(unsupported).
ImputerPtr make_imputer(const ModelPtr& model);

}  // namespace ulam
