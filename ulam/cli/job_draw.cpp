#include "ulam/cli/job_draw.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/cli/decoding.h"
#include "ulam/cli/draw_command.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/label_choice.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/threads.h"
#include "ulam/guide/terms.h"
#include "ulam/io/digest.h"
#include "ulam/run/job.h"
#include "ulam/run/job_folder.h"
#include "ulam/run/job_machine.h"
#include "ulam/run/job_store.h"

namespace ulam::cli {
namespace {

constexpr const char* job_draw_place = "draw --job";

void check_given(const Given& given) {
  for (const char* name : {"ids", "cap", "noise", "centre"})
    if (given.contains(name))
      fail(ErrorKind::option, job_draw_place,
           "--{} cannot stand beside it; a job draws -n samples from --first-id on", name);
}

std::int64_t shard_option(const std::string& text) {
  return Options(job_draw_place, {{"shard", OptionType::integer, "0", "", 0, 1e9, {}, ""}}, {{"shard", text}})
      .integer("shard");
}

/// The threads that the job runs with. A number left open is that of the job in the folder, if there is one.
int settle_threads(int asked, const std::optional<JobManifest>& there) {
  if (asked != 0 || !there) return use_threads(asked);
  const int threads = use_threads(there->threads);
  if (threads != there->threads)
    fail(ErrorKind::option, job_draw_place,
         "the job runs with {} threads a rank, this process may use {} cores", there->threads, threads);
  return threads;
}

/// 64 rows, rounded up to whole calls of the size that the model runs best.
std::int64_t chunk_of(std::int64_t batch, int row_limit) {
  constexpr std::int64_t usual = 64;
  if (batch > 0) return batch;
  return row_limit > 0 ? (usual + row_limit - 1) / row_limit * row_limit : usual;
}

/// Draws ranges of one request.
class Drawer {
 public:
  Drawer(DrawRequest request, std::optional<LabelChoice> choice, LatentDecoderPtr decoder, Clock clock)
      : request_(std::move(request)), choice_(std::move(choice)), decoder_(std::move(decoder)) {
    // A shard in hand is finished whatever signal comes.
    request_.watch = {};
    request_.watch.clock = std::move(clock);
  }

  JobWork operator()(const JobRange& range) {
    request_.ids.resize(static_cast<std::size_t>(range.count));
    std::iota(request_.ids.begin(), request_.ids.end(), range.first);
    request_.count = range.count;
    if (choice_) request_.conditions["label"] = labels_of(*choice_, request_.ids);
    const DrawResult result = draw(request_);
    Drawn drawn{written_samples(result.samples, decoder_), result.ids, {}, {}};
    if (choice_)
      for (const std::uint64_t id : result.ids) drawn.labels.push_back(choice_->label_of(id));
    return {arrays_of(drawn), result.spent.evaluations};
  }

