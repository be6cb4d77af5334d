#pragma once
// Runs the command and looks at what it says; temporary folders.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "ulam/cli/app.h"

extern char** environ;

namespace ulam::cli_test {

namespace fs = std::filesystem;

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "ulam-cli-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }
  /// Names of all that is in the folder.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(path_)) out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  fs::path path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

struct Ran {
  int code = -1;  // exit code, or 128 + signal
  std::string out, err;
};

/// A program that runs while the test looks on. Working folder: `folder`.
class Running {
 public:
  Running(const TemporaryFolder& folder, std::vector<std::string> arguments)
      : out_(folder / ".stdout"), err_(folder / ".stderr") {
    std::string program = ULAM_PROGRAM;
    std::vector<char*> argv = {program.data()};
    for (std::string& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.path().c_str());
    posix_spawn_file_actions_addopen(&actions, 1, out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (posix_spawn(&pid_, ULAM_PROGRAM, &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
  }
  void signal(int number) const { kill(pid_, number); }
  pid_t pid() const { return pid_; }
  std::string err_so_far() const { return slurp(err_); }
  Ran wait() {
    Ran ran;
    int status = 0;
    if (pid_ > 0 && waitpid(pid_, &status, 0) == pid_)
      ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ran.out = slurp(out_);
    ran.err = slurp(err_);
    fs::remove(out_);
    fs::remove(err_);
    return ran;
  }

 private:
  std::string out_, err_;
  pid_t pid_ = -1;
};

/// The command within this process, which spares the second that a program takes to load libtorch.
inline Ran run(const TemporaryFolder& folder, std::vector<std::string> arguments) {
  std::string program = "ulam";
  std::vector<const char*> argv = {program.c_str()};
  for (const std::string& a : arguments) argv.push_back(a.c_str());
  const fs::path former = fs::current_path();
  fs::current_path(folder.path());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.code = cli::run_app(static_cast<int>(argv.size()), argv.data());
  std::fflush(stdout);
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  fs::current_path(former);
  return ran;
}

/// The same with the built program.
inline Ran run_program(const TemporaryFolder& folder, std::vector<std::string> arguments) {
  return Running(folder, std::move(arguments)).wait();
}

/// One sentence "ulam: ...", nothing else, and the exit code.
inline void expect_refusal(const Ran& ran, int code, const std::string& part) {
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_TRUE(ran.err.starts_with("ulam: ")) << ran.err;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  EXPECT_NE(ran.err.find(part), std::string::npos) << ran.err;
  EXPECT_EQ(ran.out, "");
}

}  // namespace ulam::cli_test
