#include "ulam/cli/draw_job.h"

#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/base/version.h"
#include "ulam/cli/id_list.h"
#include "ulam/io/digest.h"
#include "ulam/io/json.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"

namespace ulam::cli {
namespace {

constexpr const char* draw_job_place = "draw";

Parameter text(const char* name, const char* purpose, std::vector<std::string> choices = {}) {
  return {name, OptionType::text, "", purpose, {}, {}, std::move(choices), ""};
}

Parameter integer(const char* name, const char* standard, const char* purpose, double least, double most) {
  return {name, OptionType::integer, standard, purpose, least, most, {}, ""};
}

std::string extension_of(const std::string& path) { return std::filesystem::path(path).extension(); }

std::vector<double> read_times(const std::string& path) {
  const nlohmann::json json = io::read_json(path);
  const nlohmann::json& list = json.is_object() && json.contains("times") ? json["times"] : json;
  if (!list.is_array())
    fail(ErrorKind::file, path, "must be a list of times, or an object with the list \"times\"");
  std::vector<double> times;
  for (const auto& t : list) {
    if (!t.is_number()) fail(ErrorKind::file, path, "entry {} is not a number", times.size());
    times.push_back(t.get<double>());
  }
  return times;
}

/// A value of the record as it would be typed.
std::string typed(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>()
                           : (value.is_number_float() ? real_text(value.get<double>()) : value.dump());
}

Given given_of(const nlohmann::json& options, const std::string& where) {
  Given given;
  for (const auto& [name, value] : options.items()) {
    if (value.is_structured() || value.is_null())
      fail(ErrorKind::file, where, "option {} of the record has no plain value", name);
    given[name] = typed(value);
  }
  return given;
}

/// A draw can be repeated only with the file that it was made from.
void check_unchanged(const Options& options, const char* option, const std::string& then,
                     const std::string& where) {
  if (!options.has(option)) return;
  const std::string& file = options.text(option);
  const std::string now = io::digest_text(io::digest_file(file));
  if (now != then)
    fail(ErrorKind::file, file, "is not the file that {} was drawn from ({} now, {} then)", where, now, then);
}

/// Rows of the array `own_name`, samples or x for the option of that name.
at::Tensor read_rows(const std::string& path, const ModelInfo& info, const char* own_name) {
  const std::string extension = extension_of(path);
  io::Array array;
  if (extension == ".npy") {
    array = io::read_npy(path);
  } else if (extension == ".npz" || extension == ".safetensors") {
    io::ArrayFile file = extension == ".npz" ? io::read_npz(path) : io::read_safetensors(path);
    const io::Array* found = file.arrays.size() == 1 ? &file.arrays[0].second : nullptr;
    for (const char* name : {"x", "samples", own_name})
      if (const io::Array* named = file.find(name)) found = named;
    if (found == nullptr)
      fail(ErrorKind::file, path, "holds {} arrays and none is called {}, samples or x", file.arrays.size(),
           own_name);
    array = *found;
  } else {
    fail(ErrorKind::option, path, "unknown kind of file for --{}, valid: .npy, .npz, .safetensors", own_name);
  }
  if (array.dtype != io::Dtype::f32 && array.dtype != io::Dtype::f64 && array.dtype != io::Dtype::f16 &&
      array.dtype != io::Dtype::bf16)
    fail(ErrorKind::shape, path, "numbers of type {} cannot be a state; give f32 or f64",
         io::name_of(array.dtype));
  std::vector<std::int64_t> wanted = info.shape;
  wanted.insert(wanted.begin(), array.shape.empty() ? 0 : array.shape[0]);
  if (array.shape != wanted || array.shape[0] == 0)
    fail(ErrorKind::shape, path, "shape {} does not fit; the model wants [rows, {}",
         io::shape_text(array.shape), shape_text(info.shape).substr(1));
  const at::Tensor rows = to_tensor(array).to(info.dtype);
  if (!at::isfinite(rows).all().item<bool>()) fail(ErrorKind::numeric, path, "holds NaN or infinity");
  return rows;
}

}  // namespace

const std::vector<Parameter>& draw_parameters() {
  static const std::vector<Parameter> table = {
      text("model", "shipped model, folder of a bundle or of diffusers, problem file, or named problem"),
      integer("count", "", "samples to draw; 64, or the rows of --noise", 1, 1e7),
      integer("steps", "", "steps of the solver; the model's own choice, or 18", 1, 1e5),
      text("solver", "solver as NAME or NAME:key=value,...; see ulam methods"),
      text("grid", "grid as NAME or NAME:key=value,..., or a .json file with the list of times"),
      text("plan", "finished plan from a .json file, in place of solver, grid and steps"),
      text("path", "another noise path for an exact problem, as NAME or NAME:key=value,..."),
      text("label", "classes by number, range or name, \"cycle\" or \"none\""),
      integer("seed", "0", "seed of all randomness", 0, 9e18),
      integer("first-id", "0", "id of the first sample", 0, 9e18),
      text("ids", "ids of the samples, such as 7 or 0-63 or 1,5,10-12, in place of --count"),
      text("noise", "state at the first time, one row a sample: .npy, .npz or .safetensors"),
      text("centre", "centres (degraded inputs) of a mean-reverting path, one row a sample: as for --noise"),
      text("guide",
           "guidance: cfg:scale=3, pag:strength=2, autoguidance:model=NAME, ...; repeatable; see ulam "
           "methods"),
      text("post",
           "operation on the data estimate before the solver uses it: threshold, clip, or "
           "threshold:cap=1.5+clip; repeatable"),
      text("start",
           "noise, or over the first steps for nothing: teleport, teleport:sigma=S or teleport:skip=K; wants "
           "ulam stats"),
      integer("batch", "0", "rows that travel together, 0 = chosen", 0, 1e6),
      {"latents",
       OptionType::boolean,
       "false",
       "keep what a latent model draws, in place of the pictures that its autoencoder makes of it",
       {},
       {},
       {},
       ""},
      integer("cap", "", "most evaluations to spend; the draw shrinks to them", 1, 9e18),
      text("dtype", "number type of an exact problem", {"float32", "float64"}),
      integer("threads", "0", "threads, 0 = all cores", 0, 4096),
      {"deterministic",
       OptionType::boolean,
       "false",
       "refuse operations that could differ from run to run",
       {},
       {},
       {},
       ""},
  };
  return table;
}

namespace {

// Takes the plan that was tuned for this model and number of steps, where the user asked for no other.
bool take_tuned_plan(DrawJob& job, const Given& given, const Source& source) {
  for (const char* other : {"solver", "grid", "start"})
    if (given.contains(other)) return false;
  const auto steps = given.find("steps");
  if (steps == given.end()) return false;
  const std::string file = source.where + "/plans/" + steps->second + ".json";
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  nlohmann::json plan = io::read_json(file);
  // Weights that were trained on since are another model.
  const auto made_for = plan.find("provenance");
  if (made_for != plan.end() && made_for->is_object() && made_for->contains("model_hash") &&
      (*made_for)["model_hash"] != io::digest_text(source.model->info().hash))
    return false;
  job.plan = std::move(plan);
  job.tuned_plan = file;
  return true;
}

}  // namespace

void check_ids(const Given& given) {
  if (given.contains("ids") && (given.contains("count") || given.contains("first-id")))
    fail(ErrorKind::option, draw_job_place,
         "--ids names the samples; --count and --first-id cannot stand beside it");
}

std::vector<std::uint64_t> ids_of(const Options& o, std::int64_t standard) {
  if (o.has("ids")) return parse_ids(o.text("ids"), "draw: --ids");
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(o.has("count") ? o.integer("count") : standard));
  const auto first = static_cast<std::uint64_t>(o.integer("first-id"));
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = first + i;
  return ids;
}

