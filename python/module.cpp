// The module ulam._ulam: models, draws, plans, the catalogue. What users see stands in ulam/__init__.py.
#include "python/python_energy.h"
#include "python/python_model.h"
#include <filesystem>
#include <pybind11/stl.h>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <torch/csrc/Exceptions.h>
#include <torch/csrc/utils/pybind.h>

#include "ulam/all/catalogue.h"
#include "ulam/base/error.h"
#include "ulam/base/version.h"
#include "ulam/cli/model_source.h"
#include "ulam/draw/draw.h"
#include "ulam/guide/terms.h"
#include "ulam/io/json.h"
#include "ulam/model/convert.h"

namespace ulam::python {
namespace {

namespace py = pybind11;

const char* name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::option:
      return "OptionError";
    case ErrorKind::shape:
      return "ShapeError";
    case ErrorKind::file:
      return "FileError";
    case ErrorKind::system:
      return "SystemFault";
    case ErrorKind::unsupported:
      return "UnsupportedError";
    case ErrorKind::numeric:
      return "NumericError";
    case ErrorKind::budget:
      return "BudgetError";
    case ErrorKind::cancelled:
      return "CancelledError";
  }
  return "Error";
}

/// What Python holds: the model and what its folder recommends.
struct Opened {
  ModelPtr model;
  nlohmann::json draw = nlohmann::json::object();
  std::vector<std::string> warnings;
};
struct Drawn {
  DrawResult result;
};
struct Energy {
  TermPtr term;
};

/// What a function raises while torch goes back through its graph arrives as torch's own exception.
template <typename F>
auto unlocked(const F& work) {
  try {
    const py::gil_scoped_release free;
    return work();
  } catch (python_error& raised) {
    raised.restore();
    throw py::error_already_set();
  }
}

/// The folder of a model that the package brings along, else the name.
std::string inside(const std::string& models, const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(models) / name;
  return !models.empty() && name.find('/') == std::string::npos && is_model_folder(folder.string())
             ? folder.string()
             : name;
}

Opened open(const std::string& name, const std::string& path, const std::string& dtype,
            const std::string& models, bool trust) {
  cli::SourceOptions options;
  options.path = path;
  options.dtype = dtype;
  options.trust = cli::trust_of(trust);
  const cli::Source source = cli::open_model(inside(models, name), options, cli::model_folders());
  return {source.model, source.draw, source.warnings};
}

Opened of_callable(py::function function, std::vector<std::int64_t> shape, const std::string& path,
                   const std::string& prediction, double sigma_data, int classes, bool null_class,
                   const std::string& dtype, int row_limit, const std::string& name) {
  ModelInfo info;
  info.name = name;
  info.path = Path::from_spec(path, "ulam.model: path");
  info.head = {parse_prediction(prediction, "ulam.model: prediction"), sigma_data};
  for (const std::int64_t n : shape)
    if (n < 1) fail(ErrorKind::shape, "ulam.model", "shape {} has a size below 1", shape_text(shape));
  if (shape.empty()) fail(ErrorKind::shape, "ulam.model", "the shape of a row is empty");
  if (dtype != "float32" && dtype != "float64")
    fail(ErrorKind::shape, "ulam.model", "dtype {}, valid: torch.float32, torch.float64", dtype);
  if (classes < 0 || row_limit < 0)
    fail(ErrorKind::option, "ulam.model", "classes is {} and row_limit {}, valid: 0 or more", classes,
         row_limit);
  info.shape = std::move(shape);
  info.dtype = dtype == "float64" ? at::kDouble : at::kFloat;
  info.row_limit = row_limit;
  if (classes > 0) info.conditions.push_back({"label", classes, null_class, {}});
  return {model_of(std::move(function), std::move(info)), nlohmann::json::object(), {}};
}

/// A plan as text of JSON or as a file.
Plan read_plan(const std::string& text) {
  if (text.starts_with("{")) return plan_from_json(io::parse_json(text, "plan"));
  return plan_from_json(io::read_json(text), text);
}

