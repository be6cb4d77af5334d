#include "ulam/measure/binomial.h"

#include <cmath>

#include "ulam/base/error.h"

namespace ulam {

double binomial_error(std::int64_t right, std::int64_t all) {
  if (right < 0 || right > all)
    fail(ErrorKind::option, "binomial", "{} of {}; 0 to all of them are valid", right, all);
  const double a = static_cast<double>(right) + .5, b = static_cast<double>(all - right) + .5;
  return std::sqrt(a * b / ((a + b) * (a + b) * (a + b + 1)));
}

}  // namespace ulam