DrawJob make_job(const Given& given) {
  DrawJob job;
  job.options = Options(draw_job_place, draw_parameters(), given);
  const Options& o = job.options;
  if (!o.has("model"))
    fail(ErrorKind::option, draw_job_place, "no model given; ulam models lists those that are here");
  check_ids(given);
  if (o.has("plan") && (o.has("solver") || o.has("grid") || o.has("steps")))
    fail(ErrorKind::option, draw_job_place,
         "--plan holds solver, grid and steps; they cannot stand beside it");
  if (o.has("plan")) job.plan = io::read_json(o.text("plan"));
  if (o.has("grid") && o.text("grid").ends_with(".json")) {
    if (o.has("steps"))
      fail(ErrorKind::option, draw_job_place,
           "a list of times fixes the steps; --steps cannot stand beside it");
    job.times = read_times(o.text("grid"));
  }
  if (o.has("noise")) job.noise_hash = io::digest_text(io::digest_file(o.text("noise")));
  if (o.has("start")) parse_start(o.text("start"), "draw: --start");
  if (o.has("centre")) job.centre_hash = io::digest_text(io::digest_file(o.text("centre")));
  if (o.has("post")) make_post_operations(o.text("post"), "draw: --post");
  return job;
}

DrawJob with_defaults(const DrawJob& job, const Source& source) {
  if (job.plan) return job;
  Given given = given_of(job.options.json(), draw_job_place);
  const auto advice = [&](const char* name, const std::string& otherwise) {
    const auto found = source.draw.find(name);
    return found == source.draw.end() ? otherwise : typed(*found);
  };
  if (DrawJob filled = job; take_tuned_plan(filled, given, source)) return filled;
  if (!given.contains("solver")) {
    given["solver"] = advice("solver", "ddim");
    for (const char* name : {"grid", "post"})
      if (!given.contains(name) && !advice(name, "").empty()) given[name] = advice(name, "");
  }
  if (job.times.empty() && !given.contains("steps")) given["steps"] = advice("steps", "18");
  DrawJob filled = job;
  filled.options = Options(draw_job_place, draw_parameters(), given);
  return filled;
}

