#include "ulam/cli/interrupt.h"

#include <atomic>
#include <csignal>
#include <unistd.h>

namespace ulam::cli {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<CancelToken*> active{nullptr};
std::atomic<bool> held{false};

void on_signal(int number) {
  CancelToken* token = active.load();
  if (token == nullptr) return;
  if (token->cancelled() && !held.load()) _exit(128 + number);
  token->cancel();
}

void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt(CancelToken& token) {
  held = false;
  active = &token;
  install(on_signal);
}

Interrupt::~Interrupt() {
  install(SIG_DFL);
  active = nullptr;
}

void Interrupt::hold() noexcept { held = true; }

}  // namespace ulam::cli
