#include "ulam/model/gaussian_file.h"

#include <charconv>
#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/io/digest.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

namespace fs = std::filesystem;
constexpr const char* format = "ulam-gaussian-1";
constexpr double tolerance = 1e-4;

std::string prefix_of(std::size_t label) { return fmt::format("class{}.", label); }

void store(io::ArrayFile& file, const std::string& prefix, const Gaussian& g) {
  const std::int64_t r = g.values.numel();
  if (g.mean.dim() != 1 || g.values.dim() != 1 || g.vectors.sizes() != at::IntArrayRef({r, g.mean.numel()}))
    fail(ErrorKind::shape, "Gaussian statistics", "mean {}, vectors {} and values {} do not fit one another",
         shape_text(g.mean.sizes()), shape_text(g.vectors.sizes()), shape_text(g.values.sizes()));
  file.arrays.emplace_back(prefix + "mean", to_array(g.mean.to(at::kFloat)));
  file.arrays.emplace_back(prefix + "vectors", to_array(g.vectors.to(at::kFloat)));
  file.arrays.emplace_back(prefix + "values", to_array(g.values.to(at::kFloat)));
  file.arrays.emplace_back(prefix + "rest", to_array(at::full({1}, g.rest, at::kFloat)));
}

/// Reads tensors by name and counts them, so that one too many is noticed.
struct GaussianReader {
  const io::ArrayFile& file;
  const std::string& path;
  std::size_t used = 0;

  at::Tensor tensor(const std::string& name, std::vector<std::int64_t> shape) {
    const io::Array* array = file.find(name);
    if (array == nullptr) fail(ErrorKind::file, path, "tensor {} is missing", name);
    if (array->dtype != io::Dtype::f32 && array->dtype != io::Dtype::f64)
      fail(ErrorKind::file, path, "tensor {} has numbers of type {}, valid: f32, f64", name,
           io::name_of(array->dtype));
    if (shape[0] < 0 && !array->shape.empty()) shape[0] = array->shape[0];
    if (array->shape != shape)
      fail(ErrorKind::file, path, "tensor {} has the shape {}, {} needed", name, io::shape_text(array->shape),
           io::shape_text(shape));
    ++used;
    const at::Tensor t = to_tensor(*array).to(at::kDouble);
    if (!at::isfinite(t).all().item<bool>())
      fail(ErrorKind::file, path, "tensor {} holds NaN or infinity", name);
    return t;
  }

  Gaussian gaussian(const std::string& prefix, std::int64_t d) {
    Gaussian g;
    g.mean = tensor(prefix + "mean", {d});
    g.values = tensor(prefix + "values", {-1});
    if (g.rank() > d)
      fail(ErrorKind::file, path, "tensor {}values has {} numbers, a row has {}", prefix, g.rank(), d);
    g.vectors = tensor(prefix + "vectors", {g.rank(), d});
    g.rest = tensor(prefix + "rest", {1}).item<double>();
    if (g.rest < 0 || (g.rank() > 0 && g.values.min().item<double>() < 0))
      fail(ErrorKind::file, path, "{}values or {}rest hold a negative variance", prefix, prefix);
    if (g.rank() > 1 && (g.values.slice(0, 1) > g.values.slice(0, 0, -1)).any().item<bool>())
      fail(ErrorKind::file, path, "tensor {}values does not fall", prefix);
    if (g.rank() > 0) {
      const at::Tensor gram = at::mm(g.vectors, g.vectors.t()).sub_(at::eye(g.rank(), at::kDouble));
      if (const double off = gram.abs().max().item<double>(); off > tolerance)
        fail(ErrorKind::file, path, "the rows of {}vectors are not orthonormal: off by {:.2g}, {:g} allowed",
             prefix, off, tolerance);
    }
    return g;
  }

  const std::string& text(const char* key) const {
    const auto found = file.metadata.find(key);
    if (found == file.metadata.end()) fail(ErrorKind::file, path, "metadata '{}' is missing", key);
    return found->second;
  }
  double number(const char* key, const std::string& text) const {
    const std::optional<double> value = parse_real(text);
    if (!value) fail(ErrorKind::file, path, "metadata '{}' is no number", key);
    return *value;
  }
};

