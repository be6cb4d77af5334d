#include "ulam/cli/app.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ulam/base/version.h"
#include "ulam/cli/command_line.h"
#include "ulam/cli/commands.h"
#include "ulam/cli/exit_code.h"

namespace ulam::cli {
namespace {

constexpr const char* root_examples =
    "Start here:\n"
    "  ulam draw fashion -n 64 -o page.png\n"
    "  ulam draw --help";

/// What was typed, as a shell reads it.
std::string command_text(int argc, const char* const* argv) {
  std::string out = "ulam";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n\"'$&|;<>()*?[]#~`\\!{}") == std::string::npos;
    out += plain ? " " + word : " '" + word + "'";
  }
  return out;
}

int say(int code, const std::string& sentence) {
  fmt::print(stderr, "ulam: {}\n", sentence);
  return code;
}

}  // namespace

int run_app(int argc, const char* const* argv) {
  CLI::App root("Ulam draws samples from generative models in few evaluations.", "ulam");
  root.set_version_flag("--version", std::string("ulam ") + version);
  root.footer(root_examples);
  root.require_subcommand(0, 1);
  const std::vector<Command> commands = add_commands(root, command_text(argc, argv));
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& e) {  // help or version
    return root.exit(e);
  } catch (const CLI::ParseError& e) {
    return say(exit_usage, e.what());
  }
  try {
    if (root.get_subcommands().empty()) {
      fmt::print("{}", root.help());
      return argc > 1 ? exit_usage : exit_ok;
    }
    int code = exit_ok;
    for (const Command& command : commands) {
      if (!command.app->parsed()) continue;
      refuse_extras(*command.app);
      code = command.run();
    }
    if (std::fflush(stdout) != 0) return say(exit_system, "standard output: cannot be written");
    return code;
  } catch (const std::exception& e) {
    const Verdict verdict = judge(e);
    return say(verdict.code, verdict.sentence);
  }
}

}  // namespace ulam::cli
