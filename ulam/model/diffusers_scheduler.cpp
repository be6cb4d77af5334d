#include "ulam/model/diffusers_scheduler.h"

#include <algorithm>

#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/base/options.h"
#include "ulam/base/text.h"
#include "ulam/io/quote.h"
#include "ulam/model/diffusers_betas.h"
#include "ulam/model/diffusers_fields.h"

namespace ulam::diffusers {
namespace {

/// What a class's fields say beside the path.
using Reader = void (*)(Fields& f, Scheduler& s);

std::string number(double value) { return real_text(value); }

void warn(Fields& f, Scheduler& s, const std::string& sentence) {
  s.warnings.push_back(f.place() + ": " + sentence);
}

Prediction prediction(Fields& f) {
  const std::string name = f.choice("prediction_type", "epsilon", {"epsilon", "sample", "v_prediction"});
  return name == "epsilon" ? Prediction::noise : name == "sample" ? Prediction::data : Prediction::velocity;
}

void take_betas(Fields& f, Scheduler& s, double first = 1e-4, double last = 0.02) {
  s.path = beta_path(f, first, last);
  s.head.kind = prediction(f);
}

/// The rule by which the class spaces its timesteps, as a grid that ends cleanly or at the table's first
/// entry. `skips`: the class has one timestep more, and leaves the last, 0, out.
void take_spacing(Fields& f, Scheduler& s, const char* standard, bool clean, bool skips = false) {
  const std::string spacing = f.choice("timestep_spacing", standard, {"leading", "trailing", "linspace"});
  const int offset = f.integer("steps_offset", 0, 0, s.path.table_size() - 1);
  std::string grid = spacing;
  if (f.flag("use_karras_sigmas", false))
    grid = "karras";
  else if (f.flag("use_exponential_sigmas", false) || f.flag("use_lu_lambdas", false))
    grid = "logsnr";
  else if (f.flag("use_beta_sigmas", false))
    warn(f, s, "the spacing of use_beta_sigmas is not known here; the grid is " + spacing);
  grid += clean ? ":final=clean" : ":final=end";
  if (grid.starts_with("leading") && offset > 0) grid += fmt::format(",offset={}", offset);
  if (skips && (grid.starts_with("leading") || grid.starts_with("linspace"))) grid += ",skip_last=true";
  s.draw["grid"] = grid;
}

/// clip_sample and thresholding as operations on the data estimate.
void take_cuts(Fields& f, Scheduler& s, bool clips, bool thresholds) {
  const double range = f.real("clip_sample_range", 1, 1e-6, 1e6);
  const double quantile = f.real("dynamic_thresholding_ratio", 0.995, 1e-9, 1);
  const double most = f.real("sample_max_value", 1, 1e-6, 1e6);
  const bool clip = clips && f.flag("clip_sample", true);
  if (f.flag("thresholding", false) && thresholds) {
    if (most < 1) f.refuse("sample_max_value", "a number from 1 on is needed");
    s.draw["post"] = fmt::format("threshold:quantile={},cap={}", number(quantile), number(most));
  } else if (clip) {
    s.draw["post"] = fmt::format("clip:low={},high={}", number(-range), number(range));
  }
}

std::string variant(Fields& f, Scheduler& s) {
  const std::string type = f.text("solver_type", "midpoint");
  if (type == "midpoint" || type == "heun") return type;
  warn(f, s, "the field 'solver_type' is " + io::in_quotes(type) + "; midpoint is taken");
  return "midpoint";
}

void read_ddpm(Fields& f, Scheduler& s) {
  take_betas(f, s);
  take_spacing(f, s, "leading", true);
  take_cuts(f, s, true, true);
  const std::string variance = f.choice(
      "variance_type", "fixed_small",
      {"fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log", "learned", "learned_range"});
  s.learned_variance = variance.starts_with("learned");
  s.draw["solver"] = variance.starts_with("fixed_large") ? "ddpm:variance=large" : "ddpm";
  s.draw["steps"] = s.path.table_size();
}

void read_ddim(Fields& f, Scheduler& s) {
  take_betas(f, s);
  take_spacing(f, s, "leading", f.flag("set_alpha_to_one", true));
  take_cuts(f, s, true, true);
  s.draw["solver"] = "ddim";
}

void read_pndm(Fields& f, Scheduler& s) {
  take_betas(f, s);
  take_spacing(f, s, "leading", f.flag("set_alpha_to_one", false));
  s.draw["solver"] = f.flag("skip_prk_steps", false) ? "ipndm:order=4" : "pndm";
}

/// The schedulers that work on levels s/a.
template <const char* const& solver, int first_hundred_thousandth = 10, int last_hundred_thousandth = 2000>
void read_levels(Fields& f, Scheduler& s) {
  take_betas(f, s, first_hundred_thousandth * 1e-5, last_hundred_thousandth * 1e-5);
  take_spacing(f, s, "linspace", f.choice("final_sigmas_type", "zero", {"zero", "sigma_min"}) == "zero");
  if (f.has("timestep_type") &&
      f.choice("timestep_type", "discrete", {"discrete", "continuous"}) == "continuous")
    s.clock = Clock::log_level;
  f.ignore({"interpolation_type", "sigma_min", "sigma_max", "clip_sample", "clip_sample_range"});
  s.draw["solver"] = solver;
}
constexpr const char* euler = "euler";
constexpr const char* ddpm = "ddpm";
constexpr const char* heun = "heun";
constexpr const char* dpm2 = "dpm:order=2,kind=inner";
constexpr const char* lms = "lms:order=4";

/// Fields that schedulers of log-SNR share.
void take_lambda(Fields& f, Scheduler& s, bool clean) {
  take_betas(f, s);
  take_spacing(f, s, "linspace", clean, true);
  take_cuts(f, s, false, true);
  if (f.flag("use_flow_sigmas", false))
    f.refuse("use_flow_sigmas",
             "false is needed: the levels of flow models are read of a FlowMatchEulerDiscreteScheduler");
  if (f.maybe_text("variance_type", std::nullopt).value_or("").starts_with("learned"))
    s.learned_variance = true;
  f.ignore({"flow_shift", "lambda_min_clipped", "use_dynamic_shifting", "time_shift_type", "euler_at_final",
            "algorithm_type", "lower_order_final", "final_sigmas_type", "sigma_min", "sigma_max",
            "shift_terminal"});
}

bool ends_clean(Fields& f) { return f.choice("final_sigmas_type", "zero", {"zero", "sigma_min"}) == "zero"; }

std::string lower(Fields& f, bool standard) { return f.flag("lower_order_final", standard) ? "15" : "0"; }

void read_dpm_multistep(Fields& f, Scheduler& s) {
  const int order = f.integer("solver_order", 2, 1, 3);
  const std::string type = f.choice("algorithm_type", "dpmsolver++",
                                    {"dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"});
  take_lambda(f, s, ends_clean(f));
  const std::string tail = fmt::format("order={},variant={},lower={}", order, variant(f, s), lower(f, true));
  if (type == "dpmsolver++")
    s.draw["solver"] = "dpmpp:" + tail + (order == 3 ? ",legacy=true" : "");
  else if (type == "dpmsolver")
    s.draw["solver"] = "dpm:kind=multi," + tail;
  else
    s.draw["solver"] = "dpmpp:eta=1," + tail;
  if (type == "sde-dpmsolver") warn(f, s, "sde-dpmsolver is taken for sde-dpmsolver++");
}

void read_dpm_singlestep(Fields& f, Scheduler& s) {
  const int order = f.integer("solver_order", 2, 1, 3);
  const std::string type =
      f.choice("algorithm_type", "dpmsolver++", {"dpmsolver++", "dpmsolver", "sde-dpmsolver++"});
  take_lambda(f, s, ends_clean(f));
  s.draw["solver"] = fmt::format("{}:order={},kind=single,variant={}", type == "dpmsolver" ? "dpm" : "dpmpp",
                                 order, variant(f, s));
}

void read_deis(Fields& f, Scheduler& s) {
  const int order = f.integer("solver_order", 2, 1, 3);
  f.ignore({"solver_type"});
  take_lambda(f, s, false);
  s.draw["solver"] = fmt::format("deis:degree={},variable=logsnr", order - 1);
}

void read_unipc(Fields& f, Scheduler& s) {
  const int order = f.integer("solver_order", 2, 1, 3);
  const std::string form = f.choice("solver_type", "bh2", {"bh1", "bh2", "midpoint", "heun", "logrho"});
  const bool data = f.flag("predict_x0", true);
  f.ignore({"disable_corrector", "solver_p"});
  take_lambda(f, s, ends_clean(f));
  const bool falls = f.flag("lower_order_final", true);  // whatever the number of steps
  s.draw["solver"] = fmt::format("unipc:order={},variant={},lower={}{}", order, form == "bh1" ? "bh1" : "bh2",
                                 falls ? 100000 : 0, data ? "" : ",prediction=noise");
}

void read_sa(Fields& f, Scheduler& s) {
  const int predictor = f.integer("predictor_order", 2, 1, 3);
  const int corrector = f.integer("corrector_order", 2, 0, 3);
  f.ignore({"tau_func"});
  take_lambda(f, s, false);
  s.draw["solver"] = fmt::format("sa:order={},corrector={}", predictor, std::max(corrector - 1, 0));
}

void take_edm(Fields& f, Scheduler& s) {
  const double least = f.real("sigma_min", 0.002, 1e-9, 1e9), most = f.real("sigma_max", 80, 1e-9, 1e9);
  if (!(least < most)) f.refuse("sigma_min", fmt::format("a number below sigma_max = {} is needed", most));
  s.path = Path::edm(least, most);
  s.head = {Prediction::edm, f.real("sigma_data", 0.5, 1e-6, 1e6)};
  f.choice("prediction_type", "epsilon", {"epsilon"});
  s.clock = Clock::log_level;
  s.scaled_input = true;
  const bool karras = f.choice("sigma_schedule", "karras", {"karras", "exponential"}) == "karras";
  const double rho = f.real("rho", 7, 0.05, 100);
  const std::string end = ends_clean(f) ? "final=clean" : "final=end";
  s.draw["grid"] = karras ? fmt::format("karras:exponent={},{}", number(rho), end) : "logsnr:" + end;
  f.ignore({"num_train_timesteps", "final_sigmas_type"});
}

void read_edm_euler(Fields& f, Scheduler& s) {
  take_edm(f, s);
  s.draw["solver"] = "euler";
}

void read_edm_dpm(Fields& f, Scheduler& s) {
  take_edm(f, s);
  const int order = f.integer("solver_order", 2, 1, 3);
  const std::string type = f.choice("algorithm_type", "dpmsolver++", {"dpmsolver++", "sde-dpmsolver++"});
  take_cuts(f, s, false, true);
  f.ignore({"euler_at_final"});
  s.draw["solver"] = fmt::format("dpmpp:order={},variant={},lower={}{}", order, variant(f, s), lower(f, true),
                                 type == "dpmsolver++" ? "" : ",eta=1");
}

void read_flow(Fields& f, Scheduler& s) {
  s.path = Path::flow(f.real("shift", 1, 1e-3, 1e3));
  s.head.kind = Prediction::flow;
  s.clock = Clock::thousand;
  f.integer("num_train_timesteps", 1000, 1000, 1000);
  for (const char* name : {"use_dynamic_shifting", "invert_sigmas", "stochastic_sampling",
                           "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"})
    if (f.flag(name, false))
      warn(f, s, fmt::format("the field '{}' is not heeded; the grid is uniform in t", name));
  f.ignore({"base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len", "shift_terminal",
            "time_shift_type"});
  s.draw["solver"] = "euler";
  s.draw["grid"] = "time";
}

void read_ve(Fields& f, Scheduler& s) {
  const double least = f.real("sigma_min", 0.01, 1e-9, 1e9), most = f.real("sigma_max", 1348, 1e-9, 1e9);
  if (!(least < most)) f.refuse("sigma_min", fmt::format("a number below sigma_max = {} is needed", most));
  s.path = Path::ve(least, most);
  s.head.kind = Prediction::score;
  s.clock = Clock::level;
  s.data_low = 0;
  f.ignore({"num_train_timesteps", "snr", "sampling_eps", "correct_steps"});
  warn(f, s, "its predictor and corrector steps are not here; Heun's method is recommended in their place");
  s.draw["solver"] = "heun";
  s.draw["grid"] = "karras";
}

struct Kind {
  const char* name;
  Reader read;
};
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {{"DDPMScheduler", read_ddpm},
                                        {"DDPMParallelScheduler", read_ddpm},
                                        {"DDIMScheduler", read_ddim},
                                        {"DDIMParallelScheduler", read_ddim},
                                        {"PNDMScheduler", read_pndm},
                                        {"LMSDiscreteScheduler", read_levels<lms>},
                                        {"EulerDiscreteScheduler", read_levels<euler>},
                                        {"EulerAncestralDiscreteScheduler", read_levels<ddpm>},
                                        {"HeunDiscreteScheduler", read_levels<heun, 85, 1200>},
                                        {"KDPM2DiscreteScheduler", read_levels<dpm2, 85, 1200>},
                                        {"DPMSolverMultistepScheduler", read_dpm_multistep},
                                        {"DPMSolverSinglestepScheduler", read_dpm_singlestep},
                                        {"DEISMultistepScheduler", read_deis},
                                        {"UniPCMultistepScheduler", read_unipc},
                                        {"SASolverScheduler", read_sa},
                                        {"EDMEulerScheduler", read_edm_euler},
                                        {"EDMDPMSolverMultistepScheduler", read_edm_dpm},
                                        {"FlowMatchEulerDiscreteScheduler", read_flow},
                                        {"ScoreSdeVeScheduler", read_ve}};
  return all;
}

}  // namespace