void read_metadata(const GaussianReader& reader, const ModelInfo& info, GaussianSet& set) {
  const std::string& path = reader.path;
  if (reader.text("format") != format)
    fail(ErrorKind::file, path, "metadata 'format' is not {}, which this version reads", format);
  const double rows = reader.number("rows", reader.text("rows"));
  if (rows < 0 || rows > 1e15) fail(ErrorKind::file, path, "metadata 'rows' is {}", rows);
  set.rows = static_cast<std::int64_t>(rows);
  const std::vector<std::string> range = split_escaped(reader.text("range"), ' ');
  if (range.size() != 2) fail(ErrorKind::file, path, "metadata 'range' must be two numbers");
  set.data_low = reader.number("range", range[0]);
  set.data_high = reader.number("range", range[1]);
  if (set.data_low != info.data_low || set.data_high != info.data_high)
    fail(ErrorKind::file, path, "the statistics are of data in [{}, {}], the model's are in [{}, {}]",
         set.data_low, set.data_high, info.data_low, info.data_high);
  set.data = reader.text("data");
  if (!reader.file.metadata.contains("sigma")) return;
  const std::string& by = reader.text("sigma_by");
  if (by != "agreement" && by != "rule")
    fail(ErrorKind::file, path, "metadata 'sigma_by' must be agreement or rule");
  set.sigma_by_rule = by == "rule";
  const double sigma = reader.number("sigma", reader.text("sigma"));
  if (!(sigma > 0)) fail(ErrorKind::file, path, "metadata 'sigma' must be above 0, it is {}", sigma);
  set.sigma = sigma;
  const std::string& of = reader.text("calibrated");
  const auto [end, error] = std::from_chars(of.data(), of.data() + of.size(), set.calibrated, 16);
  if (error != std::errc() || end != of.data() + of.size())
    fail(ErrorKind::file, path, "metadata 'calibrated' is no hash");
}

}  // namespace

std::string gaussian_path(const std::string& folder) {
  return (fs::path(folder) / "gaussian.safetensors").string();
}

void write_gaussians(const std::string& path, const GaussianSet& set) {
  io::ArrayFile file;
  file.metadata = {{"format", format},
                   {"rows", std::to_string(set.rows)},
                   {"range", real_text(set.data_low) + " " + real_text(set.data_high)},
                   {"data", set.data}};
  if (set.sigma) {
    file.metadata["sigma"] = real_text(*set.sigma);
    file.metadata["sigma_by"] = set.sigma_by_rule ? "rule" : "agreement";
    file.metadata["calibrated"] = io::digest_text(set.calibrated);
  }
  store(file, "", set.all);
  for (std::size_t c = 0; c < set.classes.size(); ++c) store(file, prefix_of(c), set.classes[c]);
  io::write_safetensors(path, file);
}

GaussianSetPtr read_gaussians(const std::string& path, const ModelInfo& info) {
  const io::ArrayFile file = io::read_safetensors(path);
  GaussianReader reader{file, path};
  const auto set = std::make_shared<GaussianSet>();
  read_metadata(reader, info, *set);
  std::int64_t d = 1;
  for (const std::int64_t n : info.shape) d *= n;
  set->all = reader.gaussian("", d);
  const int classes = info.conditions.empty() ? 0 : info.conditions.front().classes;
  if (file.find(prefix_of(0) + "mean") != nullptr)
    for (int c = 0; c < classes; ++c)
      set->classes.push_back(reader.gaussian(prefix_of(static_cast<std::size_t>(c)), d));
  if (reader.used != file.arrays.size())
    fail(ErrorKind::file, path, "{} tensors, {} needed for {} classes", file.arrays.size(), reader.used,
         classes);
  return set;
}

GaussianSetPtr load_gaussians(const std::string& folder, const ModelInfo& info) {
  const std::string path = gaussian_path(folder);
  std::error_code ignored;
  return fs::exists(path, ignored) ? read_gaussians(path, info) : nullptr;
}

}  // namespace ulam
