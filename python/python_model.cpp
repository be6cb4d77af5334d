#include "python/python_model.h"

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam::python {
namespace {

namespace py = pybind11;

class PythonModel final : public Model {
 public:
  PythonModel(py::function function, ModelInfo info)
      : function_(held(std::move(function))), info_(std::move(info)) {}
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    if (!call.perturbations.empty() || !call.wanted_taps.empty())
      fail(ErrorKind::unsupported, info_.name, "a Python callable has no modules that could be named");
    Conditions given = conditions;
    for (const ConditionInfo& c : info_.conditions)
      if (c.classes > 0 && given.count(c.name) == 0)
        given[c.name] = at::full({x.size(0)}, c.classes, at::kLong);
    const py::gil_scoped_acquire lock;
    py::dict named;
    for (const auto& [name, value] : given) named[py::str(name)] = value;
    const py::object answer = (*function_)(x, t.to(x.scalar_type()), **named);
    at::Tensor out;
    try {
      out = answer.cast<at::Tensor>();
    } catch (const py::cast_error&) {
      fail(ErrorKind::shape, info_.name, "the callable answered with {}, a tensor is needed",
           py::str(py::type::of(answer)).cast<std::string>());
    }
    if (out.sizes() != x.sizes())
      fail(ErrorKind::shape, info_.name, "the callable answered with {} for rows of {}",
           shape_text(out.sizes()), shape_text(x.sizes()));
    if (out.scalar_type() != x.scalar_type()) out = out.to(x.scalar_type());
    // The answer must not be the state itself, which solvers write over.
    return out.is_alias_of(x) ? out.clone() : out;
  }

 private:
  std::shared_ptr<py::function> function_;
  ModelInfo info_;
};

}  // namespace

std::shared_ptr<py::function> held(py::function function) {
  return {new py::function(std::move(function)), [](py::function* f) {
            const py::gil_scoped_acquire lock;
            delete f;
          }};
}

ModelPtr model_of(py::function function, ModelInfo info) {
  return std::make_shared<PythonModel>(std::move(function), std::move(info));
}

}  // namespace ulam::python
