#include "ulam/run/job_locks.h"

#include "../errors.h"
#include "job_support.h"
#include <csignal>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ulam::job_locks_test {
namespace {

using job_test::Folder;

TEST(JobLocks, AShardHasOneHolder) {
  const Folder folder;
  JobLocks a(folder / "locks"), b(folder / "locks");
  EXPECT_TRUE(a.claim(3));
  EXPECT_FALSE(b.claim(3));
  EXPECT_TRUE(b.held(3));
  EXPECT_FALSE(a.held(3));  // another's, not one's own
  EXPECT_TRUE(b.claim(4));
  a.release(3);
  EXPECT_TRUE(b.claim(3));
}

TEST(JobLocks, WhatAnObjectHoldsEndsWithIt) {
  const Folder folder;
  JobLocks a(folder / "locks");
  {
    JobLocks b(folder / "locks");
    ASSERT_TRUE(b.claim(3));
    EXPECT_FALSE(a.claim(3));
  }
  EXPECT_TRUE(a.claim(3));
}

// The takeover of a lost rank hangs on this.
TEST(JobLocks, WhatAKilledProcessHeldIsFree) {
  const Folder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    JobLocks locks(folder / "locks");
    const char said = locks.claim(3) ? 'y' : 'n';
    if (write(ready[1], &said, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char said = 0;
  ASSERT_EQ(read(ready[0], &said, 1), 1);
  EXPECT_EQ(said, 'y');
  JobLocks locks(folder / "locks");
  EXPECT_FALSE(locks.claim(3));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(locks.claim(3));
  close(ready[0]);
  close(ready[1]);
}

TEST(JobLocks, NobodyIsAloneBesideWhoWorks) {
  const Folder folder;
  JobLocks a(folder / "locks");
  EXPECT_TRUE(a.join());
  {
    JobLocks b(folder / "locks"), c(folder / "locks");
    EXPECT_TRUE(b.join());
    EXPECT_FALSE(c.alone());
  }
  EXPECT_TRUE(a.alone());
  EXPECT_FALSE(JobLocks(folder / "locks").join());
}

TEST(JobLocks, SectionsComeOneAfterAnother) {
  const Folder folder;
  JobLocks a(folder / "locks");
  for (int i = 0; i < 3; ++i) {
    const JobLocks::Guard manifest(a, JobLocks::Section::manifest);
    const JobLocks::Guard ledger(a, JobLocks::Section::ledger);
  }
  const JobLocks::Guard guard(a, JobLocks::Section::ledger);
  const pid_t child = fork();
  if (child == 0) {
    struct itimerval soon {
      {0, 0}, { 0, 150000 }
    };
    setitimer(ITIMER_REAL, &soon, nullptr);  // ends a child that waits, as it should
    JobLocks b(folder / "locks");
    const JobLocks::Guard mine(b, JobLocks::Section::ledger);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "a second holder came in";
}

TEST(JobLocks, AFolderThatIsNotThereIsASentence) {
  testing::expect_error(ErrorKind::system, {"/nowhere/locks", "opened"}, [] { JobLocks("/nowhere/locks"); });
}

}  // namespace
}  // namespace ulam::job_locks_test
