#include "ulam/run/job.h"

#include <chrono>
#include <thread>

#include "ulam/base/error.h"
#include "ulam/io/digest.h"
#include "ulam/io/safetensors.h"

namespace ulam {
namespace {

/// How long a rank with nothing to do sleeps before it looks again.
constexpr std::chrono::milliseconds nap{50};

class Runner {
 public:
  Runner(JobShare& share, const JobManifest& manifest, const JobRank& rank, const DrawShard& draw,
         const Watch& watch)
      : share_(share), manifest_(manifest), rank_(rank), draw_(draw), watch_(watch), id_(job_id(manifest)) {}

  JobReport run() {
    const double begun = watch_.now();
    const std::int64_t shards = manifest_.shards();
    // Ranks begin apart, so that they seldom reach for the same shard.
    const std::int64_t start = rank_.world > 0 ? shards * (rank_.rank % rank_.world) / rank_.world : 0;
    show();
    while (!watch_.cancelled()) {
      bool open = false, moved = false;
      for (std::int64_t i = 0; i < shards && !watch_.cancelled(); ++i) {
        const std::int64_t shard = (start + i) % shards;
        if (share_.done(shard)) continue;
        moved |= attempt(shard);
        open |= !share_.done(shard);
      }
      if (!open) break;
      if (!moved) {
        share_.nothing_free();
        std::this_thread::sleep_for(nap);
      }
      share_.refresh();
    }
    report_.finished = share_.done_samples() == manifest_.count;
    report_.seconds = watch_.now() - begun;
    report_.keeping_seconds = report_.seconds - drawing_;
    return report_;
  }

 private:
  /// Counts from where this call began, so that the time left is that of the samples left.
  void show() const {
    watch_.report({"drawing", share_.done_samples() - already_, manifest_.count - already_, "samples",
                   already_ > 0 ? fmt::format("after {} that were there", already_) : ""});
  }

  /// Draws a shard unless another rank has it or just had it. Returns whether anything was drawn.
  bool attempt(std::int64_t shard) {
    if (!share_.claim(shard)) return false;
    struct Release {
      JobShare& share;
      std::int64_t shard;
      ~Release() { share.release(shard); }
    } release{share_, shard};
    share_.refresh();
    if (share_.done(shard)) return false;

    const JobRange range = manifest_.range(shard);
    const double begun = watch_.now();
    JobWork work = draw_(range);
    const double seconds = watch_.now() - begun;
    drawing_ += seconds;
    work.arrays.metadata["job"] = io::digest_text(id_);
    work.arrays.metadata["shard"] = std::to_string(shard);
    const io::Bytes file = io::serialise_safetensors(work.arrays);
    JobEntry entry;
    entry.shard = shard;
    entry.count = range.count;
    entry.evaluations = work.evaluations;
    entry.seconds = seconds;
    entry.hash = hash_bytes(io::as_text(file));
    entry.rank = rank_.rank;
    try {
      share_.hand_in(entry, file);
    } catch (const Error& error) {
      throw Error(error.kind(), std::string(error.what()) +
                                    "; what is finished is kept, and the same command goes on from there");
    }
    share_.refresh();
    ++report_.shards;
    report_.samples += range.count;
    report_.evaluations += work.evaluations;
    show();
    return true;
  }

  JobShare& share_;
  const JobManifest& manifest_;
  JobRank rank_;
  const DrawShard& draw_;
  const Watch& watch_;
  std::uint64_t id_;
  std::int64_t already_ = share_.done_samples();
  JobReport report_;
  double drawing_ = 0;
};

}  // namespace

JobReport run_job(JobShare& share, const JobManifest& manifest, const JobRank& rank, const DrawShard& draw,
                  const Watch& watch) {
  return Runner(share, manifest, rank, draw, watch).run();
}

}  // namespace ulam
