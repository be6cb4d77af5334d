#include "ulam/cli/commands.h"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ulam/cli/compare_command.h"
#include "ulam/cli/draw_command.h"
#include "ulam/cli/edit_command.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/forecast_command.h"
#include "ulam/cli/job_command.h"
#include "ulam/cli/job_draw.h"
#include "ulam/cli/learn_command.h"
#include "ulam/cli/measure_command.h"
#include "ulam/cli/methods_command.h"
#include "ulam/cli/models_command.h"
#include "ulam/cli/plan_command.h"
#include "ulam/cli/reproduce_command.h"
#include "ulam/cli/selftest_command.h"
#include "ulam/cli/stats_command.h"
#include "ulam/cli/text_command.h"
#include "ulam/cli/train_command.h"
#include "ulam/cli/tune_command.h"
#include "ulam/learn/minority.h"
#include "ulam/learn/sims.h"
#include "ulam/learn/train.h"

namespace ulam::cli {
namespace {

CLI::App* add_command(CLI::App& root, const char* name, const char* purpose, const char* examples) {
  CLI::App* command = root.add_subcommand(name, purpose);
  command->footer(examples);
  command->allow_extras();
  return command;
}

// What a command types into lives as long as its closure.

void add_json(CLI::App& app, bool& json) {
  app.add_flag("--json", json, "one JSON document on standard output");
}
/// For every task with these two flags.
template <typename Task>
void add_json_and_quiet(CLI::App& app, Task& task) {
  add_json(app, task.json);
  app.add_flag("--quiet", task.quiet, "no progress, no summary");
}

/// For every task that opens a model.
void add_trust(CLI::App& app, bool& trust) {
  app.add_flag(
      "--trust", trust,
      "open models that can run code when they are opened (TorchScript, AOTInductor); for files of people "
      "whom you trust");
}

CLI::Option* add_text(CLI::App& app, const char* name, std::string& text, const char* purpose) {
  return app.add_option(name, text, purpose)->type_name("");
}
/// An option that may be given several times, one value each.
void add_texts(CLI::App& app, const char* name, std::vector<std::string>& texts, const char* purpose) {
  app.add_option(name, texts, purpose)->allow_extra_args(false)->type_name("");
}

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

int threads_of(const std::string& text, const char* place) {
  const Options options(place, {{"threads", OptionType::integer, "0", "", 0, 4096, {}, ""}},
                        {{"threads", text}});
  return static_cast<int>(options.integer("threads"));
}

int print(const std::string& text) {
  fmt::print("{}", text);
  return exit_ok;
}

constexpr const char* draw_examples =
    "Examples:\n"
    "  ulam draw fashion -n 64 -o page.png                      a page of pictures from the shipped model\n"
    "  ulam draw fashion --label 9 --steps 8 -o boots.png       one class, fewer steps\n"
    "  ulam draw fashion --ids 7 -o seven.npy                   sample 7 of the same seed, alone\n"
    "  ulam draw gmm.json --solver ddim:eta=0.5 -o x.npz        an exact problem from a file\n"
    "  ulam draw tp1 --noise xT.npy --grid times.json -o x.npy  foreign start and times\n"
    "  ulam draw restore.json --centre degraded.npy -o x.npy    a mean-reverting path: one sample an input\n"
    "  ulam draw fashion -n 50000 --job night                   in shards; the same command goes on\n"
    "  ulam draw stories260K.bin --prompt Once --tokens 200     a text from a language model\n"
    "  ulam draw --again page.png -o same.png                   repeat what a file says about itself";
Command draw_command(CLI::App& root) {
  struct Typed {
    Given given, text;
    std::vector<std::string> outputs;
    std::string again;
    JobTask job;
    bool json = false, quiet = false, trust = false;
  };
  const auto typed = std::make_shared<Typed>();
  CLI::App* app = add_command(root, "draw", "Draw samples from a model", draw_examples);
  add_with_positional(*app, draw_parameters(), typed->given, {{"count", "n"}});
  add_parameters(*app, text_parameters(), typed->text);
  // Several are joined as a spec joins them.
  app->get_option("--post")->join('+');
  app->get_option("--guide")->join('+');
  add_texts(*app, "-o,--output", typed->outputs,
            "file to write: .png (a page), .npy, .npz, .safetensors; repeatable; NAME.png for pictures "
            "and NAME.npy for others where none is given");
  add_text(*app, "--again", typed->again, "repeat the draw that wrote this file");
  add_text(*app, "--job", typed->job.folder, "folder that keeps a long draw in shards; see docs/jobs.md");
  add_text(*app, "--shard", typed->job.shard, "samples a shard of a job, 0 = chosen");
  add_text(*app, "--store", typed->job.store, "HOST:PORT of rank 0, for ranks without a common folder");
  app->add_flag("--allow-mixed", typed->job.allow_mixed, "let machines of another kind join the job");
  add_json_and_quiet(*app, *typed);
  add_trust(*app, typed->trust);
  return {app, [typed] {
            if (names_text_model(typed->given)) {
              if (!typed->job.folder.empty() || !typed->again.empty())
                fail(ErrorKind::option, "draw", "texts are drawn without --job and --again");
              return run_text({typed->given, typed->text, typed->outputs, typed->json, typed->quiet});
            }
            for (const auto& [name, value] : typed->text)
              fail(ErrorKind::option, "draw", "--{} is for language models, a file that ends in .bin", name);
            DrawTask task{.job = {},
                          .outputs = typed->outputs,
                          .json = typed->json,
                          .quiet = typed->quiet,
                          .trust = typed->trust,
                          .again = false};
            if (!typed->job.folder.empty()) {
              if (!typed->again.empty() || !typed->outputs.empty())
                fail(ErrorKind::option, "draw --job",
                     "keeps the samples in its folder; --again and --output cannot stand beside it, "
                     "ulam job export writes a file");
              JobTask job = typed->job;
              job.given = typed->given;
              job.json = typed->json;
              job.quiet = typed->quiet;
              job.trust = typed->trust;
              return run_draw_job(job);
            }
            if (typed->job.shard != "0" || typed->job.allow_mixed || !typed->job.store.empty())
              fail(ErrorKind::option, "draw", "--shard, --store and --allow-mixed go with --job");
            if (typed->again.empty()) {
              task.job = make_job(typed->given);
              return run_draw(task);
            }
            // --again goes with options that do not change the result.
            for (const auto& [name, value] : typed->given)
              fail(ErrorKind::option, "draw --again",
                   "repeats a draw as it was; {}={} cannot stand beside it", name, value);
            task.job = job_of(read_record(typed->again), typed->again);
            task.again = true;
            return run_draw(task);
          }};
}

constexpr const char* job_examples =
    "Examples:\n"
    "  ulam draw fashion -n 50000 --job night     starts the job, and goes on with it after any stop\n"
    "  ulam job status night\n"
    "  ulam job verify night                      reads every shard; exit code 3 where one is damaged\n"
    "  ulam job repair night                      removes what is damaged\n"
    "  ulam job export night -o night.npz";
Command job_command(CLI::App& root) {
  const auto task = std::make_shared<JobCareTask>();
  CLI::App* app = add_command(root, "job", "Look after a draw in shards", job_examples);
  add_text(*app, "action", task->action, "status, verify, export or repair");
  add_text(*app, "folder", task->folder, "folder that was given to draw --job");
  add_texts(*app, "-o,--output", task->outputs, "of export: .npy, .npz or .safetensors; repeatable");
  add_json_and_quiet(*app, *task);
  return {app, [task] { return run_job_care(*task); }};
}

constexpr const char* plan_examples =
    "Examples:\n"
    "  ulam plan heun --steps 4 --path edm            the table of times, matrices and noise\n"
    "  ulam plan ddim --model fashion --steps 8 --output ddim-8.json\n"
    "  ulam draw fashion --plan ddim-8.json -o page.png";
Command plan_command(CLI::App& root) {
  struct Typed {
    Given given;
    bool json = false, trust = false;
  };
  const auto typed = std::make_shared<Typed>();
  CLI::App* app =
      add_command(root, "plan", "Print what a solver will do: times, matrices, cost", plan_examples);
  add_with_positional(*app, plan_parameters(), typed->given, {{"output", "o"}});
  add_json(*app, typed->json);
  add_trust(*app, typed->trust);
  return {app, [typed] { return print(plan_text(typed->given, typed->json, typed->trust)); }};
}

constexpr const char* train_examples =
    "Examples:\n"
    "  ulam train fashion --data /usr/share/datasets/fashion-mnist --out my-fashion --steps 2000\n"
    "  ulam train my-model/model.json --data pictures/ --out my-model --start fresh\n"
    "Ctrl-C writes a checkpoint; the same command goes on from it.";
Command train_command(CLI::App& root) {
  struct Typed {
    TrainTask task;
    std::string threads = "0";
  };
  const auto typed = std::make_shared<Typed>();
  TrainTask& task = typed->task;
  CLI::App* app = add_command(root, "train", "Train a bundle's network on a data set", train_examples);
  add_text(*app, "model", task.model, "bundle's folder, model.json, or shipped model");
  add_text(*app, "--data", task.data, "idx folder, folder of PNG pictures, .npy or .npz");
  add_text(*app, "-o,--out", task.out, "folder of the new bundle and its checkpoint");
  add_text(*app, "--threads", typed->threads, "threads, 0 = all cores");
  app->add_flag("--restart", task.restart, "ignore a checkpoint that is there");
  app->add_flag("--half", task.half, "write the weights as float16: half the file, drawn from as float32");
  add_parameters(*app, train_parameters(), task.given);
  add_json_and_quiet(*app, task);
  return {app, [typed] {
            typed->task.threads = threads_of(typed->threads, "train");
            return run_train(typed->task);
          }};
}

constexpr const char* learn_sims_examples =
    "Examples:\n"
    "  ulam learn sims fashion --out my-sims\n"
    "  ulam draw fashion --guide sims:model=./my-sims,omega=1\n"
    "Ctrl-C keeps draws and checkpoint; the same command goes on.";
constexpr const char* learn_minority_examples =
    "Examples:\n"
    "  ulam learn minority fashion --data /usr/share/datasets/fashion-mnist --out my-rarity\n"
    "  ulam draw fashion --label cycle --guide minority:classifier=./my-rarity\n"
    "Ctrl-C keeps scores and checkpoint; the same command goes on.";
std::vector<Command> learn_commands(CLI::App& root) {
  CLI::App* group =
      root.add_subcommand("learn", "Learn what guidance needs besides the model, from the model itself");
  group->require_subcommand(1);
  std::vector<Command> out;
  const auto add = [&](const char* name, const char* purpose, const char* examples,
                       const std::vector<Parameter>& schema, int (*work)(const LearnTask&)) {
    struct Typed {
      LearnTask task;
      std::string threads = "0";
    };
    const auto typed = std::make_shared<Typed>();
    CLI::App* app = add_command(*group, name, purpose, examples);
    add_text(*app, "model", typed->task.model, "shipped model, or folder of a bundle");
    add_text(*app, "--data", typed->task.data, "of minority: idx folder, folder of PNG pictures, or .npz");
    add_text(*app, "-o,--out", typed->task.out, "folder of the new bundle and of what it is learned from");
    add_text(*app, "--threads", typed->threads, "threads, 0 = all cores");
    app->add_flag("--restart", typed->task.restart, "ignore what is there");
    app->add_flag("--half", typed->task.half,
                  "write the weights as float16: half the file, drawn from as float32");
    add_parameters(*app, schema, typed->task.given);
    add_json_and_quiet(*app, typed->task);
    out.push_back({app, [typed, work] {
                     typed->task.threads = threads_of(typed->threads, "learn");
                     return work(typed->task);
                   }});
  };
  add("sims", "Fine-tune a copy of a model on its own draws", learn_sims_examples, sims_parameters(),
      run_learn_sims);
  add("minority", "Train a classifier of how rare pictures are for a model", learn_minority_examples,
      minority_parameters(), run_learn_minority);
  return out;
}

constexpr const char* edit_examples =
    "Examples:\n"
    "  ulam draw fashion --label 7 -n 8 -o sneakers.npz\n"
    "  ulam edit sneakers.npz --to 9                            sneakers into boots: sneakers-edited.png\n"
    "  ulam edit coat.png --from coat --to shirt                one picture of the model's size\n"
    "  ulam edit sneakers.npz --to 9 --guided 0                 for comparison, nothing is kept";
Command edit_command(CLI::App& root) {
  const auto task = std::make_shared<EditTask>();
  CLI::App* app = add_command(root, "edit", "Make pictures of one class into another, keeping their layout",
                              edit_examples);
  add_text(*app, "-o,--output", task->output, "PNG of sources and edits side by side");
  add_text(*app, "--samples", task->samples, "the edited pictures as .npy, .npz or .safetensors");
  add_with_positional(*app, edit_parameters(), task->given, {{"count", "n"}});
  add_json_and_quiet(*app, *task);
  add_trust(*app, task->trust);
  return {app, [task] { return run_edit(*task); }};
}

constexpr const char* forecast_examples =
    "Examples:\n"
    "  ulam forecast load.csv                                   the shipped model: load-forecast.csv and "
    ".png\n"
    "  ulam forecast load.csv --horizon 48 --columns north,south -o next.csv --figure next.png\n"
    "  ulam forecast load.csv --impute --filled whole.csv       draw what is missing\n"
    "  ulam forecast load.csv --refine base.csv                 polish another program's forecast\n"
    "  ulam forecast load.csv --score 20                        how good on the past, beside plain "
    "forecasts\n"
    "  ulam train series --data load.csv --out my-series --levels uniform\n"
    "  ulam forecast load.csv --model ./my-series               a model of your own";
Command forecast_command(CLI::App& root) {
  const auto task = std::make_shared<ForecastTask>();
  CLI::App* app =
      add_command(root, "forecast", "Forecast series of a CSV file, or fill their gaps", forecast_examples);
  add_text(*app, "-o,--output", task->output, "CSV of the quantiles");
  add_text(*app, "--figure", task->figure, "PNG of the first eight series");
  add_text(*app, "--filled", task->filled,
           "with --impute: the file again, gaps filled by the middle quantile");
  add_with_positional(*app, forecast_parameters(), task->given, {{"paths", "n"}});
  add_json_and_quiet(*app, *task);
  return {app, [task] { return run_forecast(*task); }};
}

constexpr const char* stats_examples =
    "Examples:\n"
    "  ulam stats my-fashion --data /usr/share/datasets/fashion-mnist\n"
    "  ulam draw my-fashion --start teleport              skips the steps where the data look Gaussian";
Command stats_command(CLI::App& root) {
  const auto task = std::make_shared<StatsTask>();
  CLI::App* app =
      add_command(root, "stats", "Write the mean and directions of the data beside a model", stats_examples);
  add_with_positional(*app, stats_parameters(), task->given);
  add_json_and_quiet(*app, *task);
  add_trust(*app, task->trust);
  return {app, [task] { return run_stats(*task); }};
}

constexpr const char* compare_examples =
    "Examples:\n"
    "  ulam compare fashion --solver ddim --solver heun --evaluations 5,10,20 --report compare.html\n"
    "  ulam compare fashion fashion-weak --solver heun\n"
    "  ulam compare tp1 --evaluations 4-12              every solver there is, on an exact problem\n"
    "  ulam compare fashion --solver dpmpp --label cycle --guides none --guides cfg:scale=2 --guides pag\n"
    "Every contender gets the same noise and at most the same number of evaluations a sample.";
Command compare_command(CLI::App& root, const std::string& words) {
  const auto task = std::make_shared<CompareTask>();
  task->command = words;
  CLI::App* app =
      add_command(root, "compare", "Compare solvers and models at equal evaluations", compare_examples);
  app->add_option("model", task->models, "shipped models, folders of bundles, problems; one or more")
      ->type_name("");
  add_texts(*app, "--solver", task->solvers,
            "solver as NAME or NAME:key=value,...; repeatable; all without it");
  add_texts(*app, "--plan", task->plans, "finished plan from a .json file; repeatable");
  add_texts(*app, "--guides", task->guides,
            "guidance to compare, terms joined by +, or none; repeatable: every solver with each");
  add_text(*app, "--report", task->report, "page to write: FILE.html, opens offline");
  add_parameters(*app, compare_parameters(), task->given, {{"count", "n"}});
  app->get_option("--guide")->join('+');  // several are joined as a spec joins them
  app->add_option_function<std::string>(
         "--steps", [task](const std::string& text) { task->given["evaluations"] = text; },
         "the same as --evaluations, which are what is counted")
      ->type_name("");
  add_json_and_quiet(*app, *task);
  add_trust(*app, task->trust);
  return {app, [task] { return run_compare(*task); }};
}

constexpr const char* tune_examples =
    "Examples:\n"
    "  ulam tune fashion --steps 6                      writes fashion-6.json\n"
    "  ulam draw fashion --plan fashion-6.json\n"
    "  ulam tune gmm.json --steps 4 --rounds 20 -o best.json\n"
    "The error is the distance to converged trajectories from the same noise, on samples that the search has "
    "not seen.";
Command tune_command(CLI::App& root) {
  const auto task = std::make_shared<TuneTask>();
  CLI::App* app =
      add_command(root, "tune", "Find the best plan for a model at a few evaluations", tune_examples);
  add_with_positional(*app, tune_parameters(), task->given, {{"output", "o"}});
  app->get_option("--guide")->join('+');
  add_json_and_quiet(*app, *task);
  add_trust(*app, task->trust);
  return {app, [task] { return run_tune(*task); }};
}

constexpr const char* measure_examples =
    "Examples:\n"
    "  ulam measure page.npz /usr/share/datasets/fashion-mnist:test       samples against real pictures\n"
    "  ulam measure x0.npy gmm.json --what w2,sliced                      against exact samples of a "
    "problem\n"
    "  ulam measure page.npz DATA:test --what agreement --features fashion-features\n"
    "  ulam measure ddim.npz converged.npz --what trajectory              the same noise, two solvers\n"
    "  ulam measure ensemble.npy truth.npy --what crps,coverage90,width90 forecasts\n"
    "  ulam measure chains.npy --what ess,rhat,mcse                       Markov chains";
Command measure_command(CLI::App& root) {
  const auto task = std::make_shared<MeasureTask>();
  CLI::App* app = add_command(root, "measure", "Measure samples: distances, recognised classes, scores",
                              measure_examples);
  add_with_positional(*app, measure_parameters(), task->given, {{"count", "n"}});
  add_text(*app, "reference", task->reference, "what they are measured against: the same kinds of source");
  add_json_and_quiet(*app, *task);
  return {app, [task] { return run_measure(*task); }};
}

constexpr const char* reproduce_examples =
    "Examples:\n"
    "  ulam reproduce heun\n"
    "  ulam reproduce --all --json\n"
    "Exit code 0: everything was shown; 1: not, and the text says why.";
Command reproduce_command(CLI::App& root) {
  const auto task = std::make_shared<ReproduceTask>();
  CLI::App* app = add_command(root, "reproduce", "Try a paper's claims on a problem with a known answer",
                              reproduce_examples);
  add_text(*app, "method", task->method, "method, as ulam methods lists it");
  app->add_flag("--all", task->all, "every method that has a reproduction");
  app->add_flag("--markdown", task->markdown, "Markdown tables");
  add_text(*app, "--seed", task->seed, "seed of all randomness");
  add_json_and_quiet(*app, *task);
  return {app, [task] { return run_reproduce(*task); }};
}

constexpr const char* selftest_examples =
    "Examples:\n"
    "  ulam selftest                 this build on this machine, and the shipped model\n"
    "  ulam selftest ./my-model      how much a row of this model feels its batch, and more\n"
    "  ulam selftest --json\n"
    "Exit code 0: all good; 1: a check failed.";
Command selftest_command(CLI::App& root) {
  struct Typed {
    SelftestTask task;
    std::string threads = "0";
  };
  const auto typed = std::make_shared<Typed>();
  CLI::App* app =
      add_command(root, "selftest", "Check this build on this machine, and a model", selftest_examples);
  add_text(*app, "model", typed->task.model,
           "shipped model, folder of a bundle, problem file, or named problem; fashion where none is given");
  add_text(*app, "--threads", typed->threads, "threads, 0 = all cores");
  add_json_and_quiet(*app, typed->task);
  add_trust(*app, typed->task.trust);
  return {app, [typed] {
            typed->task.threads = threads_of(typed->threads, "selftest");
            return run_selftest(typed->task);
          }};
}

Command models_command(CLI::App& root) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* app = add_command(root, "models", "List the shipped models", "");
  add_json(*app, *json);
  return {app, [json] { return print(models_text(model_folders(), *json)); }};
}

constexpr const char* methods_examples =
    "Examples:\n"
    "  ulam methods\n"
    "  ulam methods ddim\n"
    "  ulam methods path/cosine --json";
Command methods_command(CLI::App& root) {
  struct Typed {
    std::string name;
    bool markdown = false, json = false;
  };
  const auto typed = std::make_shared<Typed>();
  CLI::App* app =
      add_command(root, "methods", "List the methods, or one with its parameters", methods_examples);
  add_text(*app, "name", typed->name, "method, or kind/method");
  app->add_flag("--markdown", typed->markdown, "a Markdown table");
  add_json(*app, typed->json);
  return {app, [typed] {
            const MethodsForm form = typed->json       ? MethodsForm::json
                                     : typed->markdown ? MethodsForm::markdown
                                                       : MethodsForm::text;
            return print(methods_text(methods(catalogue()), typed->name, form));
          }};
}

}  // namespace

std::vector<Command> add_commands(CLI::App& root, const std::string& words) {
  std::vector<Command> out = {draw_command(root),     job_command(root),       compare_command(root, words),
                              tune_command(root),     measure_command(root),   plan_command(root),
                              train_command(root),    stats_command(root),     edit_command(root),
                              forecast_command(root), reproduce_command(root), selftest_command(root),
                              models_command(root),   methods_command(root)};
  for (Command& command : learn_commands(root)) out.push_back(std::move(command));
  return out;
}

}  // namespace ulam::cli