std::string text_of(const py::dict& given, const char* name) {
  return given.contains(name) && !given[name].is_none() ? given[name].cast<std::string>() : std::string();
}

/// `guide`: a list of specs and energies, in their order.
Terms terms_of(const py::dict& given) {
  const ModelFinder find = [&](const std::string& name) {
    return cli::find_model(inside(text_of(given, "models"), name), "guide",
                           cli::trust_of(given["trust"].cast<bool>()));
  };
  Terms out;
  for (const py::handle entry : given["guide"].cast<py::list>()) {
    if (py::isinstance<Energy>(entry)) {
      out.push_back(entry.cast<Energy>().term);
      continue;
    }
    if (!py::isinstance<py::str>(entry))
      fail(ErrorKind::option, "guide",
           "an entry is a {}, valid: specs as \"cfg:scale=2\", ulam.energy() and ulam.reward()",
           py::str(py::type::of(entry).attr("__name__")).cast<std::string>());
    for (TermPtr& term : make_terms(entry.cast<std::string>(), find, "guide")) out.push_back(std::move(term));
  }
  return out;
}

DrawRequest request_of(const Opened& opened, const py::dict& given) {
  const ModelInfo& info = opened.model->info();
  const auto text = [&](const char* name) { return text_of(given, name); };
  PostOperations post;
  if (const std::string p = text("post"); !p.empty()) post = make_post_operations(p);
  DrawRequest r{Field(opened.model, info.row_limit, post, terms_of(given))};
  if (const std::string plan = text("plan"); !plan.empty()) r.plan = read_plan(plan);
  r.solver = text("solver").empty() ? opened.draw.value("solver", "ddim") : text("solver");
  r.grid = !text("grid").empty() ? text("grid") : text("solver").empty() ? opened.draw.value("grid", "") : "";
  r.steps = !given["steps"].is_none() ? given["steps"].cast<int>()
            : text("solver").empty()  ? opened.draw.value("steps", 18)
                                      : 18;
  r.seed = given["seed"].cast<std::uint64_t>();
  r.count = given["count"].cast<std::int64_t>();
  r.first_id = given["first_id"].cast<std::uint64_t>();
  if (!given["ids"].is_none()) r.ids = given["ids"].cast<std::vector<std::uint64_t>>();
  if (!r.ids.empty()) r.count = static_cast<std::int64_t>(r.ids.size());
  if (!given["batch"].is_none()) r.batch = given["batch"].cast<std::int64_t>();
  if (!given["cap"].is_none()) r.cap = given["cap"].cast<std::int64_t>();
  r.differentiable = given["differentiable"].cast<bool>();
  if (!given["times"].is_none()) r.times = given["times"].cast<std::vector<double>>();
  if (!given["noise"].is_none()) r.noise = given["noise"].cast<at::Tensor>().to(info.dtype);
  for (const auto& [name, value] : given["conditions"].cast<py::dict>()) {
    at::Tensor rows = value.cast<at::Tensor>();
    if (rows.dim() == 0) rows = rows.expand({r.count});
    r.conditions[name.cast<std::string>()] = rows.contiguous();
  }
  return r;
}

Drawn draw_of(const Opened& opened, const py::dict& given) {
  DrawRequest r = request_of(opened, given);
  CancelToken cancel;
  bool interrupted = false;
  const py::object progress = given["progress"];
  r.watch.cancel = &cancel;
  r.watch.progress = [&](const Progress& p) {
    const py::gil_scoped_acquire lock;
    if (PyErr_CheckSignals() != 0) {
      PyErr_Clear();
      interrupted = true;
      cancel.cancel();
    } else if (!progress.is_none()) {
      progress(p.done, p.total);
    }
  };
  Drawn out{unlocked([&] { return draw(r); })};
  if (interrupted) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    throw py::error_already_set();
  }
  return out;
}

std::int64_t evaluations_of(const Opened& opened, const py::dict& given) {
  const DrawRequest r = request_of(opened, given);
  return evaluations(plan_of(r), r.field);
}

