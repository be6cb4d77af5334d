#include "ulam/draw/stage.h"

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

at::Tensor resized(const at::Tensor& x, const std::vector<std::int64_t>& sizes, const std::string& place) {
  if (sizes.empty()) return x;
  if (x.dim() == 3 && sizes.size() == 1) return at::upsample_linear1d(x, sizes, false);
  if (x.dim() == 4 && sizes.size() == 2) return at::upsample_bilinear2d(x, sizes, false);
  if (x.dim() == 5 && sizes.size() == 3) return at::upsample_trilinear3d(x, sizes, false);
  fail(ErrorKind::option, place, "{} sizes given to resize samples with {} dimensions", sizes.size(),
       x.dim() - 1);
}

struct Rows {
  at::Tensor x;
  std::vector<std::uint64_t> ids;
  Conditions conditions;
};

void enter(const Stage& stage, std::size_t number, std::uint64_t seed, Rows& rows) {
  const std::string place = fmt::format("stage {}", number);
  const Transfer& transfer = *stage.transfer;
  rows.x = resized(rows.x, transfer.resize, place);
  if (transfer.keep < 0) fail(ErrorKind::option, place, "keep {} is negative", transfer.keep);
  if (transfer.keep > 0 && transfer.keep < static_cast<std::int64_t>(rows.ids.size())) {
    rows.x = rows.x.narrow(0, 0, transfer.keep);
    rows.ids.resize(static_cast<std::size_t>(transfer.keep));
    for (auto& [name, value] : rows.conditions) value = value.narrow(0, 0, transfer.keep);
  }
  rows.x = rows.x.to(stage.field.info().dtype);
  if (transfer.renoise) {
    const Marginal m = stage.plan.path.at(stage.plan.times[static_cast<std::size_t>(stage.entry)]);
    const at::Tensor z = keyed_normal(seed, Stream::transfer, rows.ids, static_cast<std::uint32_t>(number),
                                      {rows.x.sizes().data() + 1, static_cast<std::size_t>(rows.x.dim() - 1)},
                                      rows.x.scalar_type());
    rows.x = rows.x * m.a + z * m.s;
  }
}

void check_list(const std::vector<Stage>& stages, const at::Tensor& start) {
  if (stages.empty()) fail(ErrorKind::option, "stages", "the list is empty");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const std::string place = fmt::format("stage {}", i);
    if (stages[i].entry < 0 || stages[i].entry > stages[i].plan.levels())
      fail(ErrorKind::option, place, "entry level {} is not in 0 to {}", stages[i].entry,
           stages[i].plan.levels());
    if (i > 0 && !stages[i].transfer)
      fail(ErrorKind::option, place, "it needs a transfer from the stage before");
  }
  if (stages[0].transfer && !start.defined())
    fail(ErrorKind::option, "stage 0", "its transfer needs a picture to start from");
  if (!stages[0].transfer && !start.defined() && stages[0].entry != 0)
    fail(ErrorKind::option, "stage 0", "a start from noise enters at level 0, not {}", stages[0].entry);
}

}  // namespace

std::optional<State> run_stages(const std::vector<Stage>& stages, std::span<const std::uint64_t> ids,
                                const Conditions& conditions, const at::Tensor& start,
                                const StagesOptions& options, Ledger& ledger, const Watch& watch) {
  check_list(stages, start);
  Rows rows{start, {ids.begin(), ids.end()}, conditions};
  State state;
  std::uint32_t draw = 0;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = stages[i];
    const SolverProcess process(
        stage.plan, stage.field,
        {.seed = options.seed, .differentiable = options.differentiable, .first_draw = draw});
    if (stage.transfer) enter(stage, i, options.seed, rows);
    state = rows.x.defined() ? process.start_from(std::move(rows.x), rows.ids, rows.conditions, stage.entry)
                             : process.start(rows.ids, rows.conditions);
    rows.x = at::Tensor();
    if (!run(process, state, ledger, watch)) return std::nullopt;
    draw += static_cast<std::uint32_t>(stage.plan.levels());
    if (i + 1 < stages.size()) rows.x = state.x;
  }
  return state;
}

std::int64_t evaluations(const std::vector<Stage>& stages) {
  std::int64_t sum = 0;
  for (const Stage& stage : stages)
    sum += evaluations(stage.plan, stage.field, stage.entry);
  return sum;
}

}  // namespace ulam
