#include "ulam/run/job_store.h"

#include "../errors.h"
#include "job_support.h"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <thread>

#include "ulam/base/key.h"

namespace ulam::job_store_test {
namespace {

using namespace job_test;
using testing::expect_error;

/// A port of this machine that nobody listens at.
std::string free_address() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  EXPECT_EQ(bind(descriptor, reinterpret_cast<sockaddr*>(&name), size), 0);
  EXPECT_EQ(getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size), 0);
  close(descriptor);
  return "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
}

JobWork slow_work(const JobRange& range) {
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  return toy_work(range);
}

TEST(JobStore, RanksWithoutACommonFolderGiveTheSameResult) {
  const JobManifest manifest = small_manifest(160, 8);
  const std::string wanted = undisturbed(manifest);
  for (const int ranks : {1, 3}) {
    const Folder folder;
    const std::string address = free_address();
    std::vector<std::thread> others;
    std::vector<JobReport> reports(static_cast<std::size_t>(ranks));
    JobFolder share(folder / "job", manifest, false);
    JobStore host(address, share);
    for (int r = 1; r < ranks; ++r)
      others.emplace_back([&, r] {
        JobStore store(address, manifest, false);
        reports[static_cast<std::size_t>(r)] = run_job(store, manifest, {r, ranks}, slow_work, {});
      });
    reports[0] = run_job(host, manifest, {0, ranks}, slow_work, {});
    for (std::thread& t : others) t.join();
    std::int64_t samples = 0;
    for (const JobReport& report : reports) {
      EXPECT_TRUE(report.finished);
      samples += report.samples;
    }
    // At the end who has nothing left may draw what another has in hand.
    EXPECT_GE(samples, 160);
    EXPECT_LE(samples, 160 + 8 * ranks * ranks);
    EXPECT_TRUE(exported(folder / "job", folder) == wanted) << ranks;
  }
}

// A rank that took a shard and never brings it holds up nobody.
TEST(JobStore, ALostRanksShardIsDrawnByAnother) {
  const Folder folder;
  const std::string address = free_address();
  JobFolder share(folder / "job", small_manifest(), false);
  JobStore store(address, share);
  std::thread lost([&] {
    JobStore other(address, small_manifest(), false);
    EXPECT_TRUE(other.claim(3));
    EXPECT_TRUE(other.claim(5));
  });
  lost.join();
  EXPECT_TRUE(run_job(store, small_manifest(), {0, 2}, toy_work, {}).finished);
  EXPECT_TRUE(exported(folder / "job", folder) == undisturbed());
}

TEST(JobStore, WhoComesLateDrawsNothingTwice) {
  const Folder folder;
  draw_all(folder / "job");
  const std::string address = free_address();
  JobFolder share(folder / "job", small_manifest(), false);
  JobStore store(address, share);
  std::thread late([&] {
    JobStore other(address, small_manifest(), false);
    EXPECT_EQ(other.done_samples(), 50);
    EXPECT_EQ(run_job(other, small_manifest(), {1, 2}, toy_work, {}).samples, 0);
  });
  late.join();
}

TEST(JobStore, AnotherJobOrMachineIsRefused) {
  const Folder folder;
  const std::string address = free_address();
  JobFolder share(folder / "job", small_manifest(), false);
  JobStore store(address, share);
  expect_error(ErrorKind::option, {"count is 50, asked for was 60"},
               [&] { JobStore(address, small_manifest(60), false); });
  JobManifest other = small_manifest();
  other.machines[0]["processor"] = "other";
  expect_error(ErrorKind::option, {"processor", "--allow-mixed"}, [&] { JobStore(address, other, false); });
  {
    const JobStore mixed(address, other, true);
    store.refresh();
  }
  EXPECT_TRUE(read_manifest(folder / "job")->mixed());
}

// What is damaged on its way is not written: the shard counts as not drawn.
TEST(JobStore, AParcelThatDoesNotFitItsHashIsDropped) {
  const Folder folder;
  const std::string address = free_address();
  JobFolder share(folder / "job", small_manifest(), false);
  JobStore store(address, share);
  JobStore other(address, small_manifest(), false);
  JobEntry entry;
  entry.shard = 2;
  entry.count = 8;
  entry.hash = 1;
  other.hand_in(entry, io::as_byte_view("bytes"));
  store.refresh();
  EXPECT_FALSE(store.done(2));
  entry.hash = hash_bytes("bytes");
  other.hand_in(entry, io::as_byte_view("bytes"));
  store.refresh();
  EXPECT_TRUE(store.done(2));
}

TEST(JobStore, AnAddressThatIsNoneIsASentence) {
  for (const char* address : {"", "host", "host:", ":29500", "host:0", "host:70000", "host:x"})
    expect_error(ErrorKind::option, {"--store", "HOST:PORT"},
                 [&] { JobStore(address, small_manifest(), false); });
}

}  // namespace
}  // namespace ulam::job_store_test
