#include "ulam/cli/reproduce_command.h"

#include <cstdio>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/options.h"
#include "ulam/base/version.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/table.h"
#include "ulam/cli/threads.h"
#include "ulam/kernels/isa.h"
#include "ulam/reproduce/catalogue.h"

namespace ulam::cli {
namespace {

std::string as_text(const Reproduction& r) {
  std::string out = fmt::format("{}: {}\n{}\n", r.method, name_of(r.verdict()), r.paper);
  for (const Finding& f : r.findings) {
    out += fmt::format("\n  [{}] {}\n", name_of(f.verdict), f.claim);
    out += fmt::format("    {}\n", f.setting);
    out += fmt::format("    measured {} ({} evaluations), held against {}: {}",
                       figure_text(f.measured.value, f.measured.error), f.evaluations, f.baseline,
                       figure_text(f.expected.value, f.expected.error));
    if (f.baseline_evaluations > 0) out += fmt::format(" ({} evaluations)", f.baseline_evaluations);
    out += fmt::format("\n    {}\n", f.why);
  }
  return out + fmt::format("\n{} evaluations in all\n", r.spent.evaluations);
}

std::string as_markdown(const Reproduction& r) {
  return fmt::format("## {}: {}\n\n{}\n\n{}\n", r.method, name_of(r.verdict()), r.paper,
                     markdown_table(reproduction_table(r)));
}

}  // namespace

std::string machine_class() {
  std::string cpu = "unknown CPU", line;
  std::ifstream in("/proc/cpuinfo");
  while (std::getline(in, line))
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
      cpu = line.substr(line.find(": ") + 2);
      break;
    }
  return fmt::format("{}, {} cores, {}", cpu, available_cores(), kernels::name(kernels::best_isa()));
}

int run_reproduce(const ReproduceTask& task) {
  const Options options("reproduce", {{"seed", OptionType::integer, "0", "", 0, 9e18, {}, ""}},
                        {{"seed", task.seed}});
  std::vector<std::string> names;
  if (task.all && !task.method.empty())
    fail(ErrorKind::option, "reproduce", "--all stands beside the method {}; give one of them", task.method);
  if (task.all) {
    for (const ReproductionEntry& entry : reproductions()) names.push_back(entry.name);
  } else if (task.method.empty()) {
    fail(ErrorKind::option, "reproduce", "name a method, or --all; ulam reproduce heun");
  } else {
    names.push_back(find_entry(reproductions(), task.method, "reproduce").name);
  }
  use_threads(0);
  CancelToken cancel;
  Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  ReproductionContext context{static_cast<std::uint64_t>(options.integer("seed")),
                              {[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds},
                              [](const std::string& name) { return find_model(name, "reproduce"); }};
  bool shown = true;
  nlohmann::json list = nlohmann::json::array();
  std::string text;
  for (const std::string& name : names) {
    const Reproduction r = reproduce(name, context);
    view.finish();
    shown = shown && r.verdict() == ulam::Verdict::shown;
    list.push_back(reproduction_json(r));
    if (!text.empty()) text += '\n';
    text += task.markdown ? as_markdown(r) : as_text(r);
  }
  if (task.json) {
    fmt::print("{}\n", nlohmann::json({{"version", version},
                                       {"machine", machine_class()},
                                       {"seed", options.integer("seed")},
                                       {"reproductions", list}})
                           .dump(2));
  } else {
    fmt::print("{}", text);
    fmt::print("{}ulam {}, seed {}, {}\n", task.markdown ? "\n" : "", version, options.integer("seed"),
               machine_class());
  }
  return shown ? exit_ok : exit_other;
}

}  // namespace ulam::cli
