// Feeds bytes to the reader of job ledgers, which never fails: what it reads are lines that it would write, and the same
// entries come out when the readable ones are written anew, or when the text is read in two pieces. The first eight
// bytes are the job's id.
#include <cstdlib>
#include <cstring>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/io/bytes.h"
#include "ulam/io/digest.h"
#include "ulam/run/job_ledger.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ulam;
  std::uint64_t job = 0;
  if (size < sizeof job) return 0;
  std::memcpy(&job, data, sizeof job);
  const std::string_view text = io::as_text(std::as_bytes(std::span(data, size))).substr(sizeof job);
  const LedgerScan scan = scan_ledger(text, job);
  if (scan.used > text.size()) std::abort();
  std::string again;
  for (const JobEntry& entry : scan.entries) again += ledger_line(entry, job);
  const LedgerScan second = scan_ledger(again, job);
  if (second.entries != scan.entries || second.unreadable != 0 || second.used != again.size()) std::abort();
  const LedgerScan front = scan_ledger(text.substr(0, text.size() / 2), job);
  const LedgerScan back = scan_ledger(text.substr(front.used), job);
  if (front.entries.size() + back.entries.size() != scan.entries.size()) std::abort();
  // The same bytes as the body of a line whose checksum fits, so that the fuzzer gets past that gate.
  const std::string body(text.substr(0, text.find('\n')));
  const std::string line =
      io::digest_text(hash_bytes(body, hash_bytes(io::digest_text(job)))) + " " + body;
  if (const auto entry = parse_ledger_line(line, job))
    if (ledger_line(*entry, job) != line + "\n") std::abort();
  return 0;
}
