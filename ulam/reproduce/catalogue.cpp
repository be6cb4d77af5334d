#include "ulam/reproduce/catalogue.h"

#include "ulam/reproduce/methods.h"

namespace ulam {

const std::vector<ReproductionEntry>& reproductions() {
  static const std::vector<ReproductionEntry> table = {
      {{"ddpm",
        {},
        "distance to exact samples at 10 and 1000 steps, both variances",
        {},
        "Ho et al. 2020",
        "seconds",
        ""},
       reproduce_ddpm},
      {{"ddim",
        {},
        "deterministic against stochastic steps; one noise, one sample",
        {},
        "Song et al. 2021",
        "seconds",
        ""},
       reproduce_ddim},
      {{"euler", {}, "order 1; the same as ddim", {}, "Karras et al. 2022", "seconds", ""}, reproduce_euler},
      {{"heun",
        {"edm"},
        "order 2; against Euler at 35 and 79 evaluations",
        {},
        "Karras et al. 2022",
        "seconds",
        ""},
       reproduce_heun},
      {{"midpoint",
        {},
        "order 2; against Euler at equal evaluations",
        {},
        "Zhang and Chen 2023",
        "seconds",
        ""},
       reproduce_midpoint},
      {{"rk4",
        {},
        "order 4; against Heun and DDIM at 48 evaluations",
        {},
        "Zhang and Chen 2023",
        "seconds",
        ""},
       reproduce_rk4},
      {{"exp", {}, "the solvers that it contains; order 1", {}, "Lu et al. 2022", "seconds", ""},
       reproduce_exp},
      {{"teleport",
        {},
        "a closed-form jump over the noisy end: state error, cost, displacement of the samples",
        {},
        "Wang and Vastola 2024",
        "seconds",
        ""},
       reproduce_teleport},
      {{"mrs",
        {"mean_reverting"},
        "restoration: few steps against posterior sampling; both orders; the stride",
        {},
        "Li et al. 2025",
        "seconds",
        ""},
       reproduce_mrs},
  };
  return table;
}

Reproduction reproduce(const std::string& name, const ReproductionContext& context) {
  return find_entry(reproductions(), name, "reproduce").run(context);
}

}  // namespace ulam
