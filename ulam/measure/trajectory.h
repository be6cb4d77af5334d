#pragma once
// How far samples lie from a converged reference that began with the same noise.
#include <cstdint>
#include <span>

#include "ulam/measure/figure.h"
#include "ulam/measure/sample_set.h"

namespace ulam {

/// Root of the mean, over rows and numbers of a row, of the squared difference between a sample and the
/// reference row of the same id. Figure "trajectory": 0 where the solver has converged to the reference, in
/// the units of the data.
///
/// `ids` and `reference_ids` name the rows of the sets; both empty: rows pair by position and the sets must
/// be of one size. The reference may hold more rows than the samples. Error: scatter over rows of the mean
/// squared difference, carried through the root (rows are independent); it covers the choice of noise, not an
/// error of the reference, which should be ten times smaller. No bias beyond that of the root, 1/n. Throws
/// Error(shape) for rows of different shape and Error(option) for fewer than 2 rows, an id that is missing
/// from the reference or stands twice in it. Cost: one pass over the rows.
Figure trajectory_error(const SampleSet& samples, const SampleSet& reference,
                        std::span<const std::int64_t> ids = {},
                        std::span<const std::int64_t> reference_ids = {});

}  // namespace ulam
