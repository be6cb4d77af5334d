#include "ulam/run/edit.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/draw.h"
#include "ulam/draw/invert.h"
#include "ulam/guide/cfg.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* edit_place = "edit";

const ConditionInfo& classes_of(const ModelInfo& info) {
  const auto found = std::find_if(info.conditions.begin(), info.conditions.end(),
                                  [](const ConditionInfo& c) { return c.name == "label" && c.null_class; });
  if (found == info.conditions.end())
    fail(ErrorKind::unsupported, edit_place, "the model '{}' has no classes with a null class beside them",
         info.name);
  return *found;
}

void check_labels(const at::Tensor& labels, const char* name, std::int64_t rows, int classes) {
  if (!labels.defined() || labels.dim() != 1 || labels.size(0) != rows || labels.scalar_type() != at::kLong)
    fail(ErrorKind::shape, edit_place, "'{}' must be {} classes, one a picture", name, rows);
  if (rows > 0 && (labels.min().item<std::int64_t>() < 0 || labels.max().item<std::int64_t>() >= classes))
    fail(ErrorKind::option, edit_place, "'{}' holds a class that is not in 0 to {}", name, classes - 1);
}

class Editor {
 public:
  explicit Editor(const EditRequest& request) : request_(request), info_(request.model->info()) {
    const int classes = classes_of(info_).classes;
    const at::Tensor& x = request.pictures;
    if (!is_picture(info_.shape))
      fail(ErrorKind::unsupported, edit_place, "rows of shape {} are no pictures", shape_text(info_.shape));
    if (!x.defined() || x.dim() < 1 || x.size(0) < 1 || x.sizes().slice(1) != at::IntArrayRef(info_.shape))
      fail(ErrorKind::shape, edit_place, "pictures of shape {} for a model of {}",
           x.defined() ? shape_text(x.sizes()) : "[]", shape_text(info_.shape));
    check_labels(request.from, "from", x.size(0), classes);
    check_labels(request.to, "to", x.size(0), classes);
    if (!(request.guided >= 0 && request.guided <= 1))
      fail(ErrorKind::option, edit_place, "guided = {}, valid: 0 to 1, a share of the steps", request.guided);
    if (request.judge && static_cast<int>(request.judge->info().outputs.size()) != classes)
      fail(ErrorKind::unsupported, edit_place, "'{}' tells {} classes, '{}' has {}",
           request.judge->info().name, request.judge->info().outputs.size(), info_.name, classes);
    CfgOptions cfg;
    cfg.scale = request.scale;
    LayoutOptions layout = request.layout;
    layout.schedule.stop = request.guided;
    plain_ = {make_cfg(cfg)};
    kept_ = {make_cfg(cfg), make_layout(layout), make_rescale(request.rescale)};
    field(kept_);  // refuses what the model cannot serve before anything runs
    plan_ = make_plan("ddim", request.grid, request.steps, info_.path, info_.head);
  }

  EditResult run() {
    EditResult out;
    Ledger ledger;
    out.nodes =
        invert(field({}), request_.pictures, plan_.times, {{"label", request_.from}}, ledger, request_.watch);
    out.spent = ledger.spent();
    if (!out.nodes.defined()) return cancelled(std::move(out));
    for (const auto& [terms, label, drawn] :
         {std::tuple<Terms, at::Tensor, at::Tensor*>{{}, request_.from, &out.reconstructed},
          {plain_, request_.to, &out.plain},
          {kept_, request_.to, &out.edited}}) {
      *drawn = drawn_with(terms, label, out);
      if (!drawn->defined()) return cancelled(std::move(out));
    }
    out.of_source = judged(request_.pictures, out.spent);
    out.of_reconstructed = judged(out.reconstructed, out.spent);
    out.of_plain = judged(out.plain, out.spent);
    out.of_edited = judged(out.edited, out.spent);
    return out;
  }

 private:
  Field field(Terms terms) const { return Field(request_.model, info_.row_limit, {}, std::move(terms)); }
  static EditResult cancelled(EditResult out) {
    EditResult none;
    none.spent = out.spent;
    none.cancelled = true;
    return none;
  }
  at::Tensor drawn_with(const Terms& terms, const at::Tensor& label, EditResult& out) const {
    DrawRequest r{field(terms)};
    r.plan = plan_;
    r.count = request_.pictures.size(0);
    r.noise = out.nodes.select(1, 0).contiguous();
    r.conditions = {{"label", label}};
    if (terms.size() > 1) {
      r.conditions[source_condition] = out.nodes;
      r.conditions[source_label_condition] = request_.from;
    }
    r.watch = request_.watch;
    const DrawResult result = draw(r);
    out.spent += result.spent;
    return result.cancelled ? at::Tensor() : result.samples;
  }
  at::Tensor blurred(const at::Tensor& x) const {
    return at::adaptive_avg_pool2d(x.to(at::kDouble), {(info_.shape[1] + 3) / 4, (info_.shape[2] + 3) / 4});
  }
  EditJudged judged(const at::Tensor& x, Spent& spent) const {
    EditJudged out;
    out.moved = (blurred(x) - blurred(request_.pictures)).square().flatten(1).mean(1).sqrt();
    if (!request_.judge) return out;
    const ModelInfo& judge = request_.judge->info();
    Ledger ledger;
    const at::Tensor t = at::full({x.size(0)}, judge.path.t_data(), at::kDouble);
    const at::Tensor logits =
        Field(request_.judge).answer(x.to(judge.dtype), t, {}, {}, ledger, request_.watch).prediction;
    spent += ledger.spent();
    out.reached = at::softmax(logits.to(at::kDouble), 1).gather(1, request_.to.unsqueeze(1)).squeeze(1);
    return out;
  }

  const EditRequest& request_;
  const ModelInfo& info_;
  Plan plan_;
  Terms plain_, kept_;
};

}  // namespace

EditResult edit(const EditRequest& request) {
  if (!request.model) fail(ErrorKind::option, edit_place, "no model given");
  return Editor(request).run();
}

}  // namespace ulam
