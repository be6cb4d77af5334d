#pragma once
// From what a user types to a model: a shipped model's name, a folder (a bundle's, or what diffusers saved),
// a problem's file or name.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/model/model_folder.h"

namespace ulam::cli {

/// A model with what the command line needs to know beside it.
struct Source {
  ModelPtr model;
  std::string where;                               // folder, file or "problem NAME"
  nlohmann::json draw = nlohmann::json::object();  // recommended solver, steps, grid, post
  std::vector<std::string> warnings;               // what of a folder is not heeded
  LatentDecoderPtr decoder;                        // where the model draws latents of pictures; else null
  Trust trust = Trust::none;  // as it was opened with: for other models that a draw names
};

struct SourceOptions {
  std::string path;           // another path for an exact problem, as a spec; "" = the problem's own
  std::string dtype;          // "float32", "float64" or "" = the model's own
  Trust trust = Trust::none;  // --trust: never kept in a record
};

/// Of a flag as it was typed.
inline Trust trust_of(bool flag) { return flag ? Trust::code : Trust::none; }

/// Folders that are searched for shipped models, first match wins: those of $ULAM_MODELS (separated by
/// colons), the installed ones beside the program, the source tree's, ./models.
std::vector<std::string> model_folders();

struct Shipped {
  std::string name;
  std::string folder;
};
/// All bundles and diffusers folders in those folders, in name order; a name found twice counts once.
std::vector<Shipped> shipped_models(const std::vector<std::string>& folders);

/// Opens. Throws Error(option) with the valid names and the nearest for a name that is nowhere, Error(system)
/// for a folder or file that is missing, Error(unsupported) for a bundle that cannot be drawn from (a
/// classifier) and for a path or dtype that a network cannot take, and what load_model_folder and
/// read_problem throw.
Source open_model(const std::string& text, const SourceOptions& options,
                  const std::vector<std::string>& folders);

/// Prints the source's warnings to stderr, a line each: "ulam: COMMAND: warning: ...".
void show_warnings(const Source& source, std::string_view command);

/// A model of any kind by shipped name, folder, problem file or named problem: what guidance terms and
/// features name. Throws Error(option) with the valid names and the nearest, and what load_model_folder and
/// read_problem throw.
ModelPtr find_model(const std::string& name, const std::string& place, Trust trust = Trust::none);

}  // namespace ulam::cli
