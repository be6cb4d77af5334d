#pragma once
// Options of a subcommand from a table of parameters: one schema for parsing, checking, help and records.
#include <map>
#include <string>
#include <vector>

#include "ulam/base/options.h"

namespace CLI {
class App;
}

namespace ulam::cli {

/// Texts as typed, by parameter name.
using Given = std::map<std::string, std::string>;

/// "--name" (and "-x" where `letters` maps name to x) for every parameter; booleans are flags. Help shows
/// type, range or choices, and default. Values are checked later, by Options.
void add_parameters(CLI::App& app, const std::vector<Parameter>& schema, Given& given,
                    const std::map<std::string, std::string>& letters = {});

/// Refuses what was typed but is no option of the command, naming the nearest. Throws Error(option).
void refuse_extras(const CLI::App& app);

/// "an integer from 1 to 10, default 3" for help and tables.
std::string describe(const Parameter& parameter);

}  // namespace ulam::cli
