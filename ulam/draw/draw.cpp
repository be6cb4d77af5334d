#include "ulam/draw/draw.h"

#include <algorithm>
#include <numeric>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"
#include "ulam/path/grid.h"

namespace ulam {
namespace {

constexpr const char* draw_place = "draw";

std::vector<std::uint64_t> asked_ids(const DrawRequest& request) {
  if (!request.ids.empty()) return request.ids;
  if (request.count < 1)
    fail(ErrorKind::option, draw_place, "{} samples asked for, at least 1 is needed", request.count);
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(request.count));
  std::iota(ids.begin(), ids.end(), request.first_id);
  return ids;
}

void check_rows(const at::Tensor& t, const char* name, const std::vector<std::int64_t>* shape,
                std::size_t rows) {
  if (t.dim() < 1 || t.size(0) != static_cast<std::int64_t>(rows))
    fail(ErrorKind::shape, name, "{} rows needed, the shape is {}", rows, shape_text(t.sizes()));
  if (shape != nullptr && t.sizes().slice(1) != at::IntArrayRef(*shape))
    fail(ErrorKind::shape, name, "rows of shape {} needed, the shape is {}", shape_text(*shape),
         shape_text(t.sizes()));
}

void check_request(const DrawRequest& request, std::size_t rows) {
  const ModelInfo& info = request.field.info();
  if (request.batch < 0)
    fail(ErrorKind::option, draw_place, "batch {} is negative, valid: 0 (chosen) or more", request.batch);
  if (request.noise.defined() && request.picture.defined())
    fail(ErrorKind::option, draw_place, "give either noise or a picture to start from, not both");
  if (request.noise.defined()) check_rows(request.noise, "noise", &info.shape, rows);
  if (request.picture.defined()) check_rows(request.picture, "picture", &info.shape, rows);
  for (const at::Tensor& t : {request.noise, request.picture})
    if (t.defined() && t.is_floating_point() && !at::isfinite(t).all().item<bool>())
      fail(ErrorKind::numeric, request.noise.defined() ? "noise" : "picture", "it holds NaN or infinity");
  if (request.entry != 0 && !request.picture.defined())
    fail(ErrorKind::option, draw_place, "an entry level needs a picture to start from");
  for (const auto& [name, value] : request.conditions) {
    if (!value.defined()) fail(ErrorKind::shape, "condition " + name, "is empty");
    check_rows(value, ("condition " + name).c_str(), nullptr, rows);
  }
  if (!info.path.has_centre()) return;
  const auto centre = request.conditions.find("centre");
  if (centre == request.conditions.end())
    fail(ErrorKind::option, draw_place,
         "the path of the model '{}' has a centre: give the condition \"centre\", rows of shape {}, one a "
         "sample",
         info.name, shape_text(info.shape));
  check_rows(centre->second, "condition centre", &info.shape, rows);
  if (!centre->second.is_floating_point() || !at::isfinite(centre->second).all().item<bool>())
    fail(ErrorKind::numeric, "condition centre", "it is not all finite real numbers");
}

/// The start, keyed unless it is given, carried from the first level to level `entry`.
at::Tensor jumped(const DrawRequest& request, const Plan& plan, int entry, at::Tensor x,
                  std::span<const std::uint64_t> ids, const Conditions& conditions) {
  const ModelInfo& info = request.field.info();
  const Marginal from = plan.path.at(plan.times.front());
  if (!x.defined())
    x = keyed_normal(request.seed, Stream::start, ids, 0, info.shape, info.dtype).mul_(from.s);
  return teleport(*request.gaussians, x, from, plan.path.at(plan.times[static_cast<std::size_t>(entry)]),
                  conditions);
}

std::int64_t chunk_rows(const DrawRequest& request) {
  if (request.batch > 0) return request.batch;
  constexpr std::int64_t usual = 64;
  const std::int64_t limit = request.field.row_limit();
  return limit > 0 ? (usual + limit - 1) / limit * limit : usual;
}

}  // namespace

Plan plan_of(const DrawRequest& request) {
  const ModelInfo& info = request.field.info();
  if (request.plan) {
    check_plan_for(*request.plan, info.path, info.head);
    return *request.plan;
  }
  if (!request.times.empty())
    return compile_plan(make_recipe(request.solver), request.times, info.path, info.head);
  return make_plan(request.solver, request.grid, request.steps, info.path, info.head);
}

