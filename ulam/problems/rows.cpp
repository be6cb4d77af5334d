#include "ulam/problems/rows.h"

#include <ATen/Parallel.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

/// Rows as doubles, whatever the dtype.
std::vector<double> doubles(const at::Tensor& x) {
  std::vector<double> values(x.numel());
  if (x.scalar_type() == at::kDouble) {
    std::copy_n(x.data_ptr<double>(), values.size(), values.data());
  } else {
    std::copy_n(x.data_ptr<float>(), values.size(), values.data());
  }
  return values;
}

/// Writes rows that `f` makes into a new tensor of x's shape and dtype: f(first, last, x as doubles, out as
/// doubles).
template <typename F>
at::Tensor map_rows(const Density& density, const at::Tensor& x, F f) {
  const std::int64_t rows = x.size(0), d = density.dimension();
  const std::vector<double> in = doubles(x);
  at::Tensor result = at::empty_like(x);
  // A thread's share is worth at least about 20 microseconds, in whole tiles.
  const auto tile = static_cast<std::int64_t>(density.tile());
  const auto grain =
      std::max<std::int64_t>(tile, static_cast<std::int64_t>(4e4 / density.flops()) / tile * tile);
  at::parallel_for(0, rows, grain, [&](std::int64_t first, std::int64_t last) {
    std::vector<double> out((last - first) * d);
    f(first, last, in.data(), out.data());
    if (x.scalar_type() == at::kDouble) {
      std::copy(out.begin(), out.end(), result.data_ptr<double>() + first * d);
    } else {
      std::transform(out.begin(), out.end(), result.data_ptr<float>() + first * d,
                     [](double v) { return static_cast<float>(v); });
    }
  });
  return result;
}

RowQuery query(const RowPlan& plan, const double* x, std::int64_t r, std::int64_t d) {
  return {x + r * d, plan.marginal[r].a, plan.marginal[r].s, plan.label[r]};
}

}  // namespace

at::Tensor answer_rows(const Density& density, const RowPlan& plan, const at::Tensor& x) {
  const std::int64_t d = density.dimension();
  return map_rows(density, x, [&](std::int64_t first, std::int64_t last, const double* in, double* out) {
    std::vector<RowQuery> queries;
    std::vector<RowAnswer> answers;
    for (std::int64_t r = first; r < last; ++r) {
      double* target = out + (r - first) * d;
      if (plan.marginal[r].s == 0) {
        for (std::int64_t i = 0; i < d; ++i) target[i] = in[r * d + i] / plan.marginal[r].a;
      } else {
        queries.push_back(query(plan, in, r, d));
        answers.push_back({target, nullptr, 0});
      }
    }
    density.evaluate(queries, answers);
    for (std::int64_t r = first; r < last; ++r) {
      const Affine c = plan.affine[r];
      if (c.of_x == 0 && c.of_p == 1) continue;
      for (std::int64_t i = 0; i < d; ++i) {
        double& value = out[(r - first) * d + i];
        value = c.of_x * in[r * d + i] + c.of_p * value;
      }
    }
  });
}

at::Tensor score_rows(const Density& density, const RowPlan& plan, const at::Tensor& x) {
  const std::int64_t d = density.dimension();
  for (const Marginal& m : plan.marginal)
    if (m.s == 0) fail(ErrorKind::numeric, "problem", "the score does not exist where s = 0");
  return map_rows(density, x, [&](std::int64_t first, std::int64_t last, const double* in, double* out) {
    std::vector<RowQuery> queries;
    std::vector<RowAnswer> answers;
    for (std::int64_t r = first; r < last; ++r) {
      queries.push_back(query(plan, in, r, d));
      answers.push_back({nullptr, out + (r - first) * d, 0});
    }
    density.evaluate(queries, answers);
  });
}

at::Tensor log_density_rows(const Density& density, const RowPlan& plan, const at::Tensor& x) {
  const std::int64_t rows = x.size(0), d = density.dimension();
  const std::vector<double> in = doubles(x);
  for (const Marginal& m : plan.marginal)
    if (m.s == 0 && !density.smooth())
      fail(ErrorKind::numeric, "problem", "data of point masses have no density where s = 0");
  at::Tensor result = at::empty({rows}, at::kDouble);
  at::parallel_for(0, rows, density.tile(), [&](std::int64_t first, std::int64_t last) {
    std::vector<RowQuery> queries;
    for (std::int64_t r = first; r < last; ++r)
      if (plan.marginal[r].s > 0) queries.push_back(query(plan, in.data(), r, d));
    std::vector<RowAnswer> answers(queries.size());
    density.evaluate(queries, answers);
    std::size_t next = 0;
    std::vector<double> clean(d);
    for (std::int64_t r = first; r < last; ++r) {
      const Marginal& m = plan.marginal[r];
      if (m.s > 0) {
        result.data_ptr<double>()[r] = answers[next++].log_density;
        continue;
      }
      for (std::int64_t i = 0; i < d; ++i) clean[i] = in[r * d + i] / m.a;
      result.data_ptr<double>()[r] =
          density.clean_log_density(clean.data(), plan.label[r]) - static_cast<double>(d) * std::log(m.a);
    }
  });
  return result;
}

at::Tensor pull_back_rows(const Density& density, const RowPlan& plan, const at::Tensor& x,
                          const at::Tensor& v) {
  const std::int64_t d = density.dimension();
  const std::vector<double> pull = doubles(v);
  return map_rows(density, x, [&](std::int64_t first, std::int64_t last, const double* in, double* out) {
    for (std::int64_t r = first; r < last; ++r) {
      double* target = out + (r - first) * d;
      const double* given = pull.data() + r * d;
      if (plan.marginal[r].s == 0) {
        for (std::int64_t i = 0; i < d; ++i) target[i] = given[i] / plan.marginal[r].a;
      } else {
        density.jacobian_product(query(plan, in, r, d), given, target);
      }
      for (std::int64_t i = 0; i < d; ++i)
        target[i] = plan.affine[r].of_x * given[i] + plan.affine[r].of_p * target[i];
    }
  });
}

}  // namespace ulam
