#include "ulam/cli/compare_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/cli/cache_folder.h"
#include "ulam/cli/compare_measures.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/id_list.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/label_choice.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/table.h"
#include "ulam/cli/threads.h"
#include "ulam/guide/terms.h"
#include "ulam/io/atomic_file.h"
#include "ulam/io/bytes.h"
#include "ulam/io/json.h"
#include "ulam/run/compare_report.h"
#include "ulam/run/solver_page.h"

namespace ulam::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* compare_place = "compare";

void check_report(const std::string& path) {
  if (path.empty()) return;
  const std::string extension = fs::path(path).extension();
  if (extension != ".html" && extension != ".htm")
    fail(ErrorKind::option, path, "a report is a page: name a file that ends in .html");
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty() && !fs::is_directory(folder, error))
    fail(ErrorKind::system, path, "the folder {} is not there", folder.string());
}

std::string summary(const CompareResult& result, double seconds) {
  std::int64_t references = 0;
  for (const CompareReference& r : result.references) references += r.reference.evaluations;
  std::string out =
      fmt::format("{} evaluations in {}", result.spent.evaluations + references, duration_text(seconds));
  if (!result.references.empty())
    out += references == 0 ? " (the reference was kept from before)"
                           : fmt::format(", {} of them for the reference", references);
  out += '\n';
  for (const CompareReference& r : result.references)
    out += fmt::format("reference of {}: rk4, {} steps, changed by {:.2g} under its last doubling{}\n",
                       r.model, r.reference.steps, r.reference.change,
                       r.reference.converged ? "" : "; it has not converged to the tolerance");
  return out;
}

}  // namespace

const std::vector<Parameter>& compare_parameters() {
  const auto text = [](const char* name, const char* standard, const char* purpose) {
    return Parameter{name, OptionType::text, standard, purpose, {}, {}, {}, ""};
  };
  const auto integer = [](const char* name, const char* standard, const char* purpose, double least,
                          double most) {
    return Parameter{name, OptionType::integer, standard, purpose, least, most, {}, ""};
  };
  static const std::vector<Parameter> table = {
      text("evaluations", "5,10,20", "budgets: evaluations a sample, as a list or range"),
      integer("count", "64", "samples of every contender", 2, 1e7),
      text("label", "", "classes by number, range or name, \"cycle\" or \"none\""),
      integer("trajectories", "64", "samples measured against the converged reference, 0 = none", 0, 1e6),
      integer("seed", "0", "seed of all randomness", 0, 9e18),
      text("grid", "", "grid for all solvers, as NAME or NAME:key=value,..."),
      text("guide", "", "guidance of all contenders, terms as ulam draw takes them; repeatable"),
      text("path", "", "another noise path for an exact problem"),
      {"dtype", OptionType::text, "", "number type of an exact problem", {}, {}, {"float32", "float64"}, ""},
      text("data", "", "real samples to measure the draws against, as ulam measure takes them: DATA:test"),
      text("floor", "", "other real samples, such as DATA:train: what a perfect sampler would show"),
      text("what", "frechet", "measures against --data, as a list; ulam methods shows them"),
      text("features", "", "space of those measures: raw, pca:32 or a model; else what the card advises"),
      integer("batch", "0", "rows that travel together, 0 = chosen", 0, 1e6),
      integer("threads", "0", "threads, 0 = all cores", 0, 4096),
      {"published",
       OptionType::boolean,
       "false",
       "every published solver without noise, each on every grid that suits it",
       {},
       {},
       {},
       ""},
      {"markdown",
       OptionType::boolean,
       "false",
       "tables for a page: a row a solver, a column a budget; with --guides a row a guidance",
       {},
       {},
       {},
       ""},
      {"no-cache",
       OptionType::boolean,
       "false",
       "work the reference out anew and keep nothing",
       {},
       {},
       {},
       ""},
  };
  return table;
}

