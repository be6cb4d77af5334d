// The catalogue of problems: from the members of a JSON object to a density.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "ulam/base/error.h"
#include "ulam/io/digest.h"
#include "ulam/io/idx.h"
#include "ulam/io/json.h"
#include "ulam/io/npy.h"
#include "ulam/problems/checkerboard.h"
#include "ulam/problems/clusters.h"
#include "ulam/problems/mixture.h"
#include "ulam/problems/points.h"
#include "ulam/problems/read_problem.h"

namespace ulam {
namespace {

using io::json;

std::vector<double> flattened(const std::vector<std::vector<double>>& rows, std::size_t columns,
                              const std::string& name, const std::string& place) {
  std::vector<double> all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].size() != columns)
      fail(ErrorKind::option, place, "{}[{}] has {} numbers, {} needed", name, i, rows[i].size(), columns);
    all.insert(all.end(), rows[i].begin(), rows[i].end());
  }
  return all;
}

/// Throws unless exactly one of the members is there.
void exactly_one(const json& j, const char* first, const char* second, const std::string& place) {
  if (io::has_key(j, first) == io::has_key(j, second))
    fail(ErrorKind::option, place, "give either \"{}\" or \"{}\"", first, second);
}

DensityPtr make_gaussian(const json& j, const std::string& place, const std::string&, ProblemSettings&) {
  MixturePart part;
  part.mean = io::get_reals(j, "mean", place);
  const std::size_t d = part.mean.size();
  if (io::has_key(j, "covariance")) {
    if (io::has_key(j, "variances") || io::has_key(j, "factors"))
      fail(ErrorKind::option, place, "\"covariance\" excludes \"variances\" and \"factors\"");
    const auto rows = io::get_real_rows(j, "covariance", place);
    if (rows.size() != d)
      fail(ErrorKind::option, place, "covariance has {} rows, the mean {} numbers", rows.size(), d);
    part.covariance = full_covariance(static_cast<int>(d), flattened(rows, d, "covariance", place));
  } else {
    std::vector<double> variances = io::get_reals(j, "variances", place);
    if (variances.size() != d)
      fail(ErrorKind::option, place, "{} variances for a mean of {} numbers", variances.size(), d);
    if (io::has_key(j, "factors")) {
      const auto rows = io::get_real_rows(j, "factors", place);
      if (rows.size() != d)
        fail(ErrorKind::option, place, "factors has {} rows, the mean {} numbers", rows.size(), d);
      const std::size_t rank = rows.empty() ? 0 : rows[0].size();
      part.covariance = low_rank_covariance(std::move(variances), static_cast<int>(rank),
                                            flattened(rows, rank, "factors", place));
    } else {
      part.covariance = diagonal_covariance(std::move(variances));
    }
  }
  return make_mixture({std::move(part)});
}

CovariancePtr part_covariance(const json& value, const std::string& name, std::size_t d,
                              const std::string& place) {
  if (value.is_number()) return diagonal_covariance(std::vector<double>(d, value.get<double>()));
  const json holder = {{name, value}};
  std::vector<double> variances = io::get_reals(holder, name, place);
  if (variances.size() != d)
    fail(ErrorKind::option, place, "{} has {} numbers, its mean {}", name, variances.size(), d);
  return diagonal_covariance(std::move(variances));
}

