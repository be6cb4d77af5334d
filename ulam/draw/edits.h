#pragma once
// Edits: rewrites of a solver's steps that cost no evaluation, by name, behind its spec:
// "unipc+dc:ratios=1/1/.98".
#include <string>
#include <vector>

#include "ulam/draw/recipe.h"

namespace ulam {

struct EditEntry : Entry {
  void (*apply)(const Options& options, Recipe& recipe);
};
/// dc, dualfast, hb, nesterov, afs, timeshift. However they are written, they act in the order of struct
/// Edits.
const std::vector<EditEntry>& edits();

/// "host+edit+edit" taken apart: a + followed by a letter begins an edit.
std::vector<std::string> split_edits(const std::string& spec);
/// Applies "dc:ratio=1.1" to a recipe and adds its canonical spec to recipe.solver. An edit that is switched
/// off leaves the plan's hash. Throws Error(option): an unknown name, or one given twice.
void apply_edit(const std::string& spec, Recipe& recipe, const std::string& place);
/// "1/1/0.98" as numbers. Throws Error(option) naming the part.
std::vector<double> number_list(const std::string& text, const std::string& place);

}  // namespace ulam
