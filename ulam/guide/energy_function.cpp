#include "ulam/guide/energy_function.h"

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/guide/rows.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* energy_function_place = "energy";

class EnergyFunctionTerm final : public Term {
 public:
  explicit EnergyFunctionTerm(EnergyFunctionOptions options) : options_(std::move(options)) {}
  std::string spec() const override {
    const std::string when = options_.schedule.text();
    return fmt::format("energy:function={},scale={}{}{}", options_.name.empty() ? "unnamed" : options_.name,
                       real_text(options_.scale), when.empty() ? "" : ",", when);
  }
  bool of_time() const override { return !options_.name.empty() && options_.schedule.of_time(); }
  void check(const ModelInfo& info) const override {
    if (!info.outputs.empty())
      fail(ErrorKind::unsupported, energy_function_place,
           "the model '{}' is a classifier and has no data estimate", info.name);
  }
  std::vector<Ask> asks(const Situation&) const override { return {}; }
  std::vector<Ask> sources(const Situation& s) const override {
    std::vector<double> weights = weights_of(s);
    if (!any_weight(weights)) return {};
    return {{Query{}, std::move(weights)}};
  }
  at::Tensor energy(const Situation& s, Asker& asker) const override {
    const std::vector<double> weights = weights_of(s);
    std::vector<std::int64_t> acting;
    std::vector<double> acting_weights, sigma;
    for (std::size_t r = 0; r < weights.size(); ++r)
      if (weights[r] != 0) {
        acting.push_back(static_cast<std::int64_t>(r));
        acting_weights.push_back(weights[r]);
        sigma.push_back(s.sigma[r]);
      }
    if (acting.empty()) return {};
    at::Tensor data = asker.data(Query{});
    if (acting.size() < weights.size())
      data = data.index_select(0, at::tensor(acting, at::kLong).to(data.device()));
    const auto rows = static_cast<std::int64_t>(acting.size());
    const auto as_data = [&](const std::vector<double>& values) {
      return at::tensor(values, at::kDouble).to(data.options());
    };
    const at::Tensor energies = options_.function(data, as_data(sigma));
    if (!energies.defined() || energies.dim() != 1 || energies.size(0) != rows)
      fail(ErrorKind::shape, energy_function_place,
           "the function answered with {} for {} rows, [{}] is needed",
           energies.defined() ? shape_text(energies.sizes()) : "nothing", rows, rows);
    if (!energies.requires_grad())
      fail(ErrorKind::unsupported, energy_function_place,
           "the function's answer has no gradient with respect to the data estimate");
    return energies.to(data.scalar_type()) * as_data(acting_weights);
  }

 private:
  /// Where a = 0 or s = 0 the field adds nothing, and the function may have no answer.
  std::vector<double> weights_of(const Situation& s) const {
    std::vector<double> weights = s.data_weights(options_.schedule, options_.scale);
    for (std::size_t r = 0; r < weights.size(); ++r)
      if (!s.open && (s.sigma[r] == 0 || std::isinf(s.sigma[r]))) weights[r] = 0;
    return weights;
  }
  EnergyFunctionOptions options_;
};

}  // namespace

TermPtr make_energy_function(EnergyFunctionOptions options) {
  if (!options.function) fail(ErrorKind::option, energy_function_place, "no function given");
  if (!std::isfinite(options.scale))
    fail(ErrorKind::option, energy_function_place, "scale = {} is not finite", options.scale);
  if (!(options.schedule.low < options.schedule.high))
    fail(ErrorKind::option, energy_function_place, "low = {} is not below high = {}", options.schedule.low,
         options.schedule.high);
  return std::make_shared<EnergyFunctionTerm>(std::move(options));
}

}  // namespace ulam
