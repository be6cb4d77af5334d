#include "ulam/cli/statistics_source.h"

#include "ulam/base/error.h"
#include "ulam/draw/teleport.h"
#include "ulam/model/gaussian_file.h"
#include "ulam/problems/problem.h"

namespace ulam::cli {

GaussianSetPtr statistics_of(const Source& source) {
  if (const auto* problem = dynamic_cast<const Problem*>(source.model.get())) return gaussians_of(*problem);
  if (GaussianSetPtr set = load_gaussians(source.where, source.model->info())) return set;
  fail(ErrorKind::unsupported, source.where,
       "holds no statistics of its data; `ulam stats {} --data DATA` makes them", source.where);
}

}  // namespace ulam::cli