py::list methods_of(const std::string& kind) {
  py::list out;
  for (const Method& m : methods(catalogue())) {
    if (!kind.empty() && m.kind != kind) continue;
    py::dict parameters;
    for (const Parameter& p : m.entry.parameters)
      parameters[py::str(p.name)] = py::make_tuple(p.standard, p.purpose);
    py::dict d;
    d["kind"] = m.kind, d["name"] = m.entry.name, d["aliases"] = m.entry.aliases,
    d["purpose"] = m.entry.purpose;
    d["parameters"] = parameters, d["paper"] = m.entry.paper, d["cost"] = m.entry.cost;
    out.append(d);
  }
  return out;
}

}  // namespace

PYBIND11_MODULE(_ulam, m) {
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& e) {
      const py::object type = py::module_::import("ulam.errors").attr(name_of(e.kind()));
      PyErr_SetString(type.ptr(), e.what());
    }
  });
  m.attr("version") = version;
  py::class_<Opened>(m, "Model")
      .def_property_readonly("name", [](const Opened& o) { return o.model->info().name; })
      .def_property_readonly("shape", [](const Opened& o) { return o.model->info().shape; })
      .def_property_readonly("dtype",
                             [](const Opened& o) {
                               return py::module_::import("torch").attr(
                                   o.model->info().dtype == at::kDouble ? "float64" : "float32");
                             })
      .def_property_readonly("exact", [](const Opened& o) { return o.model->info().exact; })
      .def_property_readonly("classes",
                             [](const Opened& o) {
                               const auto& c = o.model->info().conditions;
                               return c.empty() ? 0 : c.front().classes;
                             })
      .def_property_readonly("class_names",
                             [](const Opened& o) {
                               const auto& c = o.model->info().conditions;
                               return c.empty() ? std::vector<std::string>{} : c.front().class_names;
                             })
      .def_property_readonly("warnings", [](const Opened& o) { return o.warnings; })
      .def("__call__",
           [](const Opened& o, const at::Tensor& x, const at::Tensor& t, const py::kwargs& given) {
             Conditions conditions;
             for (const auto& [name, value] : given)
               conditions[name.cast<std::string>()] = value.cast<at::Tensor>();
             const at::Tensor times =
                 (t.dim() == 0 ? t.expand({x.size(0)}) : t).to(at::kDouble).to(at::kCPU).contiguous();
             return unlocked([&] {
               Call call;
               return o.model->forward(x, times, conditions, call);
             });
           })
      .def("__repr__", [](const Opened& o) {
        const ModelInfo& info = o.model->info();
        return fmt::format("<ulam.Model {} {}>", info.name, shape_text(info.shape));
      });
  py::class_<Drawn>(m, "Draws")
      .def_property_readonly("samples", [](const Drawn& d) { return d.result.samples; })
      .def_property_readonly("ids", [](const Drawn& d) { return d.result.ids; })
      .def_property_readonly("evaluations", [](const Drawn& d) { return d.result.spent.evaluations; })
      .def_property_readonly("asked", [](const Drawn& d) { return d.result.asked; })
      .def_property_readonly("plan", [](const Drawn& d) { return plan_json(d.result.plan).dump(); })
      .def("__repr__", [](const Drawn& d) {
        return fmt::format("<ulam.Draws {} for {} evaluations>", shape_text(d.result.samples.sizes()),
                           d.result.spent.evaluations);
      });
  py::class_<Energy>(m, "Energy").def("__repr__", [](const Energy& e) {
    return fmt::format("<ulam.Energy {}>", e.term->spec());
  });
  m.def("energy", [](py::function function, double scale, double low, double high, double start, double stop,
                     bool sigma, std::string name) {
    Schedule schedule;
    schedule.low = low, schedule.high = high, schedule.start = start, schedule.stop = stop;
    return Energy{energy_of(std::move(function), scale, std::move(schedule), sigma, std::move(name))};
  });
  m.def("open", &open);
  m.def("of_callable", &of_callable);
  m.def("draw", &draw_of);
  m.def("evaluations", &evaluations_of);
  m.def("methods", &methods_of);
}

}  // namespace ulam::python
