#pragma once
// The experiments themselves, one a method; the catalogue lists them.
#include "ulam/reproduce/laboratory.h"

namespace ulam {

Reproduction reproduce_ddpm(const ReproductionContext& context);
Reproduction reproduce_ddim(const ReproductionContext& context);
Reproduction reproduce_deis(const ReproductionContext& context);
Reproduction reproduce_pndm(const ReproductionContext& context);
Reproduction reproduce_dpmpp(const ReproductionContext& context);
Reproduction reproduce_unipc(const ReproductionContext& context);
Reproduction reproduce_sa(const ReproductionContext& context);
Reproduction reproduce_er(const ReproductionContext& context);
Reproduction reproduce_dualfast(const ReproductionContext& context);
Reproduction reproduce_momentum(const ReproductionContext& context);
Reproduction reproduce_dc(const ReproductionContext& context);
Reproduction reproduce_euler(const ReproductionContext& context);
Reproduction reproduce_heun(const ReproductionContext& context);
Reproduction reproduce_midpoint(const ReproductionContext& context);
Reproduction reproduce_rk4(const ReproductionContext& context);
Reproduction reproduce_exp(const ReproductionContext& context);
Reproduction reproduce_teleport(const ReproductionContext& context);
Reproduction reproduce_adaptive(const ReproductionContext& context);
Reproduction reproduce_time_shift(const ReproductionContext& context);
Reproduction reproduce_mrs(const ReproductionContext& context);
Reproduction reproduce_usf(const ReproductionContext& context);
Reproduction reproduce_autodiffusion(const ReproductionContext& context);
Reproduction reproduce_pag(const ReproductionContext& context);
Reproduction reproduce_sims(const ReproductionContext& context);
Reproduction reproduce_gfcg(const ReproductionContext& context);
Reproduction reproduce_minority(const ReproductionContext& context);
Reproduction reproduce_layout(const ReproductionContext& context);
Reproduction reproduce_tsdiff(const ReproductionContext& context);

}  // namespace ulam