int entry_of(const DrawRequest& request, const Plan& plan) {
  const Start start = parse_start(request.start);
  if (!start.teleport) return request.entry;
  if (request.field.info().path.has_centre())
    fail(ErrorKind::unsupported, "start", "teleport's statistics know nothing of the centres of this path");
  if (request.picture.defined())
    fail(ErrorKind::option, "start",
         "teleport carries noise; a picture to start from cannot stand beside it");
  if (!request.gaussians)
    fail(ErrorKind::unsupported, "start", "teleport needs the statistics of the data, which are not given");
  std::int64_t numbers = 1;
  for (const std::int64_t n : request.field.info().shape) numbers *= n;
  if (request.gaussians->all.dimension() != numbers)
    fail(ErrorKind::shape, "start", "the statistics are of rows with {} numbers, the model's have {}",
         request.gaussians->all.dimension(), numbers);
  return start_level(start, plan, request.gaussians.get(), request.field.info().hash);
}

DrawResult draw(const DrawRequest& request) {
  std::vector<std::uint64_t> ids = asked_ids(request);
  check_request(request, ids.size());
  DrawResult result;
  result.plan = plan_of(request);
  result.asked = static_cast<std::int64_t>(ids.size());

  const int entry = entry_of(request, result.plan);
  const bool jumps = entry > 0 && !request.picture.defined();
  Stage stage{.plan = result.plan, .field = request.field, .entry = entry, .transfer = std::nullopt};
  if (request.picture.defined()) stage.transfer = Transfer{};
  const std::vector<Stage> stages{stage};
  const at::Tensor& start = request.picture.defined() ? request.picture : request.noise;
  const std::int64_t each = evaluations(stages);

  const double begun = request.watch.now();
  Ledger ledger(request.cap);
  const std::int64_t rows = ledger.affordable(result.asked, each);
  if (rows < 1)
    fail(ErrorKind::budget, draw_place, "one sample costs {} evaluations, the cap allows {}", each,
         request.cap);
  result.shrunk = rows < result.asked;
  ids.resize(static_cast<std::size_t>(rows));
  ledger.reserve(rows * each, draw_place);

  Watch watch = request.watch;
  std::int64_t later = rows;  // that have not begun
  if (request.watch.progress)
    watch.progress = [&](const Progress& p) {
      const std::int64_t done = ledger.spent().evaluations;
      request.watch.report({"drawing", done, done + p.total - p.done + later * each, "evaluations", ""});
    };
  std::vector<at::Tensor> pieces;
  const std::int64_t chunk = chunk_rows(request);
  for (std::int64_t begin = 0; begin < rows; begin += chunk) {
    const std::int64_t size = std::min(chunk, rows - begin);
    later = rows - begin - size;
    Conditions conditions;
    for (const auto& [name, value] : request.conditions)
      conditions.emplace(name, value.narrow(0, begin, size));
    at::Tensor piece;
    if (start.defined())
      piece = start.narrow(0, begin, size)
                  .to(at::kCPU, request.field.info().dtype)
                  .clone(at::MemoryFormat::Contiguous);
    at::Tensor centre;
    if (request.field.info().path.has_centre()) {
      at::Tensor& given = conditions.at("centre");
      centre = given = given.to(at::kCPU, request.field.info().dtype).contiguous();
      if (piece.defined()) piece = piece - centre;
    }
    if (jumps)
      piece = jumped(request, result.plan, entry, piece, {ids.data() + begin, static_cast<std::size_t>(size)},
                     conditions);
    const std::optional<State> state =
        run_stages(stages, {ids.data() + begin, static_cast<std::size_t>(size)}, conditions, piece,
                   {.seed = request.seed, .differentiable = request.differentiable}, ledger, watch);
    if (!state) {
      result.cancelled = true;
      break;
    }
    pieces.push_back(centre.defined() ? state->x + centre : state->x);
    const AdaptiveReport steps = adaptive_report(*state);
    result.adaptive.tried += steps.tried;
    result.adaptive.rejected += steps.rejected;
    result.adaptive.hurried += steps.hurried;
    result.ids.insert(result.ids.end(), state->ids.begin(), state->ids.end());
  }
  if (pieces.empty()) {
    std::vector<std::int64_t> none{0};
    none.insert(none.end(), request.field.info().shape.begin(), request.field.info().shape.end());
    result.samples = at::empty(none, request.field.info().dtype);
  } else {
    result.samples = pieces.size() == 1 ? pieces[0] : at::cat(pieces);
  }
  result.spent = ledger.spent();
  result.spent.seconds = request.watch.now() - begun;
  return result;
}

}  // namespace ulam
