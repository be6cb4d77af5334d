#include "ulam/learn/minority.h"

#include <algorithm>
#include <filesystem>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/io/bytes.h"
#include "ulam/io/digest.h"
#include "ulam/io/json.h"
#include "ulam/io/npz.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

namespace fs = std::filesystem;

constexpr const char* minority_place = "learn minority";

struct Scored {
  at::Tensor scores;  // double [k]: of the first k rows
  std::int64_t fresh = 0;
};

/// Scores of the first `rows` of the data, those in `file` first; written back after every piece.
Scored score(const Field& field, const Dataset& data, std::int64_t rows, const RarityOptions& options,
             const std::string& file, bool restart, const Watch& watch) {
  const ModelInfo& info = field.info();
  const std::map<std::string, std::string> by = {
      {"model", io::digest_text(info.hash)},
      {"data", fs::path(data.source).filename().string()},
      {"how", fmt::format("sigma={} noises={} seed={} features={}", real_text(options.sigma), options.noises,
                          options.seed, options.features.name)}};
  Scored out;
  std::error_code none;
  if (!restart && fs::exists(file, none)) {
    const io::ArrayFile before = io::read_npz(file);
    for (const auto& [name, value] : by) {
      const auto then = before.metadata.find(name);
      if (then == before.metadata.end() || then->second != value)
        fail(ErrorKind::option, file, "holds other scores (another {}); name another folder, or --restart",
             name);
    }
    if (const io::Array* scores = before.find("scores"))
      out.scores = to_tensor(*scores).to(at::kDouble).flatten();
  }
  if (out.scores.defined()) out.scores = out.scores.narrow(0, 0, std::min(rows, out.scores.size(0)));
  const std::int64_t piece = std::max<std::int64_t>(256, (rows + 15) / 16);
  std::int64_t done = out.scores.defined() ? out.scores.size(0) : 0;
  while (done < rows && !watch.cancelled()) {
    const std::int64_t count = std::min(piece, rows - done);
    Watch part = watch;
    part.progress = [&](const Progress& p) { watch.report({p.what, done + p.done, rows, p.unit, ""}); };
    at::Tensor fresh;
    try {
      fresh = rarity_scores(
          field, pictures_to_float(data.images.narrow(0, done, count), info.data_low, info.data_high),
          data.labels.defined() ? data.labels.narrow(0, done, count) : at::Tensor(),
          static_cast<std::uint64_t>(done), options, part);
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::cancelled) throw;
      break;
    }
    out.scores = out.scores.defined() ? at::cat({out.scores, fresh}) : fresh;
    out.fresh += count;
    done += count;
    io::ArrayFile kept;
    kept.metadata = by;
    kept.arrays.emplace_back("scores", to_array(out.scores));
    io::write_npz(file, kept);
  }
  return out;
}

/// Every tenth row is held out.
void write_labelled(const std::string& file, const Dataset& data, const at::Tensor& bins) {
  const std::int64_t n = bins.size(0);
  const at::Tensor all = at::arange(n, at::kLong), held = all.remainder(10).eq(9);
  io::ArrayFile out;
  const auto add = [&](const std::string& prefix, const at::Tensor& rows) {
    at::Tensor images = data.images.narrow(0, 0, n).index_select(0, rows);
    if (!images.is_floating_point())
      images = images.size(1) == 1 ? images.squeeze(1) : images.permute({0, 2, 3, 1});
    out.arrays.emplace_back(prefix + "images", to_array(images.contiguous()));
    out.arrays.emplace_back(prefix + "labels", to_array(bins.index_select(0, rows)));
  };
  add("", all.masked_select(held.logical_not()));
  add("test_", all.masked_select(held));
  io::write_npz(file, out);
}

BundleConfig classifier_of(const BundleConfig& model, const ModelInfo& info, int bins) {
  if (info.shape.size() != 3)
    fail(ErrorKind::unsupported, minority_place,
         "the model '{}' draws rows of {}; a classifier of pictures takes channels, "
         "height and width",
         info.name, shape_text(info.shape));
  BundleConfig out;
  out.name = model.name + "-minority";
  out.network = {{"kind", "classifier"},     {"shape", info.shape}, {"channels", 16},
                 {"multipliers", {1, 2, 4}}, {"groups", 8},         {"outputs", bins},
                 {"noise_aware", true}};
  out.path = model.path;
  out.head = model.head;
  out.data_low = model.data_low;
  out.data_high = model.data_high;
  out.row_limit = model.row_limit;
  for (int b = 0; b < bins; ++b) out.classes.push_back(fmt::format("rarity {}", b));
  return out;
}

}  // namespace

