#include "ulam/cli/edit_command.h"

#include <cmath>
#include <cstdio>
#include <filesystem>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/label_choice.h"
#include "ulam/cli/measure_input.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/output.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/table.h"
#include "ulam/cli/threads.h"
#include "ulam/io/png.h"
#include "ulam/measure/figure.h"
#include "ulam/model/convert.h"
#include "ulam/run/edit.h"

namespace ulam::cli {
namespace {

constexpr const char* edit_place = "edit";

struct Pictures {
  at::Tensor rows, labels;  // labels undefined where the file has none
};

/// A picture's bytes as the model's data, channels first.
at::Tensor from_png(const std::string& path, const ModelInfo& info) {
  at::Tensor x = to_tensor(io::read_png(path).image).to(at::kFloat);
  x = x.dim() == 2 ? x.unsqueeze(0) : x.permute({2, 0, 1}).contiguous();
  if (x.size(0) == 3 && info.shape[0] == 1) x = x.mean(0, true);
  return (x / 255 * (info.data_high - info.data_low) + info.data_low).unsqueeze(0);
}

Pictures read_pictures(const std::string& text, const ModelInfo& info, std::int64_t count) {
  Pictures out;
  if (text.ends_with(".png")) {
    out.rows = from_png(text, info);
  } else {
    const MeasureSet set = open_measure_set(text, {});
    const std::int64_t n = std::min(count, set.set->size());
    out.rows = set.set->block(0, n);
    if (set.set->labels().defined()) out.labels = set.set->labels().narrow(0, 0, n).to(at::kLong);
  }
  if (out.rows.sizes().slice(1) != at::IntArrayRef(info.shape))
    fail(ErrorKind::shape, text, "holds pictures of {}, the model '{}' takes {}",
         shape_text(out.rows.sizes().slice(1)), info.name, shape_text(info.shape));
  out.rows = out.rows.to(info.dtype);
  return out;
}

at::Tensor classes(const std::string& text, const ModelInfo& info, std::int64_t rows, const char* option) {
  const std::optional<LabelChoice> choice = label_choice(text, info, std::string("edit: ") + option);
  if (!choice) fail(ErrorKind::unsupported, edit_place, "the model '{}' has no classes", info.name);
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = i;
  return labels_of(*choice, ids);
}

/// The model that the card advises for features, where it is a classifier.
ModelPtr judge_of(const std::string& text, const Source& source) {
  if (text == "none") return nullptr;
  if (!text.empty()) {
    ModelPtr judge = find_model(text, "edit: --judge");
    if (judge->info().outputs.empty())
      fail(ErrorKind::unsupported, edit_place, "--judge {} is no classifier; ulam models lists the kinds",
           text);
    return judge;
  }
  const ModelInfo& info = source.model->info();
  MeasureSet drawn;
  drawn.set = in_memory(at::zeros({1, 1}), "");  // advice is asked of the card, not of the rows
  drawn.model = source.where;
  ModelPtr judge = choose_features("", drawn, *drawn.set).model;
  if (judge && !info.conditions.empty() &&
      static_cast<int>(judge->info().outputs.size()) == info.conditions[0].classes)
    return judge;
  return nullptr;
}

Figure figure(const char* name, const at::Tensor& rows) {
  const auto n = static_cast<double>(rows.size(0));
  const double error = n > 1 ? rows.std(0, true).item<double>() / std::sqrt(n) : 0;
  return {name, rows.mean().item<double>(), error, n > 1 ? "standard error" : "one picture", rows.size(0),
          ""};
}

nlohmann::json judged_json(const EditJudged& judged) {
  nlohmann::json j = {{"moved", figure_json(figure("moved", judged.moved))}};
  if (judged.reached.defined()) j["reached"] = figure_json(figure("reached", judged.reached));
  return j;
}

std::vector<std::string> line(const char* name, const EditJudged& judged) {
  const auto text = [](const at::Tensor& rows, double unit) {
    const Figure f = figure("", rows);
    return figure_text(unit * f.value, unit * f.error);
  };
  return {name, text(judged.moved, 1),
          judged.reached.defined() ? text(judged.reached, 100) + " %" : "not judged"};
}

std::string standard_name(const std::string& picture) {
  const std::string stem = std::filesystem::path(picture).stem().string();
  return (stem.empty() ? "picture" : stem) + "-edited.png";
}

/// Source, the way back, plain and edited side by side, a line a picture.
Drawn page_of(const Pictures& pictures, const EditResult& result) {
  Drawn page;
  page.columns = pictures.rows.size(0) == 1 ? 4 : 8;
  const std::int64_t n = pictures.rows.size(0);
  page.samples =
      at::stack({pictures.rows, result.reconstructed, result.plain, result.edited}, 1).flatten(0, 1);
  for (std::int64_t i = 0; i < 4 * n; ++i) page.ids.push_back(static_cast<std::uint64_t>(i));
  for (std::int64_t i = 0; i < n; ++i)
    for (const char* caption : {"source", "and back", "plain", "edited"}) page.captions.emplace_back(caption);
  return page;
}

}  // namespace

const std::vector<Parameter>& edit_parameters() {
  using T = OptionType;
  static const std::vector<Parameter> table = {
      {"picture", T::text, "", ".png, .npy, .npz, .safetensors, or DATA:test", {}, {}, {}, ""},
      {"model", T::text, "fashion", "shipped model, or folder of a bundle", {}, {}, {}, ""},
      {"from",
       T::text,
       "",
       "class of the pictures, by number or name; the file's own without it",
       {},
       {},
       {},
       ""},
      {"to", T::text, "", "class to reach, by number or name; several go in turn", {}, {}, {}, ""},
      {"count", T::integer, "8", "pictures, the first of the file", 1, 4096, {}, ""},
      {"steps", T::integer, "50", "steps up and down", 2, 1000, {}, ""},
      {"grid", T::text, "", "grid of the steps; the path's own without it", {}, {}, {}, ""},
      {"scale", T::real, "7.5", "of classifier-free guidance", 0, 100, {}, ""},
      {"guided", T::real, "0.7", "share of the steps that keep the layout", 0, 1, {}, ""},
      {"attention", T::real, "300000", "weight of the attention maps", 0, 1e12, {}, ""},
      {"features", T::real, "100", "weight of the features", 0, 1e12, {}, ""},
      {"module", T::text, "", "whose output the features are; the network's last without it", {}, {}, {}, ""},
      {"form", T::text, "layout", "what is kept", {}, {}, {"layout", "style"}, ""},
      {"least", T::real, "0.33", "smallest share of the class's part that keeping gets", 0, 1e6, {}, ""},
      {"most", T::real, "1", "largest share", 0, 1e6, {}, ""},
      {"judge", T::text, "", "classifier; none, or the model's own without it", {}, {}, {}, ""},
      {"threads", T::integer, "0", "threads, 0 = all cores", 0, 4096, {}, ""},
  };
  return table;
}

int run_edit(const EditTask& task) {
  const Options o(edit_place, edit_parameters(), task.given);
  if (!o.has("picture"))
    fail(ErrorKind::option, edit_place, "no picture given; ulam edit --help shows what it may be");
  if (!o.has("to")) fail(ErrorKind::option, edit_place, "no class to reach given; --to 9, or a name");
  use_threads(static_cast<int>(o.integer("threads")));
  const Source source = open_model(o.text("model"), {"", "", trust_of(task.trust)}, model_folders());
  show_warnings(source, edit_place);
  const ModelInfo& info = source.model->info();
  if (source.decoder)
    fail(ErrorKind::unsupported, edit_place, "'{}' draws latents; pictures are edited by models of pictures",
         info.name);
  if (!is_picture(info.shape))
    fail(ErrorKind::unsupported, edit_place, "'{}' draws rows of {}, no pictures", info.name,
         shape_text(info.shape));
  const Pictures pictures = read_pictures(o.text("picture"), info, o.integer("count"));
  const std::int64_t rows = pictures.rows.size(0);
  if (!o.has("from") && !pictures.labels.defined())
    fail(ErrorKind::option, edit_place, "{} does not tell its classes; give --from", o.text("picture"));
  const Output page =
      check_output(task.output.empty() ? standard_name(o.text("picture")) : task.output, info, 4 * rows);
  if (page.kind != OutputKind::png)
    fail(ErrorKind::option, page.path, "the page is a .png; --samples takes numbers");
  std::optional<Output> samples;
  if (!task.samples.empty()) samples = check_output(task.samples, info, rows);

  EditRequest request;
  request.model = source.model;
  request.pictures = pictures.rows;
  request.from = o.has("from") ? classes(o.text("from"), info, rows, "--from") : pictures.labels;
  request.to = classes(o.text("to"), info, rows, "--to");
  request.steps = static_cast<int>(o.integer("steps"));
  request.grid = o.has("grid") ? o.text("grid") : "";
  request.scale = o.real("scale");
  request.guided = o.real("guided");
  request.layout.attention = o.real("attention");
  request.layout.features = o.real("features");
  request.layout.module = o.has("module") ? o.text("module") : "";
  request.layout.form = o.text("form") == "style" ? LayoutOptions::Form::style : LayoutOptions::Form::layout;
  request.rescale = {o.real("least"), o.real("most")};
  request.judge = judge_of(o.has("judge") ? o.text("judge") : "", source);

  CancelToken cancel;
  const Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  request.watch = {[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const EditResult result = edit(request);
  view.finish();
  if (result.cancelled) {
    fmt::print(stderr, "ulam: edit: cancelled; nothing is written\n");
    return exit_cancelled;
  }
  nlohmann::json record = {
      {"command", "edit"}, {"model", info.name}, {"evaluations", result.spent.evaluations}};
  for (const auto& [name, value] : task.given) record["options"][name] = value;
  write_output(page, page_of(pictures, result), info, record);
  std::vector<std::string> files{page.path};
  if (samples) {
    Drawn drawn;
    drawn.samples = result.edited;
    for (std::int64_t i = 0; i < rows; ++i) {
      drawn.ids.push_back(static_cast<std::uint64_t>(i));
      drawn.labels.push_back(request.to[i].item<std::int64_t>());
      drawn.captions.emplace_back("edited");
    }
    write_output(*samples, drawn, info, record);
    files.push_back(samples->path);
  }
  if (task.json) {
    record["source"] = judged_json(result.of_source);
    record["reconstructed"] = judged_json(result.of_reconstructed);
    record["plain"] = judged_json(result.of_plain);
    record["edited"] = judged_json(result.of_edited);
    record["files"] = files;
    fmt::print("{}\n", record.dump(2));
  } else if (!task.quiet) {
    fmt::print("{}", plain_table({{"", "layout moved", "class reached"},
                                  line("source", result.of_source),
                                  line("and back", result.of_reconstructed),
                                  line("plain", result.of_plain),
                                  line("edited", result.of_edited)}));
    const double plain = result.of_plain.moved.mean().item<double>();
    if (plain > 0)
      fmt::print("the layout moved {:.0f} % of what it moves without being kept\n",
                 100 * result.of_edited.moved.mean().item<double>() / plain);
    fmt::print("{} evaluations of {} pictures\nwrote {}\n", result.spent.evaluations, rows,
               fmt::join(files, ", "));
  }
  return exit_ok;
}

}  // namespace ulam::cli