DensityPtr make_gaussian_mixture(const json& j, const std::string& place, const std::string&,
                                 ProblemSettings&) {
  const auto means = io::get_real_rows(j, "means", place);
  const std::size_t count = means.size();
  const auto weights = io::get_reals(j, "weights", place, std::vector<double>(count, 1.0));
  const auto labels = io::get_integers(j, "labels", place, std::vector<std::int64_t>(count, -1));
  exactly_one(j, "variances", "covariances", place);
  const char* spread = io::has_key(j, "variances") ? "variances" : "covariances";
  const json& spreads = io::get_list(j, spread, place);
  if (weights.size() != count)
    fail(ErrorKind::option, place, "{} weights for {} means", weights.size(), count);
  if (labels.size() != count) fail(ErrorKind::option, place, "{} labels for {} means", labels.size(), count);
  if (spreads.size() != count)
    fail(ErrorKind::option, place, "{} {} for {} means", spreads.size(), spread, count);
  std::vector<MixturePart> parts(count);
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t d = means[k].size();
    const std::string name = fmt::format("{}[{}]", spread, k);
    if (d == 0) fail(ErrorKind::option, place, "means[{}] is empty", k);
    if (io::has_key(j, "labels") && (labels[k] < 0 || labels[k] > std::numeric_limits<int>::max() - 2))
      fail(ErrorKind::option, place, "labels[{}] = {} is not a class from 0", k, labels[k]);
    parts[k] = {weights[k], means[k], nullptr, static_cast<int>(labels[k])};
    try {
      if (spread == std::string_view("variances")) {
        parts[k].covariance = part_covariance(spreads[k], name, d, place);
      } else {
        const auto rows = io::get_real_rows(json{{name, spreads[k]}}, name, place);
        if (rows.size() != d)
          fail(ErrorKind::option, place, "{} has {} rows, its mean {} numbers", name, rows.size(), d);
        parts[k].covariance = full_covariance(static_cast<int>(d), flattened(rows, d, name, place));
      }
    } catch (const Error& e) {
      if (std::string_view(e.what()).find(name) != std::string_view::npos) throw;
      throw Error(e.kind(), place + ": " + name + ": " + e.what());
    }
    if (!parts[k].covariance->definite())
      fail(ErrorKind::numeric, place, "{} has a variance of 0; point masses are the kind dataset", name);
  }
  return make_mixture(std::move(parts));
}

/// Numbers as they are, but bytes as pictures: 0 .. 255 to -1 .. 1.
std::vector<double> values_of(const io::Array& array, std::int64_t count, const std::string& place) {
  std::vector<double> values(count);
  const auto copy = [&]<typename T>(T) {
    const T* data = reinterpret_cast<const T*>(array.bytes.data());
    std::copy_n(data, count, values.data());
  };
  switch (array.dtype) {
    case io::Dtype::u8:
      copy(std::uint8_t{});
      for (double& v : values) v = v / 127.5 - 1;
      return values;
    case io::Dtype::i32:
      copy(std::int32_t{});
      return values;
    case io::Dtype::i64:
      copy(std::int64_t{});
      return values;
    case io::Dtype::f32:
      copy(float{});
      return values;
    case io::Dtype::f64:
      copy(double{});
      return values;
    default:
      fail(ErrorKind::unsupported, place, "dtype {} is not read here; valid: u8, i32, i64, f32, f64",
           io::name_of(array.dtype));
  }
}

io::Array read_array(const std::string& path) {
  return path.ends_with(".npy") ? io::read_npy(path) : io::read_idx(path);
}

DensityPtr make_dataset(const json& j, const std::string& place, const std::string& folder,
                        ProblemSettings& settings) {
  const auto file = [&](const char* key) {
    return (std::filesystem::path(folder) / io::get_text(j, key, place)).string();
  };
  const std::string data = file("data");
  const io::Array array = read_array(data);
  if (array.shape.size() < 2 || array.count() < 1)
    fail(ErrorKind::shape, data, "shape {} has no rows of numbers, [rows, ...] is needed",
         io::shape_text(array.shape));
  const std::int64_t n = array.shape[0], d = array.count() / n;
  std::int64_t used = io::get_integer(j, "limit", place, n);
  if (used < 1) fail(ErrorKind::option, place, "limit = {} is below 1", used);
  used = std::min(used, n);
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  if (used > kMost / d)
    fail(ErrorKind::unsupported, data, "{} numbers are more than 2^31; set \"limit\"", used * d);
  std::vector<int> labels;
  if (io::has_key(j, "labels")) {
    const std::string name = file("labels");
    const io::Array given = read_array(name);
    if (given.shape.size() != 1 || given.shape[0] != n)
      fail(ErrorKind::shape, name, "labels have shape {}, [{}] is needed", io::shape_text(given.shape), n);
    if (given.dtype == io::Dtype::u8) {
      for (std::int64_t i = 0; i < used; ++i) labels.push_back(static_cast<int>(given.bytes[i]));
    } else {
      for (double v : values_of(given, used, name)) {
        if (!(v >= 0 && v < static_cast<double>(used) && v == std::floor(v)))
          fail(ErrorKind::option, name, "label {} is not a class in 0 .. {}", v, used - 1);
        labels.push_back(static_cast<int>(v));
      }
    }
    settings.hash = hash_bytes(std::to_string(io::digest(given)), settings.hash);
  }
  const std::vector<double> values = values_of(array, used * d, data);
  settings.shape.assign(array.shape.begin() + 1, array.shape.end());
  if (!data.ends_with(".npy") && settings.shape.size() == 2) settings.shape.insert(settings.shape.begin(), 1);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  settings.data_low = *low;
  settings.data_high = *high;
  settings.hash = hash_bytes(std::to_string(io::digest(array)), settings.hash);
  return make_points(static_cast<int>(d), values, io::get_real(j, "width", place, 0.0), std::move(labels));
}