Scheduler parse_scheduler(const nlohmann::json& json, const std::string& place) {
  Fields f(json, place);
  const std::string name = f.text("_class_name", "");
  const auto kind =
      std::find_if(kinds().begin(), kinds().end(), [&](const Kind& k) { return k.name == name; });
  if (kind == kinds().end()) {
    std::vector<std::string> names;
    for (const Kind& k : kinds()) names.push_back(k.name);
    const std::string near = nearest_name(name, names);
    fail(ErrorKind::file, place, "field '_class_name': the scheduler {} is none of: {}{}",
         io::in_quotes(name), joined(names), near.empty() ? "" : "; nearest: " + near);
  }
  Scheduler s;
  s.name = name;
  s.draw["steps"] = 50;
  kind->read(f, s);
  if (s.path.table_size() > 0) s.draw["steps"] = std::min(s.draw["steps"].get<int>(), s.path.table_size());
  for (const std::string& sentence : f.warnings()) s.warnings.push_back(sentence);
  return s;
}

Scheduler standard_scheduler(const std::string& place) {
  Scheduler s = parse_scheduler({{"_class_name", "DDPMScheduler"}}, place);
  s.warnings.push_back(place +
                       ": holds no scheduler_config.json; taken for a DDPMScheduler with its defaults (1000 "
                       "betas, linear from 0.0001 to 0.02, noise predicted)");
  return s;
}

}  // namespace ulam::diffusers
