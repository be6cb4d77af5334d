// layout: pictures edited with their layout kept, by the shipped network on its own draws.
#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"
#include "ulam/run/edit.h"

namespace ulam {
namespace {

constexpr int layout_steps = 30;
constexpr std::int64_t a_pair = 6;
struct ClassPair {
  std::int64_t from, to;
};
// Sneakers to boots, coats to shirts, pullovers to coats, shirts to dresses.
constexpr ClassPair class_pairs[] = {{7, 9}, {4, 6}, {2, 4}, {6, 3}};

Figure mean_figure(const char* name, const at::Tensor& rows) {
  const auto n = static_cast<double>(rows.size(0));
  return {name,
          rows.mean().item<double>(),
          rows.std(0, true).item<double>() / std::sqrt(n),
          "standard error",
          rows.size(0),
          ""};
}
/// Standard deviation over rows, its error by leaving one row out after another.
Figure spread_of(const at::Tensor& rows) {
  const std::int64_t n = rows.size(0);
  std::vector<double> without;
  for (std::int64_t i = 0; i < n; ++i)
    without.push_back(
        at::cat({rows.narrow(0, 0, i), rows.narrow(0, i + 1, n - i - 1)}).std(0, true).item<double>());
  const at::Tensor all = at::tensor(without, at::kDouble);
  const double error = std::sqrt(static_cast<double>(n - 1) / static_cast<double>(n) *
                                 (all - all.mean()).square().sum().item<double>());
  return {"spread", rows.std(0, true).item<double>(), error, "jackknife", n, ""};
}

class LayoutStudy {
 public:
  explicit LayoutStudy(const ReproductionContext& context) : context_(context) {
    if (!context.find) fail(ErrorKind::unsupported, "reproduce: layout", "no shipped models at hand");
    model_ = context.find("fashion"), judge_ = context.find("fashion-features");
    std::vector<std::int64_t> from, to;
    for (const ClassPair& p : class_pairs)
      for (std::int64_t i = 0; i < a_pair; ++i) from.push_back(p.from), to.push_back(p.to);
    from_ = at::tensor(from, at::kLong), to_ = at::tensor(to, at::kLong);
    DrawRequest r{Field(model_, model_->info().row_limit)};
    r.solver = "heun";
    r.steps = 18;
    r.count = from_.size(0);
    r.seed = context.seed;
    r.conditions = {{"label", from_}};
    r.watch = context.watch;
    const DrawResult drawn = draw(r);
    if (drawn.cancelled) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
    pictures_ = drawn.samples.clamp(model_->info().data_low, model_->info().data_high);
    spent_ += drawn.spent;
  }
  /// An edit with the weights times `factor`, and the gradient's part bounded or not.
  EditResult edited(double factor, const RescaleOptions& rescale) {
    EditRequest r;
    r.model = model_, r.judge = judge_;
    r.pictures = pictures_, r.from = from_, r.to = to_;
    r.steps = layout_steps;
    r.layout.features = 100;
    r.layout.attention *= factor, r.layout.features *= factor;
    r.rescale = rescale;
    r.watch = context_.watch;
    EditResult out = edit(r);
    if (out.cancelled) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
    spent_ += out.spent;
    return out;
  }
  std::int64_t rows() const { return from_.size(0); }
  const Spent& spent() const { return spent_; }

 private:
  const ReproductionContext& context_;
  ModelPtr model_, judge_;
  at::Tensor pictures_, from_, to_;
  Spent spent_;
};

}  // namespace

Reproduction reproduce_layout(const ReproductionContext& context) {
  if (context.watch.cancelled()) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
  LayoutStudy study(context);
  Reproduction out{"layout", "Titov et al. 2024, arXiv 2409.01322", {}, {}};
  const std::string setting = fmt::format(
      "{} draws of fashion, four pairs of classes, {} DDIM steps, scale 7.5, weights 300000 and 100, 70 % of "
      "the steps",
      study.rows(), layout_steps);
  const RescaleOptions bound{1. / 3, 1}, free{0, 1e6};
  const EditResult kept = study.edited(1, bound);
  const std::int64_t guided = static_cast<std::int64_t>(.7 * layout_steps), plain_cost = 3 * layout_steps,
                     cost = plain_cost + 2 * guided;

  Finding layout;
  layout.claim =
      "An edit that is guided by attention maps and features keeps more of the layout (section 5).";
  layout.setting = setting + "; share in 1/3 to 1; RMS between source and edit, both blurred to 7 x 7";
  layout.baseline = "0.7 times that of the same edit by classifier-free guidance alone";
  layout.expected = mean_figure("moved", kept.of_plain.moved * .7);
  layout.measured = mean_figure("moved", kept.of_edited.moved);
  layout.baseline_evaluations = plain_cost, layout.evaluations = cost;
  out.findings.push_back(smaller(std::move(layout)));

  Finding missed;
  missed.claim = "The class asked for is reached all the same, for most pictures.";
  missed.setting = setting + "; pictures that the classifier takes for another class";
  missed.baseline = "half of them";
  const at::Tensor wrong = kept.of_edited.reached.lt(.5).to(at::kDouble);
  missed.measured = mean_figure("missed", wrong);
  missed.expected = {"missed", .5, 0, "bound", study.rows(), ""};
  missed.evaluations = cost;
  out.findings.push_back(smaller(std::move(missed)));

  // Without the bound the weights decide; they are set so that as much of the layout is kept on average.
  double low = std::log(1e-5), high = std::log(1e1);
  EditResult unbound;
  for (int i = 0; i < 7; ++i) {
    const double middle = (low + high) / 2;
    unbound = study.edited(std::exp(middle), free);
    const double moved = unbound.of_edited.moved.mean().item<double>();
    (moved > kept.of_edited.moved.mean().item<double>() ? low : high) = middle;
  }
  Finding spread;
  spread.claim =
      "Rescaling makes one setting serve all pictures: outcomes differ less from picture to picture.";
  spread.setting =
      setting + "; standard deviation over pictures of the distance moved, as a share of the plain edit's";
  spread.baseline = fmt::format("without rescaling, weights times {:.2g} so that as much is kept on average",
                                std::exp((low + high) / 2));
  spread.expected = spread_of(unbound.of_edited.moved / unbound.of_plain.moved);
  spread.measured = spread_of(kept.of_edited.moved / kept.of_plain.moved);
  spread.baseline_evaluations = cost, spread.evaluations = cost;
  out.findings.push_back(smaller(std::move(spread)));

  Finding back;
  back.claim = "DDIM inversion leads back to the picture, to a small part of what an edit moves.";
  back.setting = setting + "; the same distance after the way up and down with the picture's own class";
  back.baseline = "a tenth of that of the plain edit";
  back.expected = mean_figure("moved", kept.of_plain.moved * .1);
  back.measured = mean_figure("moved", kept.of_reconstructed.moved);
  back.evaluations = 2 * layout_steps;
  out.findings.push_back(smaller(std::move(back)));
  out.spent = study.spent();
  return out;
}

}  // namespace ulam
