#include "ulam/cli/measure_command.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/measure_input.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/table.h"
#include "ulam/cli/threads.h"
#include "ulam/measure/measure.h"
#include "ulam/model/convert.h"

namespace ulam::cli {
namespace {

constexpr const char* measure_place = "measure";
constexpr const char* standard_measures = "frechet,mmd,precision,recall,density,coverage,sliced";

Parameter text(const char* name, const char* standard, const char* purpose) {
  return {name, OptionType::text, standard, purpose, {}, {}, {}, ""};
}

bool lists(const std::vector<ChosenMeasure>& list, MeasureKind kind) {
  return std::any_of(list.begin(), list.end(), [&](const ChosenMeasure& m) { return m.kind == kind; });
}

std::string set_line(const SampleSet& set) {
  return fmt::format("{}: {} rows of {}", set.name(), set.size(), shape_text(set.shape()));
}

/// What the user should know before believing the figures.
std::vector<std::string> warnings_of(const std::vector<ChosenMeasure>& list, const MeasureInput& input) {
  std::vector<std::string> out;
  const auto asks = [&](const char* name) {
    return std::any_of(list.begin(), list.end(), [&](const ChosenMeasure& m) { return m.name == name; });
  };
  const SampleSetPtr& fewer =
      input.reference && input.reference->size() < input.samples->size() ? input.reference : input.samples;
  if (asks("frechet") && fewer->size() <= input.features.dimension)
    out.push_back(
        fmt::format("{} has {} rows for {} dimensions; the covariance is singular and frechet too "
                    "large; more rows or fewer dimensions (--features pca:N) help",
                    fewer->name(), fewer->size(), input.features.dimension));
  if (lists(list, MeasureKind::sets) && input.reference && input.samples->size() != input.reference->size())
    out.push_back(
        fmt::format("the sets have {} and {} rows; figures compare with others of the same sizes only, "
                    "and -n {} takes as many of both",
                    input.samples->size(), input.reference->size(),
                    std::min(input.samples->size(), input.reference->size())));
  return out;
}

std::string without_trailing_spaces(const std::string& table) {
  std::string out;
  for (const char c : table) {
    if (c == '\n')
      while (out.ends_with(' ')) out.pop_back();
    out += c;
  }
  return out;
}

nlohmann::json set_json(const SampleSet& set) {
  return {{"name", set.name()}, {"rows", set.size()}, {"shape", set.shape()}};
}

}  // namespace

const std::vector<Parameter>& measure_parameters() {
  static const std::vector<Parameter> table = {
      text("samples", "", "file, folder, DATA:test, DATA:train, or problem that is measured"),
      text("what", "",
           "measures as NAME or NAME:key=value, separated by commas; see ulam methods (frechet, mmd, "
           "precision, recall, density, coverage, sliced where none is given)"),
      text("features", "",
           "space of the comparison: raw, pca:N, or MODEL[:TAP]; what the samples' model advises, "
           "else raw, else pca:64"),
      {"count",
       OptionType::integer,
       "0",
       "most rows of each set, chosen by the seed; 0 = all, 2048 of a problem",
       0,
       1e9,
       {},
       ""},
      text("label", "", "only rows of this class, by number or name"),
      {"seed",
       OptionType::integer,
       "0",
       "of directions, resamples, subsets and exact samples",
       0,
       9e18,
       {},
       ""},
      {"threads", OptionType::integer, "0", "threads, 0 = all cores", 0, 4096, {}, ""},
  };
  return table;
}

std::string measure_text(const MeasureReport& report) {
  std::string out;
  const char* roles[] = {"samples", "reference"};
  for (std::size_t i = 0; i < report.sets.size(); ++i)
    out += fmt::format("{:<10} {}\n", roles[std::min<std::size_t>(i, 1)], report.sets[i]);
  if (!report.features.empty()) out += fmt::format("{:<10} {}\n", "features", report.features);
  // Short notes stand beside their figure, long ones below, equal ones together.
  constexpr std::size_t short_note = 26;
  const bool beside = std::any_of(report.figures.begin(), report.figures.end(), [&](const Figure& f) {
    return !f.note.empty() && f.note.size() <= short_note;
  });
  Rows rows = {{"measure", "value +- error", "rows", "error by"}};
  if (beside) rows[0].push_back("note");
  std::vector<std::pair<std::string, std::string>> notes;  // note, names
  for (const Figure& f : report.figures) {
    rows.push_back({f.name, figure_text(f.value, f.error), std::to_string(f.rows), f.error_by});
    if (beside) rows.back().push_back(f.note.size() <= short_note ? f.note : "");
    if (f.note.empty() || f.note.size() <= short_note) continue;
    const auto same =
        std::find_if(notes.begin(), notes.end(), [&](const auto& n) { return n.first == f.note; });
    if (same == notes.end())
      notes.emplace_back(f.note, f.name);
    else
      same->second += ", " + f.name;
  }
  out += '\n';
  out += without_trailing_spaces(plain_table(rows));
  if (!notes.empty()) out += '\n';
  for (const auto& [note, names] : notes) out += fmt::format("{}: {}\n", names, note);
  return out;
}

int run_measure(const MeasureTask& task) {
  const Options o(measure_place, measure_parameters(), task.given);
  if (!o.has("samples"))
    fail(ErrorKind::option, measure_place, "no samples given; ulam measure --help shows what they may be");
  use_threads(static_cast<int>(o.integer("threads")));
  const auto list = parse_measures(o.has("what") ? o.text("what") : standard_measures, "measure: --what");
  const bool spaces = lists(list, MeasureKind::sets) || lists(list, MeasureKind::one_set);
  if (task.reference.empty() && (lists(list, MeasureKind::sets) || lists(list, MeasureKind::pairs) ||
                                 lists(list, MeasureKind::forecast)))
    fail(ErrorKind::option, measure_place, "{} compares two sets; name a second one", list.front().name);

  if (!task.reference.empty() && list.front().kind == MeasureKind::chains)
    fail(ErrorKind::option, measure_place, "{} looks at one file of chains; {} cannot stand beside it",
         list.front().name, task.reference);

  CancelToken cancel;
  const Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  MeasureInput input;
  input.seed = static_cast<std::uint64_t>(o.integer("seed"));
  input.watch = {[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};

  MeasureSetOptions reading;
  reading.count = o.integer("count");
  reading.seed = input.seed;
  MeasureSet samples = open_measure_set(o.text("samples"), reading), reference;
  if (!task.reference.empty()) {
    reading.stream = 1;
    reference = open_measure_set(task.reference, reading);
    if (lists(list, MeasureKind::sets)) check_comparable(*samples.set, *reference.set, 1, measure_place);
  }
  const std::string space = o.has("features") ? o.text("features") : "";
  const std::int64_t label = o.has("label") ? class_of(o.text("label"), samples, reference, space) : -1;
  for (MeasureSet* set : {&samples, &reference}) {
    if (!set->set) continue;
    if (o.has("label")) keep_class(*set, label);
    if (reading.count > 0) keep_some(*set, reading.count, input.seed);
  }
  input.samples = samples.set;
  input.reference = reference.set;
  if (lists(list, MeasureKind::pairs)) {
    if (!samples.noise.empty() && !reference.noise.empty() && samples.noise != reference.noise)
      fail(ErrorKind::option, measure_place, "trajectory needs one noise; {} began with {}, {} with {}",
           samples.set->name(), samples.noise, reference.set->name(), reference.noise);
    if (!samples.ids.empty() && !reference.ids.empty()) {
      input.ids = samples.ids;
      input.reference_ids = reference.ids;
    }
  }
  for (const ChosenMeasure& m : list)
    if (m.name == "rarest" && !input.rare_scores)
      input.rare_scores = rare_scores_of(m, samples.model, input.watch);
  MeasureReport report;
  ChosenFeatures chosen;
  if (spaces || lists(list, MeasureKind::classes)) {
    const SampleSet& fitted = input.reference ? *input.reference : *input.samples;
    chosen = choose_features(space, samples, fitted);
    input.features = chosen.map;
    if (chosen.model && !chosen.model->info().outputs.empty()) input.classifier = chosen.model;
    // What is judged is what a user gets: pictures of 256 levels.
    input.eight_bit = chosen.model != nullptr && is_picture(fitted.shape());
    report.features =
        fmt::format("{} ({} number{}){}{}", chosen.map.name, chosen.map.dimension,
                    chosen.map.dimension == 1 ? "" : "s", chosen.note.empty() ? "" : ", ", chosen.note);
  }
  report.warnings = warnings_of(list, input);
  const double started = monotonic_seconds();
  if (spaces) work_out_features(input);
  const double worked_out = monotonic_seconds();
  report.figures = run_measures(list, input);
  report.feature_seconds = worked_out - started;
  report.seconds = monotonic_seconds() - worked_out;
  view.finish();

  for (const SampleSetPtr& set : {input.samples, input.reference})
    if (set) report.sets.push_back(set_line(*set));
  if (task.json) {
    nlohmann::json j = {{"samples", set_json(*input.samples)},
                        {"seed", input.seed},
                        {"seconds", report.seconds},
                        {"feature_seconds", report.feature_seconds},
                        {"figures", figures_json(report.figures)},
                        {"warnings", report.warnings}};
    if (input.reference) j["reference"] = set_json(*input.reference);
    if (!report.features.empty()) j["features"] = chosen.map.name;
    fmt::print("{}\n", j.dump(2));
  } else {
    fmt::print("{}", measure_text(report));
    if (!task.quiet)
      fmt::print("\n{} for the measures{}\n", duration_text(report.seconds),
                 spaces ? ", " + duration_text(report.feature_seconds) + " for the features" : "");
  }
  for (const std::string& warning : report.warnings)
    fmt::print(stderr, "ulam: measure: warning: {}\n", warning);
  return exit_ok;
}

}  // namespace ulam::cli
