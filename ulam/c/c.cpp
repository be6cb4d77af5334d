#include "ulam/c.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/version.h"
#include "ulam/draw/draw.h"
#include "ulam/guide/energy_function.h"
#include "ulam/guide/terms.h"
#include "ulam/io/json.h"
#include "ulam/model/model_folder.h"
#include "ulam/problems/read_problem.h"

struct ulam_model {
  ulam::ModelPtr model;
};
struct ulam_draws {
  at::Tensor samples;  // [count, ...] float, contiguous
  std::int64_t evaluations = 0;
};

namespace {

using namespace ulam;

/// What the caller's own model said beside 0.
struct OwnModelFailed {
  int code;
};

ulam_status tell(ulam_error* error, ulam_status status, const char* sentence) noexcept {
  if (error != nullptr) {
    error->status = status;
    const std::size_t size = std::min(std::strlen(sentence), sizeof error->sentence - 1);
    std::memcpy(error->sentence, sentence, size);
    error->sentence[size] = '\0';
  }
  return status;
}

ulam_status status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::option:
      return ULAM_OPTION;
    case ErrorKind::shape:
      return ULAM_SHAPE;
    case ErrorKind::file:
      return ULAM_FILE;
    case ErrorKind::system:
      return ULAM_SYSTEM;
    case ErrorKind::unsupported:
      return ULAM_UNSUPPORTED;
    case ErrorKind::numeric:
      return ULAM_NUMERIC;
    case ErrorKind::budget:
      return ULAM_BUDGET;
    case ErrorKind::cancelled:
      return ULAM_CANCELLED;
  }
  return ULAM_OTHER;
}

/// Runs the work of a call: whatever it throws becomes a status and a sentence.
template <typename F>
ulam_status guarded(ulam_error* error, const F& work) noexcept {
  try {
    work();
    return tell(error, ULAM_OK, "");
  } catch (const Error& e) {
    return tell(error, status_of(e.kind()), e.what());
  } catch (const OwnModelFailed& e) {
    try {
      return tell(error, ULAM_MODEL, fmt::format("forward: the model returned {}", e.code).c_str());
    } catch (...) {
      return tell(error, ULAM_MODEL, "forward: the model did not return 0");
    }
  } catch (const std::bad_alloc&) {
    return tell(error, ULAM_OTHER, "not enough memory");
  } catch (const std::exception& e) {
    return tell(error, ULAM_OTHER, e.what());
  } catch (...) {
    return tell(error, ULAM_OTHER, "an unknown fault");
  }
}

void need(const void* pointer, const char* name) {
  if (pointer == nullptr) fail(ErrorKind::option, "ulam", "{} is null", name);
}
std::string text(const char* given) { return given == nullptr ? "" : given; }

/// The caller's struct in one of the size that this library knows: what it does not have is as `standard`.
template <typename T>
T sized(const T* given, T standard, const char* name) {
  need(given, name);
  if (given->size < sizeof(std::size_t) || given->size > sizeof(T))
    fail(ErrorKind::option, "ulam", "{}.size is {}, valid: at most {}; begin with ulam_default_...()", name,
         given->size, sizeof(T));
  std::memcpy(&standard, given, given->size);
  return standard;
}

