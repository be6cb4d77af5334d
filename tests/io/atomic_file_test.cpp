#include "ulam/io/atomic_file.h"

#include "tests/io/support.h"
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ulam::io::atomic_file_test {
namespace {
using test::expect_error;
using test::TempFolder;
using Names = std::vector<std::string>;

std::string content(const std::string& path) { return test::text_of(read_file(path)); }

TEST(AtomicFile, NothingIsSeenUnderTheNameBeforeCommit) {
  const TempFolder folder;
  AtomicFile file(folder / "a");
  file.write("hello");
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
  file.commit();
  EXPECT_EQ(content(folder / "a"), "hello");
  EXPECT_EQ(folder.names(), Names{"a"});
}

TEST(AtomicFile, WithoutCommitTheFormerContentStays) {
  const TempFolder folder;
  write_file_atomic(folder / "a", "former");
  {
    AtomicFile file(folder / "a");
    file.write("half of the n");
  }
  EXPECT_EQ(content(folder / "a"), "former");
  EXPECT_EQ(folder.names(), Names{"a"});
}

TEST(AtomicFile, AFileSizeLimitLeavesTheFormerFileAndNoTemporary) {
  const TempFolder folder;
  write_file_atomic(folder / "a", "former");
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  // The first part fits and the second does not: a partial write is what a full disk looks like.
  expect_error(ErrorKind::system, {folder / "a", "could not be written", "File too large"},
               [&] { write_file_atomic(folder / "a", std::string(1500, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(content(folder / "a"), "former");
  EXPECT_EQ(folder.names(), Names{"a"});
}

TEST(AtomicFile, AFullDeviceIsReportedAndNotReplaced) {
  struct stat before {
  }, after{};
  if (::stat("/dev/full", &before) != 0 || !S_ISCHR(before.st_mode)) GTEST_SKIP() << "no /dev/full here";
  expect_error(ErrorKind::system, {"/dev/full", "No space left"},
               [] { write_file_atomic("/dev/full", "x"); });
  ASSERT_EQ(::stat("/dev/full", &after), 0);
  EXPECT_TRUE(S_ISCHR(after.st_mode));
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST(AtomicFile, DevNullTakesBytes) { EXPECT_NO_THROW(write_file_atomic("/dev/null", "x")); }

TEST(AtomicFile, AMissingFolderIsNamed) {
  const TempFolder folder;
  expect_error(ErrorKind::system, {folder / "no/a", "folder", "does not exist"},
               [&] { write_file_atomic(folder / "no/a", "x"); });
  EXPECT_TRUE(folder.names().empty());
}

TEST(AtomicFile, AFolderOrAnEmptyNameIsRefused) {
  const TempFolder folder;
  expect_error(ErrorKind::system, {folder.path(), "names a folder"}, [&] { AtomicFile file(folder.path()); });
  expect_error(ErrorKind::system, {"names a folder"}, [&] { AtomicFile file(folder / "new/"); });
  expect_error(ErrorKind::system, {"empty"}, [] { AtomicFile file(""); });
}

TEST(AtomicFile, AReadOnlyFolderGivesTheReasonOfTheSystem) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TempFolder folder;
  ::chmod(folder.path().c_str(), 0555);
  expect_error(ErrorKind::system, {folder / "a", "Permission denied"},
               [&] { write_file_atomic(folder / "a", "x"); });
  ::chmod(folder.path().c_str(), 0755);
}

TEST(AtomicFile, ALinkIsFollowedAndStaysALink) {
  const TempFolder folder;
  std::filesystem::create_symlink("target", folder / "link");
  write_file_atomic(folder / "link", "x");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(content(folder / "target"), "x");
}

TEST(AtomicFile, PermissionsOfTheFormerFileStay) {
  const TempFolder folder;
  write_file_atomic(folder / "a", "x");
  ::chmod((folder / "a").c_str(), 0600);
  write_file_atomic(folder / "a", "y");
  struct stat info {};
  ASSERT_EQ(::stat((folder / "a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(AtomicFile, AClosedFileTakesNothingMore) {
  const TempFolder folder;
  AtomicFile file(folder / "a");
  file.commit();
  expect_error(ErrorKind::system, {"already closed"}, [&] { file.write("x"); });
  expect_error(ErrorKind::system, {"already closed"}, [&] { file.commit(); });
}

TEST(EnsureFolder, MakesParentsAndNamesWhatIsInTheWay) {
  const TempFolder folder;
  ensure_folder(folder / "a/b/c");
  ensure_folder(folder / "a/b/c");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b/c"));
  write_file_atomic(folder / "file", "x");
  expect_error(ErrorKind::system, {folder / "file"}, [&] { ensure_folder(folder / "file"); });
  expect_error(ErrorKind::system, {folder / "file/sub"}, [&] { ensure_folder(folder / "file/sub"); });
}

}  // namespace
}  // namespace ulam::io::atomic_file_test
