#include "ulam/cli/draw_command.h"

#include <algorithm>
#include <cstdio>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/version.h"
#include "ulam/cli/decoding.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/label_choice.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/statistics_source.h"
#include "ulam/cli/threads.h"
#include "ulam/guide/terms.h"
#include "ulam/io/digest.h"
#include "ulam/model/convert.h"

namespace ulam::cli {
namespace {

constexpr const char* draw_place = "draw";

/// The first `count` of the rows that came from a file.
at::Tensor first_rows(const at::Tensor& rows, std::int64_t count, const std::string& file) {
  if (rows.size(0) < count)
    fail(ErrorKind::shape, file, "has {} rows, too few for {} samples", rows.size(0), count);
  return rows.narrow(0, 0, count);
}

at::Tensor given_centre(const Options& o, const ModelInfo& info) {
  if (o.has("centre") && !info.path.has_centre())
    fail(ErrorKind::option, draw_place, "--centre is for mean-reverting paths; {} has none", info.name);
  if (!o.has("centre") && info.path.has_centre())
    fail(ErrorKind::option, draw_place, "the path of {} reverts to a centre: --centre FILE is needed",
         info.name);
  return o.has("centre") ? read_centre(o.text("centre"), info) : at::Tensor();
}

}  // namespace

DrawRequest request_of(const DrawJob& job, const Source& source) {
  const Options& o = job.options;
  const ModelInfo& info = source.model->info();
  const PostOperations post = o.has("post") ? make_post_operations(o.text("post")) : PostOperations{};
  Terms terms;
  if (o.has("guide"))
    terms = make_terms(o.text("guide"),
                       [&](const std::string& name) { return find_model(name, "--guide", source.trust); });
  DrawRequest request{Field(source.model, info.row_limit, post, std::move(terms))};
  const at::Tensor centre = given_centre(o, info);
  if (o.has("noise")) request.noise = read_noise(o.text("noise"), info);
  const at::Tensor& rows = o.has("noise") ? request.noise : centre;
  request.ids = ids_of(o, rows.defined() ? std::max<std::int64_t>(rows.size(0), 1) : 64);
  request.count = static_cast<std::int64_t>(request.ids.size());
  if (o.has("noise")) request.noise = first_rows(request.noise, request.count, o.text("noise"));
  if (centre.defined()) request.conditions["centre"] = first_rows(centre, request.count, o.text("centre"));
  if (job.plan) {
    request.plan = plan_from_json(*job.plan, o.has("plan")            ? o.text("plan")
                                             : job.tuned_plan.empty() ? draw_place
                                                                      : job.tuned_plan);
  } else {
    request.solver = o.text("solver");
    request.times = job.times;
    if (job.times.empty()) {
      request.steps = static_cast<int>(o.integer("steps"));
      request.grid = o.has("grid") ? o.text("grid") : "";
    }
  }
  if (o.has("start") && parse_start(o.text("start")).teleport) {
    request.start = o.text("start");
    request.gaussians = statistics_of(source);
  }
  request.seed = static_cast<std::uint64_t>(o.integer("seed"));
  request.batch = o.integer("batch");
  if (o.has("cap")) request.cap = o.integer("cap");
  return request;
}

namespace {

void check_statistics(const DrawJob& job, const std::string& now, const Source& source) {
  if (now != job.statistics_hash)
    fail(ErrorKind::option, "draw --again", "the statistics of {} have changed since ({} now, {} then)",
         source.where, now, job.statistics_hash);
}

void check_hashes(const DrawJob& job, const Source& source, const Plan& plan) {
  const std::string model = io::digest_text(source.model->info().hash);
  if (model != job.model_hash)
    fail(ErrorKind::option, "draw --again", "the model {} has changed since ({} now, {} then)", source.where,
         model, job.model_hash);
  const std::string now = io::digest_text(plan_hash(plan));
  if (now != job.plan_hash)
    fail(ErrorKind::option, "draw --again", "this version compiles {} to another plan ({} now, {} then)",
         plan.solver, now, job.plan_hash);
}

/// The samples as the files get them, and how long decoding took.
struct Written {
  at::Tensor samples;
  double seconds = 0;
};

Written write_as(const DrawResult& result, const LatentDecoderPtr& decoder) {
  const double started = monotonic_seconds();
  Written out{written_samples(result.samples, decoder), 0};
  if (decoder) out.seconds = monotonic_seconds() - started;
  return out;
}

std::string decoded_text(const DrawResult& result, const LatentDecoderPtr& decoder, double seconds) {
  if (!decoder) return "";
  return fmt::format("decoded {} latents {} to pictures {} in {}\n", result.ids.size(),
                     shape_text(decoder->info().latent), shape_text(decoder->info().shape),
                     duration_text(seconds));
}

void check_decoder(const DrawJob& job, const LatentDecoderPtr& decoder) {
  const std::string now = decoder ? io::digest_text(decoder->info().hash) : "";
  if (now != job.decoder_hash)
    fail(ErrorKind::option, "draw --again",
         "the autoencoder that made the pictures has changed since ({} now, {} then)",
         now.empty() ? "none" : now, job.decoder_hash.empty() ? "none" : job.decoder_hash);
}

nlohmann::json summary_json(const DrawResult& result, const nlohmann::json& record, int entry, double seconds,
                            double decoding, const std::vector<std::string>& files) {
  nlohmann::json j = record;
  j["entry"] = entry;
  j["asked"] = result.asked;
  j["finished"] = result.ids.size();
  j["evaluations"] = result.spent.evaluations;
  j["seconds"] = seconds;
  if (decoding > 0) j["decoding_seconds"] = decoding;
  j["network_seconds"] = result.spent.network_seconds;
  j["network_share"] = seconds > 0 ? result.spent.network_seconds / seconds : 0;
  j["samples_per_second"] = seconds > 0 ? static_cast<double>(result.ids.size()) / seconds : 0;
  j["cancelled"] = result.cancelled;
  j["shrunk"] = result.shrunk;
  if (result.plan.own.adaptive)
    j["adaptive"] = {{"tried", result.adaptive.tried},
                     {"rejected", result.adaptive.rejected},
                     {"hurried", result.adaptive.hurried}};
  j["files"] = files;
  return j;
}

std::string start_text(const DrawRequest& request, const Plan& plan, int entry) {
  if (!request.gaussians) return "";
  return fmt::format("teleported over {} of {} steps, to s/a {:.4g}\n", entry, plan.levels(),
                     plan.path.rho(plan.times[static_cast<std::size_t>(entry)]));
}

std::string summary_text(const DrawResult& result, const Source& source, const DrawJob& job, double seconds,
                         const std::vector<std::string>& files) {
  const auto n = static_cast<double>(result.ids.size());
  std::string out = fmt::format(
      "{} samples in {} ({:.1f} a second), {} evaluations ({:.0f} a sample), {:.0f} % of the time "
      "in the model\n",
      result.ids.size(), duration_text(seconds), seconds > 0 ? n / seconds : 0, result.spent.evaluations,
      n > 0 ? static_cast<double>(result.spent.evaluations) / n : 0,
      seconds > 0 ? 100 * result.spent.network_seconds / seconds : 0);
  const std::string solver = !job.tuned_plan.empty()
                                 ? "the plan tuned for this model (--solver chooses another)"
                             : result.plan.solver.empty() ? "of the plan"
                                                          : result.plan.solver;
  out += fmt::format("model {} ({}), solver {}{}, {} steps, seed {}\n", source.model->info().name,
                     io::digest_text(source.model->info().hash), solver,
                     result.plan.grid.empty() ? "" : ", grid " + result.plan.grid, result.plan.levels(),
                     job.options.integer("seed"));
  for (const std::string& file : files) out += fmt::format("wrote {}\n", file);
  return out;
}

}  // namespace

int run_draw(const DrawTask& task) {
  const Options& typed = task.job.options;
  use_threads(static_cast<int>(typed.integer("threads")));
  if (typed.flag("deterministic")) at::globalContext().setDeterministicAlgorithms(true, false);
  const auto text_or_none = [&](const char* name) {
    return typed.has(name) ? typed.text(name) : std::string();
  };
  const Source source =
      open_model(typed.text("model"), {text_or_none("path"), text_or_none("dtype"), trust_of(task.trust)},
                 model_folders());
  if (!task.quiet) show_warnings(source, "draw");
  const ModelInfo& info = source.model->info();
  DrawJob job = with_defaults(task.job, source);

  DrawRequest request = request_of(job, source);
  const auto choice = label_choice(text_or_none("label"), info, "draw: --label");
  if (choice) request.conditions["label"] = labels_of(*choice, request.ids);
  const Plan plan = plan_of(request);
  if (task.again) check_hashes(job, source, plan);
  const LatentDecoderPtr decoder = decoder_for(job.options, source);
  if (task.again) check_decoder(job, decoder);
  const ModelInfo shown = written_info(info, decoder);
  const int entry = entry_of(request, plan);
  if (request.gaussians) {
    const std::string now = io::digest_text(hash_of(*request.gaussians));
    if (task.again) check_statistics(job, now, source);
    job.statistics_hash = now;
  }
  if (const std::uint64_t hash = models_hash(request.field.terms()); hash != 0) {
    const std::string now = io::digest_text(hash);
    if (task.again && now != job.guide_hash)
      fail(ErrorKind::option, "draw --again", "a model that guides has changed since ({} now, {} then)", now,
           job.guide_hash);
    job.guide_hash = now;
  }

  std::vector<std::string> names = task.outputs;
  if (names.empty() && !task.json) names.push_back(standard_output(shown));
  std::vector<Output> outputs;
  for (const std::string& name : names) outputs.push_back(check_output(name, shown, request.count));

  CancelToken cancel;
  Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  request.watch = {[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const double started = monotonic_seconds();
  const DrawResult result = draw(request);
  const double seconds = monotonic_seconds() - started;
  interrupt.hold();
  view.finish();

  std::vector<std::string> files;
  const nlohmann::json record = record_of(job, source, result);
  Written written;
  if (!result.ids.empty()) {
    if (!outputs.empty()) written = write_as(result, decoder);
    Drawn drawn{written.samples, result.ids, {}, {}};
    if (choice) {
      for (const std::uint64_t id : result.ids) {
        drawn.labels.push_back(choice->label_of(id));
        drawn.captions.push_back(choice->caption_of(id));
      }
    }
    for (const Output& output : outputs) {
      write_output(output, drawn, shown, record);
      files.push_back(output.path);
    }
  }

  if (task.json)
    fmt::print("{}\n", summary_json(result, record, entry, seconds, written.seconds, files).dump(2));
  else if (!task.quiet)
    fmt::print("{}{}{}", start_text(request, plan, entry), decoded_text(result, decoder, written.seconds),
               summary_text(result, source, job, seconds, files));
  if (result.shrunk)
    fmt::print(stderr, "ulam: draw: the cap allowed {} of {} samples\n", result.ids.size(), result.asked);
  if (result.adaptive.hurried > 0)
    fmt::print(
        stderr,
        "ulam: draw: {} of {} samples reached the plan's {} evaluations and went to the end in one last "
        "step; more --steps or looser tolerances\n",
        result.adaptive.hurried, result.ids.size(), evaluations(result.plan));
  if (!result.cancelled) return exit_ok;
  fmt::print(stderr, "ulam: draw: cancelled after {} of {} samples{}\n", result.ids.size(), result.asked,
             files.empty() ? "; nothing was written" : "; they are written");
  return exit_cancelled;
}

}  // namespace ulam::cli
