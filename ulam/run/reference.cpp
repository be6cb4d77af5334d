#include "ulam/run/reference.h"

#include <cmath>
#include <filesystem>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/guide/terms.h"
#include "ulam/io/atomic_file.h"
#include "ulam/io/digest.h"
#include "ulam/io/npz.h"
#include "ulam/model/convert.h"
#include "ulam/path/grid.h"

namespace ulam {
namespace {

namespace fs = std::filesystem;

std::uint64_t key_of(const DrawRequest& request, const std::string& grid, double end, double tolerance,
                     int most) {
  const ModelInfo& info = request.field.info();
  io::Digest digest;
  digest.add(fmt::format("reference 1 {:016x} {} {} {} {:.17g} {:.17g} {}", info.hash,
                         info.path.json().dump(), request.seed, grid, end, tolerance, most));
  for (const std::uint64_t id : request.ids) digest.add(fmt::format(" {}", id));
  for (const auto& [name, rows] : request.conditions)
    digest.add(fmt::format(" {} {:016x}", name, io::digest(to_array(rows))));
  if (const Terms& guide = request.field.terms(); !guide.empty())
    digest.add(fmt::format(" {} {:016x}", text_of(guide), models_hash(guide)));
  if (request.noise.defined()) digest.add(fmt::format(" {:016x}", io::digest(to_array(request.noise))));
  return digest.value();
}

bool read_cached(const std::string& file, const DrawRequest& request, Reference& out) {
  std::error_code none;
  if (!fs::exists(file, none)) return false;
  try {
    const io::ArrayFile stored = io::read_npz(file);
    const io::Array* samples = stored.find("samples");
    if (samples == nullptr) return false;
    std::vector<std::int64_t> shape = {static_cast<std::int64_t>(request.ids.size())};
    shape.insert(shape.end(), request.field.info().shape.begin(), request.field.info().shape.end());
    out.samples = to_tensor(*samples);
    out.steps = static_cast<int>(parse_integer(stored.metadata.at("steps")).value());
    out.change = parse_real(stored.metadata.at("change")).value();
    out.converged = stored.metadata.at("converged") == "true";
    return out.samples.sizes() == at::IntArrayRef(shape) &&
           out.samples.scalar_type() == request.field.info().dtype;
  } catch (const std::exception&) {
    return false;  // half a disk, another version: work it out anew
  }
}

void write_cached(const std::string& folder, const std::string& file, const Reference& reference) {
  io::ensure_folder(folder);
  io::ArrayFile stored;
  stored.arrays.emplace_back("samples", to_array(reference.samples));
  stored.metadata["steps"] = std::to_string(reference.steps);
  stored.metadata["change"] = fmt::format("{:.17g}", reference.change);
  stored.metadata["converged"] = reference.converged ? "true" : "false";
  io::write_npz(file, stored);
}

/// The grid's rule at N steps, cut or led on to `end`.
std::vector<double> times_of(const std::string& grid, const Path& path, int steps, double end) {
  std::vector<double> times = make_grid(grid.empty() ? standard_grid(path) : grid, path, steps);
  const bool falls = times.front() > times.back();
  while (times.size() > 1 && (falls ? times.back() <= end : times.back() >= end)) times.pop_back();
  times.push_back(end);
  return times;
}

}  // namespace

Reference converged_reference(const DrawRequest& request, const std::string& grid, double end,
                              const ReferenceOptions& options) {
  const ModelInfo& info = request.field.info();
  const bool small = c10::multiply_integers(info.shape) <= 100;
  const double tolerance = options.tolerance > 0 ? options.tolerance
                           : !info.exact         ? 1e-3
                           : small               ? 1e-9
                                                 : 1e-6;
  const int most = options.most_steps > 0 ? options.most_steps : info.exact ? 4096 : 128;
  const std::string file =
      options.folder.empty()
          ? ""
          : (fs::path(options.folder) /
             ("reference-" + io::digest_text(key_of(request, grid, end, tolerance, most)) + ".npz"))
                .string();
  Reference out;
  if (!file.empty() && read_cached(file, request, out)) return out;

  out = {};
  at::Tensor before;
  for (int steps = 16; steps <= most; steps *= 2) {
    DrawRequest one = request;
    one.plan.reset();
    one.solver = "rk4";
    one.times = times_of(grid, info.path, steps, end);
    if (request.watch.progress)
      one.watch.progress = [&](const Progress& p) {
        Progress told = p;
        told.what = "reference";
        told.note = fmt::format("rk4, {} steps", steps);
        request.watch.progress(told);
      };
    const DrawResult result = draw(one);
    out.evaluations += result.spent.evaluations;
    if (result.cancelled) {
      out.cancelled = true;
      return out;
    }
    out.samples = result.samples;
    out.steps = steps;
    if (before.defined()) {
      out.change = (out.samples - before).to(at::kDouble).square().mean().sqrt().item<double>();
      out.converged = out.change <= tolerance;
      if (out.converged) break;
    }
    before = out.samples;
  }
  if (!file.empty()) write_cached(options.folder, file, out);
  return out;
}

}  // namespace ulam