class OwnModel final : public Model {
 public:
  explicit OwnModel(const ulam_model_settings& s) : forward_(s.forward), user_(s.user) {
    need(reinterpret_cast<const void*>(s.forward), "forward");
    need(s.shape, "shape");
    if (s.rank < 1 || s.rank > 8) fail(ErrorKind::shape, "ulam", "rank is {}, valid: 1 to 8", s.rank);
    for (int i = 0; i < s.rank; ++i)
      if (s.shape[i] < 1 || s.shape[i] > 1 << 24)
        fail(ErrorKind::shape, "ulam", "shape[{}] is {}, valid: 1 to {}", i, s.shape[i], 1 << 24);
    if (s.classes < 0 || s.row_limit < 0)
      fail(ErrorKind::option, "ulam", "classes is {} and row_limit {}, valid: 0 or more", s.classes,
           s.row_limit);
    info_.name = text(s.name);
    info_.path = Path::from_spec(text(s.path), "ulam: path");
    info_.head = {parse_prediction(text(s.prediction), "ulam: prediction"), s.sigma_data};
    info_.shape.assign(s.shape, s.shape + s.rank);
    info_.row_limit = s.row_limit;
    if (s.classes > 0) info_.conditions.push_back({"label", s.classes, s.null_class != 0, {}});
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    if (!call.perturbations.empty() || !call.wanted_taps.empty())
      fail(ErrorKind::unsupported, "ulam", "the model '{}' has no modules that could be named", info_.name);
    if (x.requires_grad() && at::GradMode::is_enabled())
      fail(ErrorKind::unsupported, "ulam", "the model '{}' gives no gradient", info_.name);
    const std::int64_t rows = x.size(0);
    at::Tensor labels;
    for (const auto& [name, value] : conditions)
      if (name == "label" && !info_.conditions.empty())
        labels = value.to(at::kLong).contiguous();
      else
        fail(ErrorKind::unsupported, "condition '" + name + "'", "the model '{}' does not take it",
             info_.name);
    if (!labels.defined() && !info_.conditions.empty())
      labels = at::full({rows}, info_.conditions.front().classes, at::kLong);
    const at::Tensor in = x.to(at::kFloat).contiguous(), times = t.contiguous();
    at::Tensor out = at::empty_like(in);
    if (const int code =
            forward_(user_, rows, in.data_ptr<float>(), times.data_ptr<double>(),
                     labels.defined() ? labels.data_ptr<std::int64_t>() : nullptr, out.data_ptr<float>()))
      throw OwnModelFailed{code};
    return out;
  }

 private:
  ulam_forward forward_;
  void* user_;
  ModelInfo info_;
};

ModelPtr opened(const std::string& name, Trust trust) {
  std::error_code none;
  if (std::filesystem::path(name).extension() == ".json") return read_problem(name);
  if (name.find('/') != std::string::npos || std::filesystem::is_directory(name, none))
    return load_model_folder(name, trust).model;
  return named_problem(name);
}

/// The caller's gradient as an energy: only its slope is ever asked for.
TermPtr own_energy(const ulam_request& r) {
  EnergyFunctionOptions options;
  options.scale = r.energy_scale;
  options.function = [gradient = r.energy_gradient, user = r.energy_user](const at::Tensor& data,
                                                                          const at::Tensor& sigma) {
    const at::Tensor in = data.detach().to(at::kFloat).contiguous(),
                     levels = sigma.to(at::kDouble).contiguous();
    at::Tensor slope = at::zeros_like(in);
    if (const int code = gradient(user, in.size(0), in.data_ptr<float>(), levels.data_ptr<double>(),
                                  slope.data_ptr<float>()))
      throw OwnModelFailed{code};
    return (data * slope.to(data.scalar_type())).flatten(1).sum(1);
  };
  return make_energy_function(std::move(options));
}

DrawRequest request_of(const ulam_model* model, const ulam_request& r) {
  need(model, "model");
  const ModelInfo& info = model->model->info();
  const auto find = [&](const std::string& name) {
    return opened(name, r.trust != 0 ? Trust::code : Trust::none);
  };
  Terms terms = make_terms(text(r.guide), find, "ulam: guide");
  if (r.energy_gradient != nullptr) terms.push_back(own_energy(r));
  DrawRequest out{Field(model->model, info.row_limit, {}, std::move(terms))};
  if (r.plan != nullptr)
    out.plan = plan_from_json(io::read_json(r.plan), r.plan);
  else {
    if (r.solver != nullptr) out.solver = r.solver;
    out.grid = text(r.grid);
    out.steps = r.steps;
  }
  out.seed = r.seed;
  out.count = r.count;
  out.first_id = r.first_id;
  if (r.cap < 0) fail(ErrorKind::option, "ulam", "cap is {}, valid: 0 (none) or more", r.cap);
  if (r.cap > 0) out.cap = r.cap;
  if (r.label != nullptr) {
    if (r.count < 1) fail(ErrorKind::option, "ulam", "count is {}, at least 1 is needed", r.count);
    if (info.conditions.empty())
      fail(ErrorKind::unsupported, "ulam", "the model '{}' has no classes", info.name);
    at::Tensor labels = at::empty({r.count}, at::kLong);
    std::copy(r.label, r.label + r.count, labels.data_ptr<std::int64_t>());
    const ConditionInfo& c = info.conditions.front();
    const std::int64_t most = c.null_class ? c.classes : c.classes - 1;
    if (labels.min().item<std::int64_t>() < 0 || labels.max().item<std::int64_t>() > most)
      fail(ErrorKind::option, "ulam", "a label is not in 0 to {}", most);
    out.conditions[c.name] = labels;
  }
  return out;
}

