#include "ulam/learn/own_draws.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/io/digest.h"
#include "ulam/io/npz.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* own_draws_place = "own draws";

std::map<std::string, std::string> drawn_by(const DrawRequest& draw) {
  return {{"model", io::digest_text(draw.field.info().hash)},
          {"plan", io::digest_text(plan_hash(plan_of(draw)))},
          {"seed", std::to_string(draw.seed)},
          {"first_id", std::to_string(draw.first_id)}};
}

/// What the file holds; nothing where it is not there.
io::ArrayFile stored(const OwnDrawsRequest& request, const std::map<std::string, std::string>& by) {
  std::error_code none;
  if (request.restart || !std::filesystem::exists(request.file, none)) return {};
  io::ArrayFile file = io::read_npz(request.file);
  for (const auto& [name, value] : by) {
    const auto then = file.metadata.find(name);
    if (then == file.metadata.end() || then->second != value)
      fail(ErrorKind::option, request.file,
           "holds other draws (another {}); name another folder, or --restart", name);
  }
  if (file.find("images") == nullptr)
    fail(ErrorKind::file, request.file, "holds no array 'images'; --restart draws anew");
  return file;
}

int classes_of(const ModelInfo& info) {
  int classes = 0;
  for (const ConditionInfo& c : info.conditions) {
    if (c.name != "label" || c.classes <= 0)
      fail(ErrorKind::unsupported, own_draws_place,
           "the model '{}' takes the condition '{}', of which none can be made up", info.name, c.name);
    classes = c.classes;
  }
  return classes;
}

}  // namespace

OwnDraws own_draws(const OwnDrawsRequest& request, const Watch& watch) {
  const DrawRequest& asked = request.draw;
  const int classes = classes_of(asked.field.info());
  if (asked.count < 1)
    fail(ErrorKind::option, own_draws_place, "{} draws; at least 1 is needed", asked.count);
  const auto by = drawn_by(asked);
  const io::ArrayFile before = stored(request, by);
  at::Tensor rows;
  if (const io::Array* images = before.find("images")) rows = to_tensor(*images);
  OwnDraws out;
  if (rows.defined()) out.found = std::min(rows.size(0), asked.count);
  if (rows.defined() && rows.size(0) > asked.count) rows = rows.narrow(0, 0, asked.count);

  const auto label = [&](std::int64_t i) {
    return static_cast<std::int64_t>((asked.first_id + static_cast<std::uint64_t>(i)) %
                                     static_cast<std::uint64_t>(classes));
  };
  const auto labels = [&](std::int64_t first, std::int64_t count) {
    at::Tensor l = at::empty({count}, at::kLong);
    for (std::int64_t i = 0; i < count; ++i) l.data_ptr<std::int64_t>()[i] = label(first + i);
    return l;
  };
  const auto write = [&] {
    io::ArrayFile file;
    file.metadata = by;
    file.arrays.emplace_back("images", to_array(rows));
    if (classes > 0) file.arrays.emplace_back("labels", to_array(labels(0, rows.size(0))));
    io::write_npz(request.file, file);
  };
  const std::int64_t piece =
      request.piece > 0 ? request.piece : std::max<std::int64_t>(64, (asked.count + 15) / 16);
  std::int64_t done = out.found;
  if (before.find("images") != nullptr && to_tensor(*before.find("images")).size(0) != done) write();
  while (done < asked.count && !watch.cancelled()) {
    DrawRequest part = asked;
    part.count = std::min(piece, asked.count - done);
    part.ids.resize(static_cast<std::size_t>(part.count));
    std::iota(part.ids.begin(), part.ids.end(), asked.first_id + static_cast<std::uint64_t>(done));
    if (classes > 0) part.conditions["label"] = labels(done, part.count);
    part.watch = watch;
    const std::int64_t each = evaluations(plan_of(asked), asked.field);
    part.watch.progress = [&](const Progress& p) {
      watch.report({"drawing", done + (each > 0 ? p.done / each : 0), asked.count, "draws", ""});
    };
    const DrawResult drawn = draw(part);
    out.evaluations += drawn.spent.evaluations;
    if (drawn.cancelled) break;
    const at::Tensor fresh = drawn.samples.to(at::kCPU, at::kFloat);
    rows = rows.defined() ? at::cat({rows, fresh}) : fresh;
    done += part.count;
    write();
  }
  out.rows = done;
  out.finished = done == asked.count;
  return out;
}

}  // namespace ulam
