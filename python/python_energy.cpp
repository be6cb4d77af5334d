#include "python/python_energy.h"

#include "python/python_model.h"

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam::python {

namespace py = pybind11;

TermPtr energy_of(py::function function, double scale, Schedule schedule, bool told_sigma, std::string name) {
  EnergyFunctionOptions options;
  options.scale = scale;
  options.schedule = std::move(schedule);
  options.function = [function = held(std::move(function)), told_sigma](const at::Tensor& data,
                                                                        const at::Tensor& sigma) {
    const py::gil_scoped_acquire lock;
    const py::object answer = told_sigma ? (*function)(data, sigma) : (*function)(data);
    try {
      return answer.cast<at::Tensor>();
    } catch (const py::cast_error&) {
      fail(ErrorKind::shape, "energy", "the callable answered with {}, a tensor of [rows] is needed",
           py::str(py::type::of(answer)).cast<std::string>());
    }
  };
  options.name = std::move(name);
  return make_energy_function(std::move(options));
}

}  // namespace ulam::python