ulam_request standard_request() {
  ulam_request r{};
  r.size = sizeof r;
  r.steps = 18;
  r.count = 1;
  r.energy_scale = 1;
  return r;
}
ulam_model_settings standard_settings() {
  ulam_model_settings s{};
  s.size = sizeof s;
  s.name = "model";
  s.path = "edm";
  s.prediction = "data";
  s.sigma_data = .5;
  return s;
}

}  // namespace

const char* ulam_version(void) { return ulam::version; }

static ulam_status open_with(const char* model, Trust trust, ulam_model** out, ulam_error* error) {
  return guarded(error, [&] {
    need(model, "the model's name");
    need(out, "out");
    *out = new ulam_model{opened(model, trust)};
  });
}
ulam_status ulam_open_model(const char* model, ulam_model** out, ulam_error* error) {
  return open_with(model, Trust::none, out, error);
}
ulam_status ulam_open_trusted_model(const char* model, ulam_model** out, ulam_error* error) {
  return open_with(model, Trust::code, out, error);
}

void ulam_default_model_settings(ulam_model_settings* settings) {
  if (settings != nullptr) *settings = standard_settings();
}

ulam_status ulam_make_model(const ulam_model_settings* settings, ulam_model** out, ulam_error* error) {
  return guarded(error, [&] {
    need(out, "out");
    *out = new ulam_model{std::make_shared<OwnModel>(sized(settings, standard_settings(), "settings"))};
  });
}

void ulam_free_model(ulam_model* model) { delete model; }

const char* ulam_model_name(const ulam_model* model) {
  return model == nullptr ? "" : model->model->info().name.c_str();
}
int ulam_model_rank(const ulam_model* model) {
  return model == nullptr ? 0 : static_cast<int>(model->model->info().shape.size());
}
const int64_t* ulam_model_shape(const ulam_model* model) {
  return model == nullptr ? nullptr : model->model->info().shape.data();
}
int ulam_model_classes(const ulam_model* model) {
  if (model == nullptr || model->model->info().conditions.empty()) return 0;
  return model->model->info().conditions.front().classes;
}

void ulam_default_request(ulam_request* request) {
  if (request != nullptr) *request = standard_request();
}

ulam_status ulam_evaluations(const ulam_model* model, const ulam_request* request, int64_t* out,
                             ulam_error* error) {
  return guarded(error, [&] {
    need(out, "out");
    const DrawRequest r = request_of(model, sized(request, standard_request(), "request"));
    *out = evaluations(plan_of(r), r.field);
  });
}

ulam_status ulam_draw(const ulam_model* model, const ulam_request* request, ulam_draws** out,
                      ulam_error* error) {
  return guarded(error, [&] {
    need(out, "out");
    const ulam_request settings = sized(request, standard_request(), "request");
    DrawRequest r = request_of(model, settings);
    CancelToken cancel;
    r.watch.cancel = &cancel;
    if (settings.progress != nullptr)
      r.watch.progress = [&](const Progress& p) {
        if (settings.progress(settings.user, p.done, p.total) != 0) cancel.cancel();
      };
    const DrawResult result = draw(r);
    if (result.cancelled) fail(ErrorKind::cancelled, "ulam", "the draw was cancelled");
    auto draws = std::make_unique<ulam_draws>();
    draws->samples = result.samples.to(at::kFloat).contiguous();
    draws->evaluations = result.spent.evaluations;
    *out = draws.release();
  });
}

void ulam_free_draws(ulam_draws* draws) { delete draws; }

int64_t ulam_draws_count(const ulam_draws* draws) { return draws == nullptr ? 0 : draws->samples.size(0); }
int64_t ulam_draws_row(const ulam_draws* draws) {
  return draws == nullptr || draws->samples.size(0) == 0 ? 0
                                                         : draws->samples.numel() / draws->samples.size(0);
}
const float* ulam_draws_samples(const ulam_draws* draws) {
  return draws == nullptr ? nullptr : draws->samples.data_ptr<float>();
}
int64_t ulam_draws_evaluations(const ulam_draws* draws) { return draws == nullptr ? 0 : draws->evaluations; }
