#include "ulam/run/job_locks.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

constexpr std::int64_t presence = 2, first_shard = 16;

std::int64_t byte_of(JobLocks::Section section) { return section == JobLocks::Section::manifest ? 0 : 1; }

struct flock lock_of(int type, std::int64_t byte) {
  struct flock lock {};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

}  // namespace

JobLocks::JobLocks(std::string path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0)
    fail(ErrorKind::system, path_, "could not be opened: {}", std::generic_category().message(errno));
}

JobLocks::~JobLocks() { ::close(descriptor_); }

bool JobLocks::set(int type, std::int64_t byte, bool wait) const {
  struct flock lock = lock_of(type, byte);
  int done = 0;
  do {
    done = ::fcntl(descriptor_, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
  } while (done != 0 && errno == EINTR);
  if (done == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  fail(ErrorKind::system, path_, "could not be locked: {}; a job's folder needs a file system with locks",
       std::generic_category().message(errno));
}

bool JobLocks::claim(std::int64_t shard) { return set(F_WRLCK, first_shard + shard, false); }

void JobLocks::release(std::int64_t shard) noexcept {
  struct flock lock = lock_of(F_UNLCK, first_shard + shard);
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) != 0) errno = 0;
}

bool JobLocks::held(std::int64_t shard) const {
  struct flock lock = lock_of(F_WRLCK, first_shard + shard);
  return ::fcntl(descriptor_, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool JobLocks::join() { return set(F_RDLCK, presence, false); }
bool JobLocks::alone() { return set(F_WRLCK, presence, false); }

JobLocks::Guard::Guard(JobLocks& locks, Section section) : locks_(locks), section_(section) {
  locks_.set(F_WRLCK, byte_of(section), true);
}

JobLocks::Guard::~Guard() {
  struct flock lock = lock_of(F_UNLCK, byte_of(section_));
  if (::fcntl(locks_.descriptor_, F_OFD_SETLK, &lock) != 0) errno = 0;
}

}  // namespace ulam