std::vector<int> parse_budgets(const std::string& text, const std::string& where) {
  std::vector<int> out;
  for (const std::uint64_t n : parse_ids(text, where)) {
    if (n < 1 || n > 1'000'000) fail(ErrorKind::option, where, "{} evaluations; 1 to 1000000 are valid", n);
    out.push_back(static_cast<int>(n));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Contender> contenders_of(const std::vector<ModelPtr>& models,
                                     const std::vector<std::string>& solvers,
                                     const std::vector<std::string>& plans, const std::string& grid) {
  std::vector<std::string> specs = solvers;
  if (specs.empty() && plans.empty())
    for (const SolverEntry& entry : ulam::solvers()) specs.push_back(entry.name);
  std::vector<Contender> out;
  for (const ModelPtr& model : models) {
    const std::string prefix = models.size() > 1 ? model->info().name + " " : "";
    for (const std::string& spec : specs) {
      make_recipe(spec, "compare: --solver");  // an unknown name is refused before anything runs
      out.push_back({prefix + spec, model, spec, grid, {}});
    }
    for (const std::string& file : plans)
      out.push_back({prefix + fs::path(file).stem().string(), model, "", "",
                     plan_from_json(io::read_json(file), file)});
  }
  return out;
}

std::vector<Contender> guided(const std::vector<Contender>& contenders,
                              const std::vector<std::string>& guides, Trust trust) {
  std::vector<Contender> out;
  const auto find = [&](const std::string& name) { return find_model(name, "compare: --guide", trust); };
  for (const std::string& guide : guides) {
    const bool none = guide.empty() || guide == "none";
    const Terms terms = none ? Terms{} : make_terms(guide, find, "compare: --guide");
    for (Contender c : contenders) {
      for (const TermPtr& term : terms) term->check(c.model->info());
      c.guide = terms;
      if (!none) c.name += " " + guide;
      out.push_back(std::move(c));
    }
  }
  return out;
}

int run_compare(const CompareTask& task) {
  const Options options(compare_place, compare_parameters(), task.given);
  const auto text_or_none = [&](const char* name) {
    return options.has(name) ? options.text(name) : std::string();
  };
  check_report(task.report);
  if (task.models.empty())
    fail(ErrorKind::option, compare_place,
         "name at least one model: ulam compare fashion --solver ddim --solver heun");
  use_threads(static_cast<int>(options.integer("threads")));

  CompareRequest request;
  std::vector<ModelPtr> models;
  for (const std::string& name : task.models) {
    const Source source = open_model(
        name, {text_or_none("path"), text_or_none("dtype"), trust_of(task.trust)}, model_folders());
    show_warnings(source, "compare");
    models.push_back(source.model);
  }
  if (options.flag("published")) {
    if (models.size() > 1 || !task.solvers.empty() || options.has("grid"))
      fail(ErrorKind::option, compare_place,
           "--published brings its solvers and grids, for one model; --plan alone goes with it");
    request.contenders = published_contenders(models.front());
  }
  if (!options.flag("published") || !task.plans.empty())
    for (Contender& c : contenders_of(models, task.solvers, task.plans, text_or_none("grid")))
      request.contenders.push_back(std::move(c));
  if (options.has("guide") && !task.guides.empty())
    fail(ErrorKind::option, compare_place,
         "--guide guides all contenders, --guides are sets that compete; one of them can be given");
  if (options.has("guide") || !task.guides.empty())
    request.contenders =
        guided(request.contenders,
               task.guides.empty() ? std::vector<std::string>{options.text("guide")} : task.guides,
               trust_of(task.trust));
  if (options.flag("markdown") && (task.json || models.size() > 1))
    fail(ErrorKind::option, compare_place, "--markdown is for one model, without --json");
  request.budgets = parse_budgets(options.text("evaluations"), "compare: --evaluations");
  request.ids.resize(static_cast<std::size_t>(options.integer("count")));
  std::iota(request.ids.begin(), request.ids.end(), 0);
  request.seed = static_cast<std::uint64_t>(options.integer("seed"));
  request.batch = options.integer("batch");
  request.trajectories = options.integer("trajectories");
  const ModelInfo& info = models.front()->info();
  if (const auto choice = label_choice(text_or_none("label"), info, "compare: --label"))
    request.conditions["label"] = labels_of(*choice, request.ids);
  if (!options.flag("no-cache")) request.reference.folder = cache_folder();

  CancelToken cancel;
  Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  request.watch = {[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const double started = monotonic_seconds();
  std::vector<Figure> floor;
  if (options.has("data")) {
    ComparedTo real{
        options.text("data"), text_or_none("floor"),    options.text("what"), text_or_none("features"),
        task.models.front(),  options.integer("count"), request.seed,         {},
        request.watch};
    if (const auto labels = request.conditions.find("label"); labels != request.conditions.end())
      real.labels = labels->second;
    RealData data = real_data(real);
    request.measures.push_back(std::move(data.measure));
    floor = std::move(data.floor);
  } else if (options.has("floor") || task.given.contains("what") || options.has("features")) {
    fail(ErrorKind::option, compare_place,
         "--what, --features and --floor measure against real samples: name them with --data");
  }
  CompareResult result = compare(request);
  result.floor = std::move(floor);
  const double seconds = monotonic_seconds() - started;
  interrupt.hold();
  view.finish();

  if (!task.report.empty() && !result.cells.empty())
    io::write_file_atomic(task.report, std::string_view(compare_page(result, info, task.command)));
  if (task.json) {
    fmt::print("{}\n", compare_json(result).dump(2));
  } else if (options.flag("markdown")) {
    fmt::print("{}", task.guides.empty() ? solver_tables(result, request.contenders)
                                         : markdown_table(compare_table(result)));
  } else {
    fmt::print("{}", plain_table(compare_table(result)));
    if (!task.quiet) fmt::print("\n{}", summary(result, seconds));
    if (!task.report.empty() && !result.cells.empty()) fmt::print("wrote {}\n", task.report);
  }
  if (!result.cancelled) return exit_ok;
  fmt::print(stderr, "ulam: compare: cancelled; {} finished draws are shown\n", result.cells.size());
  return exit_cancelled;
}

}  // namespace ulam::cli
