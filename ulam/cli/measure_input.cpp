#include "ulam/cli/measure_input.h"

#include <cctype>
#include <filesystem>
#include <numeric>
#include <optional>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/cli/model_source.h"
#include "ulam/io/json.h"
#include "ulam/io/npz.h"
#include "ulam/io/safetensors.h"
#include "ulam/learn/dataset.h"
#include "ulam/learn/rarity.h"
#include "ulam/measure/wasserstein.h"
#include "ulam/model/bundle.h"
#include "ulam/model/convert.h"
#include "ulam/problems/read_problem.h"

namespace ulam::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* measure_input_place = "measure";
constexpr std::int64_t problem_rows = 2048;

/// Pictures kept as bytes, floats in [-1, 1] when read.
class PictureSet final : public SampleSet {
 public:
  PictureSet(at::Tensor images, at::Tensor labels, std::string name)
      : images_(std::move(images)),
        labels_(std::move(labels)),
        name_(std::move(name)),
        shape_(images_.sizes().begin() + 1, images_.sizes().end()) {}
  std::int64_t size() const override { return images_.size(0); }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    if (first < 0 || count < 0 || count > size() - first)
      fail(ErrorKind::shape, name_, "{} rows from row {} are asked for, it has {}", count, first, size());
    return pictures_to_float(images_.narrow(0, first, count), -1, 1);
  }
  at::Tensor labels() const override { return labels_; }
  const std::string& name() const override { return name_; }

 private:
  at::Tensor images_, labels_;
  std::string name_;
  std::vector<std::int64_t> shape_;
};

/// Rows of another set in rising order.
class Subset final : public SampleSet {
 public:
  Subset(SampleSetPtr set, std::vector<std::int64_t> rows) : set_(std::move(set)), rows_(std::move(rows)) {
    if (set_->labels().defined()) labels_ = set_->labels().index_select(0, at::tensor(rows_, at::kLong));
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(rows_.size()); }
  const std::vector<std::int64_t>& shape() const override { return set_->shape(); }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    if (first < 0 || count < 0 || count > size() - first)
      fail(ErrorKind::shape, name(), "{} rows from row {} are asked for, it has {}", count, first, size());
    if (count == 0) return set_->block(0, 0);
    std::vector<at::Tensor> rows;
    for (std::int64_t i = first; i < first + count; ++i)
      rows.push_back(set_->block(rows_[static_cast<std::size_t>(i)], 1));
    return at::cat(rows);
  }
  at::Tensor labels() const override { return labels_; }
  const std::string& name() const override { return set_->name(); }

 private:
  SampleSetPtr set_;
  std::vector<std::int64_t> rows_;
  at::Tensor labels_;
};

void keep_rows(MeasureSet& m, const std::vector<std::int64_t>& rows) {
  if (!m.ids.empty()) {
    std::vector<std::int64_t> kept;
    for (const std::int64_t row : rows) kept.push_back(m.ids[static_cast<std::size_t>(row)]);
    m.ids = kept;
  }
  m.set = std::make_shared<Subset>(m.set, rows);
}

/// Model and noise of a draw's record; records of other programs say nothing.
void read_origin(const nlohmann::json& record, MeasureSet& m) {
  const auto options = record.is_object() ? record.find("options") : record.end();
  if (options == record.end() || !options->is_object()) return;
  if (const auto model = options->find("model"); model != options->end() && model->is_string())
    m.model = model->get<std::string>();
  if (const auto seed = options->find("seed"); seed != options->end()) m.noise = "seed " + seed->dump();
  if (const auto noise = record.find("noise_hash"); noise != record.end() && noise->is_string())
    m.noise = "noise " + noise->get<std::string>();
}

void read_origin(const io::ArrayFile& file, const std::string& path, MeasureSet& m) {
  if (const auto record = file.metadata.find("ulam"); record != file.metadata.end())
    read_origin(io::parse_json(record->second, path), m);
  const io::Array* ids = file.find("ids");
  if (ids == nullptr || ids->dtype != io::Dtype::i64 || ids->count() != m.set->size()) return;
  const at::Tensor numbers = to_tensor(*ids);
  m.ids.assign(numbers.data_ptr<std::int64_t>(), numbers.data_ptr<std::int64_t>() + numbers.numel());
}

MeasureSet of_file(const std::string& path) {
  if (std::error_code error; !fs::exists(path, error)) fail(ErrorKind::system, path, "is not there");
  MeasureSet m;
  m.set = open_samples(path);
  if (path.ends_with(".npz")) read_origin(io::read_npz(path), path, m);
  if (path.ends_with(".safetensors")) read_origin(io::read_safetensors(path), path, m);
  std::error_code error;
  if (path.ends_with(".npy") && fs::exists(path + ".json", error))
    read_origin(io::read_json(path + ".json"), m);
  return m;
}

