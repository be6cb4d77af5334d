#pragma once
// One small experiment a method: what its paper claims, tried on a problem whose answer is known.
#include <string>
#include <vector>

#include "ulam/base/catalogue.h"
#include "ulam/reproduce/laboratory.h"

namespace ulam {

/// `name` is the method's; `purpose` says what is tried; `cost` how long it takes.
struct ReproductionEntry : Entry {
  Reproduction (*run)(const ReproductionContext&);
};
/// ddpm, ddim, deis, pndm, dpmpp, unipc, sa, er, dualfast, momentum, dc, euler, heun, midpoint, rk4, exp,
/// teleport, mrs, usf, autodiffusion, tsdiff. A solver without an experiment of its own is an alias of the one that treats it.
const std::vector<ReproductionEntry>& reproductions();

/// Runs one by name. Pure: the same seed gives the same figures on one machine and build. Throws
/// Error(option) with the valid names and the nearest, Error(cancelled).
Reproduction reproduce(const std::string& name, const ReproductionContext& context);

}  // namespace ulam
