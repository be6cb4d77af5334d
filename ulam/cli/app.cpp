#include "ulam/cli/app.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ulam/base/version.h"
#include "ulam/cli/draw_command.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/methods_command.h"
#include "ulam/cli/models_command.h"
#include "ulam/cli/plan_command.h"
#include "ulam/cli/train_command.h"
#include "ulam/learn/train.h"

namespace ulam::cli {
namespace {

constexpr const char* draw_examples =
    "Examples:\n"
    "  ulam draw fashion -n 64 -o page.png                      a page of pictures from the shipped model\n"
    "  ulam draw fashion --label 9 --steps 8 -o boots.png       one class, fewer steps\n"
    "  ulam draw fashion --ids 7 -o seven.npy                   sample 7 of the same seed, alone\n"
    "  ulam draw gmm.json --solver ddim:eta=0.5 -o x.npz        an exact problem from a file\n"
    "  ulam draw tp1 --noise xT.npy --grid times.json -o x.npy  foreign start and times\n"
    "  ulam draw --again page.png -o same.png                   repeat what a file says about itself";
constexpr const char* plan_examples =
    "Examples:\n"
    "  ulam plan heun --steps 4 --path edm            the table of times, matrices and noise\n"
    "  ulam plan ddim --model fashion --steps 8 --output ddim-8.json\n"
    "  ulam draw fashion --plan ddim-8.json -o page.png";
constexpr const char* train_examples =
    "Examples:\n"
    "  ulam train fashion --data /usr/share/datasets/fashion-mnist --out my-fashion --steps 2000\n"
    "  ulam train my-model/model.json --data pictures/ --out my-model --start fresh\n"
    "Ctrl-C writes a checkpoint; the same command goes on from it.";
constexpr const char* methods_examples =
    "Examples:\n"
    "  ulam methods\n"
    "  ulam methods ddim\n"
    "  ulam methods path/cosine --json";
constexpr const char* root_examples =
    "Start here:\n"
    "  ulam draw fashion -n 64 -o page.png\n"
    "  ulam draw --help";

/// What all subcommands share.
CLI::App* add_command(CLI::App& root, const char* name, const char* purpose, const char* examples) {
  CLI::App* command = root.add_subcommand(name, purpose);
  command->footer(examples);
  command->allow_extras();
  return command;
}

struct Commands {
  CLI::App* draw;
  CLI::App* plan;
  CLI::App* train;
  CLI::App* models;
  CLI::App* methods;
};

struct Typed {
  Given draw, plan, train;
  std::vector<std::string> outputs;
  std::string again, data, out, train_model, method;
  std::string threads = "0";
  bool json = false, quiet = false, markdown = false, restart = false;
};

/// The first parameter of a table as the positional argument, the others as options.
void add_with_positional(CLI::App& app, const std::vector<Parameter>& schema, Given& given,
                         const std::map<std::string, std::string>& letters = {}) {
  const Parameter& first = schema.front();
  app.add_option_function<std::string>(
         first.name, [&given, name = first.name](const std::string& text) { given[name] = text; },
         first.purpose)
      ->type_name("");
  add_parameters(app, {schema.begin() + 1, schema.end()}, given, letters);
}

Commands declare(CLI::App& root, Typed& typed) {
  Commands c{};
  c.draw = add_command(root, "draw", "Draw samples from a model", draw_examples);
  add_with_positional(*c.draw, draw_parameters(), typed.draw, {{"count", "n"}});
  c.draw
      ->add_option(
          "-o,--output", typed.outputs,
          "file to write: .png (a page), .npy, .npz, .safetensors; repeatable; NAME.png for pictures "
          "and NAME.npy for others where none is given")
      ->allow_extra_args(false)
      ->type_name("");
  c.draw->add_option("--again", typed.again, "repeat the draw that wrote this file")->type_name("");
  c.plan = add_command(root, "plan", "Print what a solver will do: times, matrices, cost", plan_examples);
  add_with_positional(*c.plan, plan_parameters(), typed.plan, {{"output", "o"}});
  c.train = add_command(root, "train", "Train a bundle's network on a data set", train_examples);
  c.train->add_option("model", typed.train_model, "bundle's folder, model.json, or shipped model")
      ->type_name("");
  c.train->add_option("--data", typed.data, "idx folder, folder of PNG pictures, .npy or .npz")
      ->type_name("");
  c.train->add_option("-o,--out", typed.out, "folder of the new bundle and its checkpoint")->type_name("");
  c.train->add_option("--threads", typed.threads, "threads, 0 = all cores")->type_name("");
  c.train->add_flag("--restart", typed.restart, "ignore a checkpoint that is there");
  add_parameters(*c.train, train_parameters(), typed.train);
  c.models = add_command(root, "models", "List the shipped models", "");
  c.methods = add_command(root, "methods", "List the methods, or one with its parameters", methods_examples);
  c.methods->add_option("name", typed.method, "method, or kind/method")->type_name("");
  c.methods->add_flag("--markdown", typed.markdown, "a Markdown table");
  for (CLI::App* command : {c.draw, c.plan, c.train, c.models, c.methods})
    command->add_flag("--json", typed.json, "one JSON document on standard output");
  for (CLI::App* command : {c.draw, c.train})
    command->add_flag("--quiet", typed.quiet, "no progress, no summary");
  return c;
}

/// --again goes with options that do not change the result.
DrawTask draw_task(const Typed& typed) {
  DrawTask task{
      .job = {}, .outputs = typed.outputs, .json = typed.json, .quiet = typed.quiet, .again = false};
  if (typed.again.empty()) {
    task.job = make_job(typed.draw);
    return task;
  }
  for (const auto& [name, value] : typed.draw)
    fail(ErrorKind::option, "draw --again", "repeats a draw as it was; {}={} cannot stand beside it", name,
         value);
  task.job = job_of(read_record(typed.again), typed.again);
  task.again = true;
  return task;
}

int dispatch(const Commands& c, const Typed& typed) {
  for (const CLI::App* command : {c.draw, c.plan, c.train, c.models, c.methods})
    if (command->parsed()) refuse_extras(*command);
  if (c.draw->parsed()) return run_draw(draw_task(typed));
  if (c.train->parsed()) {
    const Options threads("train", {{"threads", OptionType::integer, "0", "", 0, 4096, {}, ""}},
                          {{"threads", typed.threads}});
    return run_train({typed.train_model, typed.data, typed.out, typed.train, typed.restart, typed.quiet,
                      typed.json, static_cast<int>(threads.integer("threads"))});
  }
  if (c.plan->parsed()) fmt::print("{}", plan_text(typed.plan, typed.json));
  if (c.models->parsed()) fmt::print("{}", models_text(model_folders(), typed.json));
  if (c.methods->parsed()) {
    const MethodsForm form = typed.json       ? MethodsForm::json
                             : typed.markdown ? MethodsForm::markdown
                                              : MethodsForm::text;
    fmt::print("{}", methods_text(methods(catalogue()), typed.method, form));
  }
  return exit_ok;
}

int say(int code, const std::string& sentence) {
  fmt::print(stderr, "ulam: {}\n", sentence);
  return code;
}

}  // namespace

int run_app(int argc, const char* const* argv) {
  Typed typed;
  CLI::App root("Ulam draws samples from generative models in few evaluations.", "ulam");
  root.set_version_flag("--version", std::string("ulam ") + version);
  root.footer(root_examples);
  root.require_subcommand(0, 1);
  const Commands commands = declare(root, typed);
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
    const int code = dispatch(commands, typed);
    if (std::fflush(stdout) != 0) return say(exit_system, "standard output: cannot be written");
    return code;
  } catch (const std::exception& e) {
    const Verdict verdict = judge(e);
    return say(verdict.code, verdict.sentence);
  }
}

}  // namespace ulam::cli