MeasureSet of_dataset(const std::string& path, std::optional<Split> split) {
  Dataset data;
  std::string said = path;
  if (split) {
    data = read_dataset(path, *split);
    said += *split == Split::test ? ":test" : ":train";
    if (!data.images.defined()) fail(ErrorKind::system, said, "the data set has no such split");
  } else {
    data = read_dataset(path, Split::test);
    said += data.images.defined() ? ":test" : ":train";
    if (!data.images.defined()) data = read_dataset(path, Split::train);
  }
  MeasureSet m;
  m.classes = data.classes;
  m.set = std::make_shared<PictureSet>(data.images, data.labels, said);
  return m;
}

MeasureSet of_problem(const ProblemPtr& problem, const std::string& name, const MeasureSetOptions& options) {
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(options.count > 0 ? options.count : problem_rows));
  std::iota(ids.begin(), ids.end(), options.stream << 40);
  MeasureSet m;
  m.set = in_memory(problem->sample(ids, options.seed), "exact samples of " + name);
  return m;
}

bool sample_file(const std::string& text) {
  return text.ends_with(".npy") || text.ends_with(".npz") || text.ends_with(".safetensors");
}

[[noreturn]] void refuse_model(const std::string& text) {
  fail(ErrorKind::option, text, "is a model; draw from it and measure the file: ulam draw {} -o x.npz", text);
}

MeasureSet opened(const std::string& text, const MeasureSetOptions& options) {
  for (const auto& [end, split] : {std::pair{":test", Split::test}, std::pair{":train", Split::train}})
    if (text.ends_with(end)) return of_dataset(text.substr(0, text.rfind(':')), split);
  std::error_code error;
  if (fs::is_directory(text, error)) {
    if (is_model_folder(text)) refuse_model(text);
    return of_dataset(text, {});
  }
  if (sample_file(text)) return of_file(text);
  if (text.ends_with(".json")) return of_problem(read_problem(text), text, options);
  if (text.ends_with(".png"))
    fail(ErrorKind::option, text, "is one picture; draw to .npz, or name the folder of the pictures");
  std::vector<std::string> names;
  for (const ProblemEntry& p : problems()) {
    if (p.name == text.substr(0, text.find(':'))) return of_problem(named_problem(text), text, options);
    names.push_back(p.name);
  }
  for (const Shipped& s : shipped_models(model_folders())) {
    if (s.name == text) refuse_model(text);
    names.push_back(s.name);
  }
  if (fs::exists(text, error))
    fail(ErrorKind::file, text, "unknown kind of file, valid: .npy, .npz, .safetensors, a problem's .json");
  const std::string near = nearest_name(text, names);
  fail(ErrorKind::system, text,
       "is not there; samples are a .npy, .npz or .safetensors file, a folder of pictures, DATA:test, "
       "DATA:train, or a problem{}",
       near.empty() ? "" : "; nearest: " + near);
}

ModelPtr tapped_folder(const std::string& folder) {
  if (is_model_folder(folder) && needs_trust(folder))
    fail(ErrorKind::unsupported, folder,
         "is a program of its own, whose activations cannot be taken for features");
  return load_model_folder(folder).model;
}

ModelPtr feature_model(const std::string& name) {
  std::error_code error;
  if (is_model_folder(name)) return tapped_folder(name);
  const std::vector<Shipped> shipped = shipped_models(model_folders());
  std::vector<std::string> names = {"raw", "pca:N"};
  for (const Shipped& s : shipped) {
    if (s.name == name) return tapped_folder(s.folder);
    names.push_back(s.name);
  }
  if (name.find('/') != std::string::npos) return load_model_folder(name).model;  // says what is missing
  fail_unknown("measure: --features", name, names);
}

ChosenFeatures of_model(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const bool tapped = colon != std::string::npos && text.find('/', colon) == std::string::npos;
  const std::string name = tapped ? text.substr(0, colon) : text;
  ChosenFeatures out;
  out.model = feature_model(name);
  const ModelInfo& info = out.model->info();
  if (info.data_low != -1 || info.data_high != 1)
    fail(ErrorKind::unsupported, "measure: --features",
         "{} expects pictures in [{}, {}]; they are read in [-1, 1]", name, info.data_low, info.data_high);
  out.map = model_features(out.model, tapped ? text.substr(colon + 1) : "features");
  return out;
}