double real_in(const json& j, const char* key, double standard, double least, double most,
               const std::string& place) {
  const double v = io::get_real(j, key, place, standard);
  if (!(v >= least && v <= most))
    fail(ErrorKind::option, place, "{} = {} is outside {} .. {}", key, v, least, most);
  return v;
}
int integer_in(const json& j, const char* key, int standard, int least, int most, const std::string& place) {
  const std::int64_t v = io::get_integer(j, key, place, standard);
  if (v < least || v > most)
    fail(ErrorKind::option, place, "{} = {} is outside {} .. {}", key, v, least, most);
  return static_cast<int>(v);
}

DensityPtr make_ring(const json& j, const std::string& place, const std::string&, ProblemSettings& settings) {
  const double radius = real_in(j, "radius", 1, 1e-6, 1e6, place);
  settings.data_low = -1.5 * radius;
  settings.data_high = 1.5 * radius;
  return make_points(2, ring_points(integer_in(j, "components", 256, 1, 1000000, place), radius),
                     real_in(j, "width", 0.05, 0, 1e6, place));
}

DensityPtr make_swissroll(const json& j, const std::string& place, const std::string&,
                          ProblemSettings& settings) {
  const double radius = real_in(j, "radius", 1, 1e-6, 1e6, place);
  settings.data_low = -1.5 * radius;
  settings.data_high = 1.5 * radius;
  return make_points(2, swissroll_points(integer_in(j, "components", 512, 1, 1000000, place), radius),
                     real_in(j, "width", 0.02, 0, 1e6, place));
}

DensityPtr make_board(const json& j, const std::string& place, const std::string&,
                      ProblemSettings& settings) {
  const double half = real_in(j, "half", 2, 1e-6, 1e6, place);
  settings.data_low = -1.25 * half;
  settings.data_high = 1.25 * half;
  return make_checkerboard(integer_in(j, "cells", 4, 1, 1000, place), half);
}

DensityPtr make_pictures(const json& j, const std::string& place, const std::string&,
                         ProblemSettings& settings) {
  ClusterSettings c;
  c.components = integer_in(j, "components", 50, 1, 10000, place);
  c.channels = integer_in(j, "channels", 3, 1, 1000, place);
  c.side = integer_in(j, "side", 32, 1, 1024, place);
  c.rank = integer_in(j, "rank", 6, 1, 64, place);
  c.width = real_in(j, "width", 0.1, 1e-6, 1e6, place);
  c.seed = static_cast<std::uint64_t>(integer_in(j, "seed", 0, 0, std::numeric_limits<int>::max(), place));
  // 8 bytes for each factor and mean.
  if (std::int64_t{c.components} * c.channels * c.side * c.side * (c.rank + 2) > std::int64_t{1} << 28)
    fail(ErrorKind::unsupported, place, "{} parts of {} x {} x {} numbers are more than 2 GB", c.components,
         c.channels, c.side, c.side);
  settings.shape = {c.channels, c.side, c.side};
  settings.data_low = -1.5;
  settings.data_high = 1.5;
  return make_clusters(c);
}

/// The 1-D mixture on which the solvers' golden values stand: weights .5 .3 .2, means -1 .4 1.5, variances
/// .04 .25 .09.
DensityPtr make_tp1(const json&, const std::string&, const std::string&, ProblemSettings& settings) {
  settings.path = Path::vp();
  settings.data_low = -2;
  settings.data_high = 3;
  return make_mixture({{0.5, {-1}, diagonal_covariance({0.04}), -1},
                       {0.3, {0.4}, diagonal_covariance({0.25}), -1},
                       {0.2, {1.5}, diagonal_covariance({0.09}), -1}});
}

