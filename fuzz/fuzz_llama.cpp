// Feeds bytes to the readers of llama2.c's checkpoints and tokenizers: they must accept or throw ulam::Error.
// What is accepted as a checkpoint survives a round trip, and an accepted tokenizer encodes in its own
// tokens.
#include <algorithm>
#include <cstdlib>

#include "ulam/base/error.h"
#include "ulam/io/llama.h"
#include "ulam/io/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ulam::io;
  const ByteView bytes = std::as_bytes(std::span(data, size));
  try {
    const LlamaFile file = parse_llama(bytes, "fuzz");
    if (!is_llama(bytes)) std::abort();
    const std::string again = serialise_llama(file);
    if (again.size() != size || !(parse_llama(as_byte_view(again), "again").sizes == file.sizes))
      std::abort();
  } catch (const ulam::Error& error) {
    if (error.kind() != ulam::ErrorKind::file || is_llama(bytes)) std::abort();
  }
  try {
    const Tokenizer tokenizer = parse_tokenizer(bytes, "fuzz");
    for (std::int64_t t = -1; t <= tokenizer.size(); ++t) tokenizer.text(Tokenizer::begin, t);
    for (const std::int64_t token : tokenizer.encode(as_text(bytes.first(std::min<std::size_t>(size, 64)))))
      if (token < 0 || token >= tokenizer.size()) std::abort();
  } catch (const ulam::Error& error) {
    if (error.kind() != ulam::ErrorKind::file && error.kind() != ulam::ErrorKind::unsupported) std::abort();
  }
  return 0;
}
