#pragma once
// The subcommands: each declares its options and says what runs it. A new one is a function and a line.
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ulam::cli {

struct Command {
  CLI::App* app;
  std::function<int()> run;  // after parsing; returns the exit code, throws Error
};

/// Adds all subcommands. Keep the result as long as `root`: what is typed goes into its closures. `words`:
/// the whole command as typed, which reports repeat.
std::vector<Command> add_commands(CLI::App& root, const std::string& words);

}  // namespace ulam::cli