const std::vector<Parameter>& minority_parameters() {
  static const std::vector<Parameter> table = [] {
    using T = OptionType;
    std::vector<Parameter> out = {
        {"rows",
         T::integer,
         "12000",
         "pictures that are scored and learned from, 0 = all",
         0,
         1e8,
         {},
         "rows"},
        {"bins", T::integer, "10", "classes of rarity", 2, 1000, {}, ""},
        {"within",
         T::text,
         "auto",
         "quantiles of every class of its own, or of all (auto: class where there are)",
         {},
         {},
         {"auto", "class", "all"},
         ""},
        {"sigma", T::real, "2", "noise level s/a of the reconstruction", 1e-6, 1e6, {}, ""},
        {"noises", T::integer, "5", "over which a score is averaged", 1, 1000, {}, ""},
        {"score_seed", T::integer, "0", "of those noises", 0, 9e18, {}, ""},
        {"features",
         T::text,
         "",
         "model whose features distances are taken in; else pixels",
         {},
         {},
         {},
         ""}};
    const std::map<std::string, std::string> standards = {
        {"steps", "1500"},           {"batch", "128"},         {"rate", "2e-3"},
        {"warm_up", "200"},          {"decay", "0.5"},         {"log_mean", "0"},
        {"log_deviation", "1.4"},    {"augment", "flip"},      {"average", "0.998"},
        {"checkpoint_every", "500"}, {"validate_rows", "1024"}};
    for (Parameter p : train_parameters()) {
      if (p.name == "kind" || p.name == "start" || p.name == "hold_out" || p.name == "statistics" ||
          p.name == "class_dropout")
        continue;
      if (const auto found = standards.find(p.name); found != standards.end()) p.standard = found->second;
      out.push_back(std::move(p));
    }
    return out;
  }();
  return table;
}

MinorityReport learn_minority(const MinorityRequest& request, const Watch& watch,
                              const std::function<void(std::int64_t, const std::vector<LevelLoss>&)>& told) {
  const Options o(minority_place, minority_parameters(), request.given);
  const ModelPtr model = load_bundle(request.model);
  const ModelInfo& info = model->info();
  const int bins = static_cast<int>(o.integer("bins"));
  BundleConfig config = classifier_of(read_bundle_config(request.model), info, bins);
  const Dataset data = read_dataset(request.data, Split::train);
  if (data.images.sizes().slice(1) != at::IntArrayRef(info.shape))
    fail(ErrorKind::shape, request.data, "pictures of shape {}, the model's are {}",
         shape_text(data.images.sizes().slice(1)), shape_text(info.shape));
  const std::int64_t rows =
      o.integer("rows") == 0 ? data.size() : std::min<std::int64_t>(o.integer("rows"), data.size());
  if (o.text("within") == "class" && !data.labels.defined())
    fail(ErrorKind::option, minority_place, "within=class needs labels and {} has none", request.data);

  io::ensure_folder(request.out);
  const auto inside = [&](const char* name) { return (fs::path(request.out) / name).string(); };
  RarityOptions scoring;
  scoring.sigma = o.real("sigma");
  scoring.noises = static_cast<int>(o.integer("noises"));
  scoring.seed = static_cast<std::uint64_t>(o.integer("score_seed"));
  scoring.features = request.features;
  const Scored scored =
      score(Field(model, info.row_limit), data, rows, scoring, inside("scores.npz"), request.restart, watch);
  MinorityReport report;
  report.scored = scored.fresh;
  report.finished = scored.scores.defined() && scored.scores.size(0) == rows;
  if (!report.finished) return report;

  const bool grouped = o.text("within") != "all" && data.labels.defined();
  const RarityBins binned =
      rarity_bins(scored.scores, bins, grouped ? data.labels.narrow(0, 0, rows) : at::Tensor());
  write_labelled(inside("rarity.npz"), data, binned.bins);
  config.card["purpose"] = fmt::format(
      "Tells how rare a picture is for {} at every noise level, for minority guidance", info.name);
  config.card["rarity"] = {{"sigma", scoring.sigma},
                           {"noises", scoring.noises},
                           {"features", scoring.features.name},
                           {"rows", rows},
                           {"ends", binned.ends}};
  io::write_json(inside("network.json"), config.json());

  std::map<std::string, std::string> given;
  for (const Parameter& p : minority_parameters()) {
    const auto known = std::find_if(train_parameters().begin(), train_parameters().end(),
                                    [&](const Parameter& t) { return t.name == p.name; });
    if (known == train_parameters().end()) continue;
    const auto found = request.given.find(p.name);
    given[p.name] = found == request.given.end() ? p.standard : found->second;
  }
  TrainRequest training;
  training.model = inside("network.json");
  training.data = inside("rarity.npz");
  training.out = request.out;
  training.options = Options(minority_place, train_parameters(), given);
  training.restart = request.restart;
  training.half = request.half;
  report.training = train(training, watch, told);
  return report;
}

}  // namespace ulam
