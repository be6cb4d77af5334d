#pragma once
// `ulam edit`: pictures of one class made into another, keeping their layout.
#include <string>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

/// picture, model, from, to, count, steps, grid, scale, guided, attention, features, module, form, least,
/// most, judge, threads.
const std::vector<Parameter>& edit_parameters();

struct EditTask {
  Given given;  // of edit_parameters()
  std::string output,
      samples;  // a page of pictures, "" = NAME-edited.png; and the edited pictures as numbers
  bool json = false, quiet = false;
  bool trust = false;  // --trust: a model may be a file that can run code
};

/// Reads, edits, writes whole files at the end, prints how much of the layout was kept and whether the class
/// was reached. Returns 0, or 130 when cancelled with nothing written. Throws as edit, open_model and the
/// readers do.
int run_edit(const EditTask& task);

}  // namespace ulam::cli
