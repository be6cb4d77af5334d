#pragma once
// From what a user types to a model: a shipped model's name, a bundle's folder, a problem's file or name.
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/model/bundle.h"

namespace ulam::cli {

/// A model with what the command line needs to know beside it.
struct Source {
  ModelPtr model;
  std::string where;                               // folder, file or "problem NAME"
  nlohmann::json draw = nlohmann::json::object();  // recommended solver, steps, grid
};

struct SourceOptions {
  std::string path;   // another path for an exact problem, as a spec; "" = the problem's own
  std::string dtype;  // "float32", "float64" or "" = the model's own
};

/// Folders that are searched for shipped models, first match wins: those of $ULAM_MODELS (separated by
/// colons), the installed ones beside the program, the source tree's, ./models.
std::vector<std::string> model_folders();

struct Shipped {
  std::string name;
  std::string folder;
};
/// All bundles in those folders, in name order; a name found twice counts once.
std::vector<Shipped> shipped_models(const std::vector<std::string>& folders);

/// Opens. Throws Error(option) with the valid names and the nearest for a name that is nowhere, Error(system)
/// for a folder or file that is missing, Error(unsupported) for a bundle that cannot be drawn from (a
/// classifier) and for a path or dtype that a network cannot take, and what load_bundle and read_problem
/// throw.
Source open_model(const std::string& text, const SourceOptions& options,
                  const std::vector<std::string>& folders);

/// A model of any kind by shipped name, folder, problem file or named problem: what guidance terms and
/// features name. Throws Error(option) with the valid names and the nearest, and what load_bundle and
/// read_problem throw.
ModelPtr find_model(const std::string& name, const std::string& place);

}  // namespace ulam::cli
