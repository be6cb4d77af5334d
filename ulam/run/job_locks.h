#pragma once
// Who draws which shard: locks on the bytes of one file. The system drops them when their holder dies, so
// that a lost rank's shard is free at once, without heartbeat or clock.
#include <cstdint>
#include <string>

namespace ulam {

/// Locks between the jobs that opened one folder, in one process or several. Held until released, or until
/// the object or its process is gone. Source: fcntl(2), open file description locks.
class JobLocks {
 public:
  /// Opens or creates the lock file. Throws Error(system), also where the file system has no locks.
  explicit JobLocks(std::string path);
  ~JobLocks();
  JobLocks(const JobLocks&) = delete;
  JobLocks& operator=(const JobLocks&) = delete;

  /// Takes a shard; false when another job holds it.
  bool claim(std::int64_t shard);
  void release(std::int64_t shard) noexcept;
  /// Whether another job holds a shard at this moment.
  bool held(std::int64_t shard) const;

  /// Says that a job is at work in the folder; false when somebody has it for himself alone.
  bool join();
  /// The folder for oneself alone; false while anybody works in it. Gives up join().
  bool alone();

  /// Short critical sections, one after another: the manifest, and the ledger's end.
  enum class Section { manifest, ledger };
  class Guard {
   public:
    Guard(JobLocks& locks, Section section);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    JobLocks& locks_;
    Section section_;
  };

 private:
  bool set(int type, std::int64_t byte, bool wait) const;

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace ulam