/// The configuration of a bundle by shipped name or folder; empty where there is none.
BundleConfig config_of(const std::string& model) {
  std::string folder = model;
  for (const Shipped& s : shipped_models(model_folders()))
    if (s.name == model) folder = s.folder;
  return !folder.empty() && is_bundle(folder) ? read_bundle_config(folder) : BundleConfig{};
}

/// What the card of the model that drew the samples advises, "" without.
std::string advised(const std::string& model) {
  const nlohmann::json card = config_of(model).card;
  const auto features = card.find("features");
  return features != card.end() && features->is_string() ? features->get<std::string>() : "";
}

}  // namespace

MeasureSet open_measure_set(const std::string& text, const MeasureSetOptions& options) {
  MeasureSet m = opened(text, options);
  if (m.set->size() == 0) fail(ErrorKind::option, text, "holds no samples");
  if (m.classes.empty() && !m.model.empty()) m.classes = config_of(m.model).classes;
  return m;
}

void keep_class(MeasureSet& m, std::int64_t label) {
  const at::Tensor labels = m.set->labels();
  if (!labels.defined())
    fail(ErrorKind::option, m.set->name(), "has no labels, so class {} cannot be taken from it", label);
  const at::Tensor found = labels.eq(label).nonzero().reshape({-1}).contiguous();
  if (found.numel() == 0) fail(ErrorKind::option, m.set->name(), "class {} is empty", label);
  const auto* rows = found.data_ptr<std::int64_t>();
  keep_rows(m, {rows, rows + found.numel()});
}

void keep_some(MeasureSet& m, std::int64_t count, std::uint64_t seed) {
  if (m.set->size() > count) keep_rows(m, keyed_subset(m.set->size(), count, seed));
}

std::int64_t class_of(const std::string& text, const MeasureSet& samples, const MeasureSet& reference,
                      const std::string& features) {
  if (const auto number = parse_integer(text)) return *number;
  std::vector<std::string> names = reference.classes.empty() ? samples.classes : reference.classes;
  if (names.empty()) names = config_of(features.substr(0, features.find(':'))).classes;
  const auto lower = [](std::string t) {
    for (char& c : t) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return t;
  };
  for (std::size_t c = 0; c < names.size(); ++c)
    if (lower(names[c]) == lower(text)) return static_cast<std::int64_t>(c);
  if (names.empty())
    fail(ErrorKind::option, "measure: --label", "the classes have no names here; {} is no number", text);
  fail_unknown("measure: --label", text, names);
}

ChosenFeatures choose_features(const std::string& text, const MeasureSet& samples,
                               const SampleSet& reference) {
  if (text.empty()) {
    const std::string advice = advised(samples.model);
    const bool small = reference.dimension() <= 256;
    ChosenFeatures out = choose_features(!advice.empty() ? advice
                                         : small         ? "raw"
                                                         : "pca:64",
                                         samples, reference);
    out.note = !advice.empty() ? fmt::format("as the card of {} advises", samples.model)
               : small         ? "the numbers as they are"
                               : fmt::format("rows have {} numbers", reference.dimension());
    return out;
  }
  ChosenFeatures out;
  if (text == "raw") {
    out.map = raw_features(samples.set->shape());
  } else if (text == "pca" || text.starts_with("pca:")) {
    const auto components = text == "pca" ? std::optional<long>(64) : parse_integer(text.substr(4));
    if (!components || *components < 1)
      fail(ErrorKind::option, "measure: --features", "{}; pca:N takes a number of components, 1 or more",
           text);
    out.map = pca_features(reference, *components);
  } else {
    out = of_model(text);
  }
  return out;
}

RareScores rare_scores_of(const ChosenMeasure& rarest, const std::string& drew, const Watch& watch) {
  const std::string named = rarest.options.has("model") ? rarest.options.text("model") : "";
  if (named.empty() && config_of(drew).name.empty()) return {};
  const Field field(find_model(named.empty() ? drew : named, "measure: rarest"));
  return [field, watch](const SampleSet& set, double sigma, int noises) {
    RarityOptions options;
    options.sigma = sigma;
    options.noises = noises;
    const at::Tensor labels = set.labels();
    const std::int64_t n = set.size(), piece = 256;
    std::vector<at::Tensor> scores;
    for (std::int64_t first = 0; first < n; first += piece) {
      const std::int64_t rows = std::min(piece, n - first);
      scores.push_back(rarity_scores(field, set.block(first, rows),
                                     labels.defined() ? labels.narrow(0, first, rows) : at::Tensor(),
                                     static_cast<std::uint64_t>(first), options, {{}, watch.cancel, {}}));
      watch.report({"scoring", first + rows, n, "rows", ""});
    }
    return at::cat(scores);
  };
}

}  // namespace ulam::cli
