#include "ulam/cli/app.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ulam/base/version.h"
#include "ulam/cli/compare_command.h"
#include "ulam/cli/draw_command.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/measure_command.h"
#include "ulam/cli/methods_command.h"
#include "ulam/cli/models_command.h"
#include "ulam/cli/plan_command.h"
#include "ulam/cli/reproduce_command.h"
#include "ulam/cli/selftest_command.h"
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
constexpr const char* measure_examples =
    "Examples:\n"
    "  ulam measure page.npz /usr/share/datasets/fashion-mnist:test       samples against real pictures\n"
    "  ulam measure x0.npy gmm.json --what w2,sliced                      against exact samples of a "
    "problem\n"
    "  ulam measure page.npz DATA:test --what agreement --features fashion-features\n"
    "  ulam measure ddim.npz converged.npz --what trajectory              the same noise, two solvers\n"
    "  ulam measure ensemble.npy truth.npy --what crps,coverage90,width90 forecasts\n"
    "  ulam measure chains.npy --what ess,rhat,mcse                       Markov chains";
constexpr const char* selftest_examples =
    "Examples:\n"
    "  ulam selftest                 this build on this machine, and the shipped model\n"
    "  ulam selftest ./my-model      how much a row of this model feels its batch, and more\n"
    "  ulam selftest --json\n"
    "Exit code 0: all good; 1: a check failed.";
constexpr const char* compare_examples =
    "Examples:\n"
    "  ulam compare fashion --solver ddim --solver heun --evaluations 5,10,20 --report compare.html\n"
    "  ulam compare fashion fashion-weak --solver heun\n"
    "  ulam compare tp1 --evaluations 4-12              every solver there is, on an exact problem\n"
    "Every contender gets the same noise and at most the same number of evaluations a sample.";
constexpr const char* reproduce_examples =
    "Examples:\n"
    "  ulam reproduce heun\n"
    "  ulam reproduce --all --json\n"
    "Exit code 0: everything was shown; 1: not, and the text says why.";
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
  CLI::App* selftest;
  CLI::App* compare;
  CLI::App* reproduce;
  CLI::App* measure;
};

struct Typed {
  Given draw, plan, train;
  std::vector<std::string> outputs;
  std::string again, data, out, train_model, method, selftest_model;
  std::string threads = "0";
  Given compare;
  CompareTask compare_task;
  ReproduceTask reproduce_task;
  MeasureTask measure_task;
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
  c.selftest =
      add_command(root, "selftest", "Check this build on this machine, and a model", selftest_examples);
  c.selftest
      ->add_option(
          "model", typed.selftest_model,
          "shipped model, folder of a bundle, problem file, or named problem; fashion where none is given")
      ->type_name("");
  c.selftest->add_option("--threads", typed.threads, "threads, 0 = all cores")->type_name("");
  c.compare =
      add_command(root, "compare", "Compare solvers and models at equal evaluations", compare_examples);
  c.compare
      ->add_option("model", typed.compare_task.models,
                   "shipped models, folders of bundles, problems; one or more")
      ->type_name("");
  c.compare
      ->add_option("--solver", typed.compare_task.solvers,
                   "solver as NAME or NAME:key=value,...; repeatable; all without it")
      ->allow_extra_args(false)
      ->type_name("");
  c.compare->add_option("--plan", typed.compare_task.plans, "finished plan from a .json file; repeatable")
      ->allow_extra_args(false)
      ->type_name("");
  c.compare->add_option("--report", typed.compare_task.report, "page to write: FILE.html, opens offline")
      ->type_name("");
  add_parameters(*c.compare, compare_parameters(), typed.compare, {{"count", "n"}});
  c.reproduce = add_command(root, "reproduce", "Try a paper's claims on a problem with a known answer",
                            reproduce_examples);
  c.reproduce->add_option("method", typed.reproduce_task.method, "method, as ulam methods lists it")
      ->type_name("");
  c.reproduce->add_flag("--all", typed.reproduce_task.all, "every method that has a reproduction");
  c.reproduce->add_flag("--markdown", typed.reproduce_task.markdown, "Markdown tables");
  c.reproduce->add_option("--seed", typed.reproduce_task.seed, "seed of all randomness")->type_name("");
  c.measure = add_command(root, "measure", "Measure samples: distances, recognised classes, scores",
                          measure_examples);
  add_with_positional(*c.measure, measure_parameters(), typed.measure_task.given, {{"count", "n"}});
  c.measure
      ->add_option("reference", typed.measure_task.reference,
                   "what they are measured against: the same kinds of source")
      ->type_name("");
  for (CLI::App* command :
       {c.draw, c.plan, c.train, c.models, c.methods, c.selftest, c.compare, c.measure, c.reproduce})
    command->add_flag("--json", typed.json, "one JSON document on standard output");
  for (CLI::App* command : {c.draw, c.train, c.selftest, c.compare, c.measure, c.reproduce})
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

int threads_of(const Typed& typed, const char* place) {
  const Options options(place, {{"threads", OptionType::integer, "0", "", 0, 4096, {}, ""}},
                        {{"threads", typed.threads}});
  return static_cast<int>(options.integer("threads"));
}

int dispatch(const Commands& c, const Typed& typed) {
  for (const CLI::App* command :
       {c.draw, c.plan, c.train, c.models, c.methods, c.selftest, c.compare, c.measure, c.reproduce})
    if (command->parsed()) refuse_extras(*command);
  if (c.draw->parsed()) return run_draw(draw_task(typed));
  if (c.train->parsed()) {
    return run_train({typed.train_model, typed.data, typed.out, typed.train, typed.restart, typed.quiet,
                      typed.json, threads_of(typed, "train")});
  }
  if (c.compare->parsed()) {
    CompareTask task = typed.compare_task;
    task.given = typed.compare;
    task.json = typed.json;
    task.quiet = typed.quiet;
    return run_compare(task);
  }
  if (c.measure->parsed()) {
    MeasureTask task = typed.measure_task;
    task.json = typed.json;
    task.quiet = typed.quiet;
    return run_measure(task);
  }
  if (c.reproduce->parsed()) {
    ReproduceTask task = typed.reproduce_task;
    task.json = typed.json;
    task.quiet = typed.quiet;
    return run_reproduce(task);
  }
  if (c.selftest->parsed())
    return run_selftest({typed.selftest_model, typed.json, typed.quiet, threads_of(typed, "selftest")});
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
  Typed typed;
  typed.compare_task.command = command_text(argc, argv);
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
