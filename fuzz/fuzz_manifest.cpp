// Feeds bytes to the reader of job manifests: it must accept or throw ulam::Error. What is accepted is the same after
// a round trip, its shards cover its samples, and it differs from itself in nothing. A second reading, with the checksum
// put right, lets the fuzzer past that gate.
#include <cstdlib>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/io/bytes.h"
#include "ulam/io/digest.h"
#include "ulam/run/job_manifest.h"

namespace {

void look(std::string_view text) {
  ulam::JobManifest m;
  try {
    m = ulam::parse_manifest(text, "fuzz");
  } catch (const ulam::Error&) {
    return;
  }
  const std::string again = ulam::manifest_text(m);
  if (ulam::manifest_text(ulam::parse_manifest(again, "again")) != again) std::abort();
  if (!ulam::manifest_differences(m, m).empty()) std::abort();
  const ulam::JobRange last = m.range(m.shards() - 1);
  if (m.range(0).first != m.first || last.count < 1) std::abort();
  if (last.first + static_cast<std::uint64_t>(last.count) != m.first + static_cast<std::uint64_t>(m.count)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = ulam::io::as_text(std::as_bytes(std::span(data, size)));
  look(text);
  nlohmann::json j = nlohmann::json::parse(text, nullptr, false);
  if (!j.is_object()) return 0;
  j.erase("checksum");
  try {
    j["checksum"] = ulam::io::digest_text(ulam::hash_bytes(j.dump()));
    look(j.dump());
  } catch (const nlohmann::json::exception&) {  // a string that is not UTF-8 cannot be written
  }
  return 0;
}