nlohmann::json record_of(const DrawJob& job, const Source& source, const DrawResult& result) {
  nlohmann::json options = job.options.json();
  options.erase("count");
  options.erase("first-id");
  options.erase("cap");
  if (!job.options.flag("latents")) options.erase("latents");
  options["ids"] = ids_text(result.ids);
  nlohmann::json record = {{"ulam", version},
                           {"command", "draw"},
                           {"options", options},
                           {"solver", result.plan.solver},
                           {"grid", result.plan.grid},
                           {"steps", result.plan.levels()},
                           {"model_hash", io::digest_text(source.model->info().hash)},
                           {"plan_hash", io::digest_text(plan_hash(result.plan))}};
  if (!job.times.empty()) record["times"] = job.times;
  if (job.plan) record["plan"] = *job.plan;
  if (!job.noise_hash.empty()) record["noise_hash"] = job.noise_hash;
  if (!job.statistics_hash.empty()) record["statistics_hash"] = job.statistics_hash;
  if (!job.guide_hash.empty()) record["guide_hash"] = job.guide_hash;
  if (!job.centre_hash.empty()) record["centre_hash"] = job.centre_hash;
  if (source.decoder && !job.options.flag("latents"))
    record["decoder_hash"] = io::digest_text(source.decoder->info().hash);
  return record;
}

DrawJob job_of(const nlohmann::json& record, const std::string& where) {
  if (!record.is_object() || io::get_text(record, "command", where) != "draw")
    fail(ErrorKind::file, where, "the record is not of a draw");
  const nlohmann::json& stored = io::get_object(record, "options", where);
  const Given given = given_of(stored, where);
  DrawJob job;
  job.options = Options(where, draw_parameters(), given);
  if (!job.options.has("model") || !job.options.has("ids"))
    fail(ErrorKind::file, where, "the record names no model or no ids");
  job.model_hash = io::get_text(record, "model_hash", where);
  job.plan_hash = io::get_text(record, "plan_hash", where);
  job.times = io::get_reals(record, "times", where, std::vector<double>{});
  job.noise_hash = io::get_text(record, "noise_hash", where, "");
  job.statistics_hash = io::get_text(record, "statistics_hash", where, "");
  job.guide_hash = io::get_text(record, "guide_hash", where, "");
  job.decoder_hash = io::get_text(record, "decoder_hash", where, "");
  job.centre_hash = io::get_text(record, "centre_hash", where, "");
  if (record.contains("plan")) job.plan = record["plan"];
  check_unchanged(job.options, "noise", job.noise_hash, where);
  check_unchanged(job.options, "centre", job.centre_hash, where);
  return job;
}

at::Tensor read_noise(const std::string& path, const ModelInfo& info) {
  return read_rows(path, info, "noise");
}

at::Tensor read_centre(const std::string& path, const ModelInfo& info) {
  return read_rows(path, info, "centre");
}

}  // namespace ulam::cli
