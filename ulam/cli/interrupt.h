#pragma once
// Ctrl-C: the first asks the work to stop at its next step boundary, the second ends the program at once.
#include "ulam/base/progress.h"

namespace ulam::cli {

/// While alive, SIGINT and SIGTERM set `token`; one at a time in a program. The former handlers come back at
/// the end.
class Interrupt {
 public:
  explicit Interrupt(CancelToken& token);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// From here on signals only set the token: files are being written, and a half-written one helps nobody.
  void hold() noexcept;
};

}  // namespace ulam::cli
