#pragma once
// `ulam plan`: what a solver will do, as numbers, before anything is spent.
#include <string>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

/// steps, path, grid, head, model, output.
const std::vector<Parameter>& plan_parameters();

/// The plan's table, or its JSON (which `ulam draw --plan` takes). Path and head are those of `model` where
/// one is named. Throws Error(option) as make_plan does.
std::string plan_text(const Given& given, bool json, bool trust = false);

}  // namespace ulam::cli