Parameter list(const char* name, const char* purpose) {
  return {name, OptionType::text, "", purpose, {}, {}, {}, ""};
}
Parameter real(const char* name, const char* standard, const char* purpose, double least) {
  return {name, OptionType::real, standard, purpose, least, 1e6, {}, ""};
}
Parameter integer(const char* name, const char* standard, const char* purpose, double most) {
  return {name, OptionType::integer, standard, purpose, 1, most, {}, ""};
}

ProblemEntry entry(std::string name, std::vector<std::string> aliases, std::string purpose,
                   std::vector<Parameter> parameters, std::string paper, std::string cost,
                   decltype(ProblemEntry::make) make) {
  ProblemEntry e;
  e.name = std::move(name);
  e.aliases = std::move(aliases);
  e.purpose = std::move(purpose);
  e.parameters = std::move(parameters);
  e.paper = std::move(paper);
  e.cost = std::move(cost);
  e.composes = "any path and head";
  e.make = make;
  return e;
}

}  // namespace

const std::vector<ProblemEntry>& problems() {
  static const std::vector<ProblemEntry> entries = {
      entry("gaussian", {"normal"}, "one Gaussian: full, diagonal or low-rank plus diagonal covariance",
            {list("mean", "d numbers"), list("variances", "d numbers"), list("covariance", "d x d numbers"),
             list("factors", "d x r numbers U: covariance diag(variances) + U U'")},
            "closed form", "O(d), O(d^2) full, O(d r^2) low rank", make_gaussian),
      entry("mixture", {"gmm"}, "Gaussian mixture, optionally with classes",
            {list("weights", "k numbers; default equal"), list("means", "k x d numbers"),
             list("variances", "k numbers, or k x d for diagonal covariances"),
             list("covariances", "k x d x d numbers"), list("labels", "class of each part, from 0")},
            "closed form", "k times one Gaussian", make_gaussian_mixture),
      entry("dataset", {"points"}, "a data set as a mixture: its ideal denoiser",
            {list("data", ".npy [n, ...] or idx file, relative to the problem file; bytes become -1 .. 1"),
             list("labels", ".npy or idx file of n classes, from 0"),
             real("width", "0", "standard deviation of the kernel on each point", 0),
             integer("limit", "", "use the first rows only", 4294967295.0)},
            "Karras et al. 2022, arXiv 2206.00364, eq. 57", "4 to 6 n d operations a row", make_dataset),
      entry("ring", {"circle"}, "2-D: equal Gaussians evenly on a circle",
            {real("radius", "1", "of the circle", 1e-6),
             real("width", "0.05", "standard deviation of each Gaussian", 0),
             integer("components", "256", "how many", 1e6)},
            "closed form", "6 components operations", make_ring),
      entry("checkerboard", {}, "2-D: uniform on the squares of one colour",
            {integer("cells", "4", "squares a side", 1000),
             real("half", "2", "the board is [-half, half]^2", 1e-6)},
            "products of truncated Gaussian moments", "about 100 cells exponentials", make_board),
      entry("swissroll", {"swiss_roll", "spiral"}, "2-D: equal Gaussians along a spiral",
            {real("radius", "1", "of the outer end", 1e-6),
             real("width", "0.02", "standard deviation of each Gaussian", 0),
             integer("components", "512", "how many", 1e6)},
            "Marsland 2009, sec. 6 (the roll)", "6 components operations", make_swissroll),
      entry("clusters", {}, "a mixture of smooth random pictures, 3 x 32 x 32 numbers as it stands",
            {integer("components", "50", "parts, of equal weight", 10000),
             integer("channels", "3", "of a picture", 1000), integer("side", "32", "of a picture", 1024),
             integer("rank", "6", "directions in which each part varies", 64),
             real("width", "0.1", "deviation of the white part", 1e-6),
             Parameter{"seed", OptionType::integer, "0", "of means and directions", 0, 2147483647.0, {}, ""}},
            "closed form", "2 components (rank + 4) operations a number", make_pictures),
      entry("tp1", {}, "1-D mixture of three on the VP path: the test problem of the solvers' golden values",
            {}, "golden values of the method pages", "3 exponentials", make_tp1),
  };
  return entries;
}

}  // namespace ulam