 private:
  DrawRequest request_;
  std::optional<LabelChoice> choice_;
  LatentDecoderPtr decoder_;
};

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// What the ranks share: the folder, or the store of rank 0, which alone has the folder.
struct Share {
  std::unique_ptr<JobFolder> folder;
  std::unique_ptr<JobStore> store;
  JobShare& share() const { return store ? static_cast<JobShare&>(*store) : *folder; }
  const JobManifest& manifest() const { return store ? store->manifest() : folder->manifest(); }
};

Share open_share(const JobTask& task, const JobManifest& asked, const JobRank& rank) {
  Share share;
  const bool hosts = rank.rank == 0;
  if (task.store.empty() || hosts)
    share.folder = std::make_unique<JobFolder>(task.folder, asked, task.allow_mixed);
  if (share.folder && !share.folder->damaged().empty())
    fmt::print(stderr, "ulam: {}: {} shards were damaged or missing and are drawn again, the first is {}\n",
               task.folder, share.folder->damaged().size(), share.folder->damaged().front());
  if (!task.store.empty())
    share.store = hosts ? std::make_unique<JobStore>(task.store, *share.folder)
                        : std::make_unique<JobStore>(task.store, asked, task.allow_mixed);
  return share;
}

nlohmann::json summary_json(const JobTask& task, const JobManifest& manifest, const JobShare& share,
                            const JobReport& report, const JobRank& rank) {
  return {{"job", task.folder},
          {"rank", rank.rank},
          {"ranks", rank.world},
          {"count", manifest.count},
          {"samples", share.done_samples()},
          {"finished", report.finished},
          {"drawn_now", report.samples},
          {"shards_now", report.shards},
          {"evaluations_now", report.evaluations},
          {"seconds", report.seconds},
          {"keeping_seconds", report.keeping_seconds},
          {"mixed", manifest.mixed()}};
}

std::string summary_text(const JobTask& task, const JobManifest& manifest, const JobShare& share,
                         const JobReport& report) {
  std::string out = fmt::format("{} of {} samples are in {}, {} of them drawn now in {}, {} evaluations\n",
                                share.done_samples(), manifest.count, task.folder, report.samples,
                                duration_text(report.seconds), report.evaluations);
  if (report.finished)
    out += fmt::format("finished; ulam job export {} -o FILE.npz writes them as one file\n", task.folder);
  return out;
}

}  // namespace

int run_draw_job(const JobTask& task) {
  check_given(task.given);
  const std::int64_t shard = shard_option(task.shard);
  const JobRank rank = rank_from(environment);
  const DrawJob typed = make_job(task.given);
  const int threads =
      settle_threads(static_cast<int>(typed.options.integer("threads")), read_manifest(task.folder));
  if (typed.options.flag("deterministic")) at::globalContext().setDeterministicAlgorithms(true, false);
  const auto text_or_none = [&](const char* name) {
    return typed.options.has(name) ? typed.options.text(name) : std::string();
  };
  const Source source =
      open_model(typed.options.text("model"),
                 {text_or_none("path"), text_or_none("dtype"), trust_of(task.trust)}, model_folders());
  show_warnings(source, "draw");
  const ModelInfo& info = source.model->info();
  DrawJob job = with_defaults(typed, source);
  DrawRequest request = request_of(job, source);
  if (request.gaussians) job.statistics_hash = io::digest_text(hash_of(*request.gaussians));
  if (const std::uint64_t hash = models_hash(request.field.terms()); hash != 0)
    job.guide_hash = io::digest_text(hash);
  const auto choice = label_choice(text_or_none("label"), info, "draw: --label");
  const LatentDecoderPtr decoder = decoder_for(job.options, source);
  request.plan = plan_of(request);
  request.batch = chunk_of(request.batch, info.row_limit);

  JobManifest asked;
  DrawResult nothing_yet;
  nothing_yet.plan = *request.plan;
  asked.draw = record_of(job, source, nothing_yet);
  asked.draw["options"].erase("ids");
  asked.draw["options"]["batch"] = request.batch;
  asked.draw["options"]["threads"] = threads;
  asked.first = request.ids.front();
  asked.count = request.count;
  asked.chunk_rows = request.batch;
  asked.shard_rows = shard > 0 ? shard : request.batch * (info.exact ? 16 : 1);
  asked.threads = threads;
  asked.machines = {this_machine()};
  request.ids = {};

  CancelToken cancel;
  Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  const Watch watch{[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const Share opened = open_share(task, asked, rank);
  JobShare& share = opened.share();
  const JobManifest manifest = opened.manifest();
  const JobReport report =
      run_job(share, manifest, rank, Drawer(std::move(request), choice, decoder, monotonic_seconds), watch);
  view.finish();

  if (task.json)
    fmt::print("{}\n", summary_json(task, manifest, share, report, rank).dump(2));
  else if (!task.quiet)
    fmt::print("{}", summary_text(task, manifest, share, report));
  if (!report.finished)
    fmt::print(stderr, "ulam: draw: stopped after {} of {} samples; resume with the same command\n",
               share.done_samples(), manifest.count);
  return exit_ok;
}

}  // namespace ulam::cli
