#include "ulam/io/llama.h"

#include <array>
#include <bit>
#include <cstring>

#include "ulam/base/error.h"

namespace ulam::io {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t llama_header = 28;

struct LlamaTensor {
  const char* name;  // "" = unused numbers
  std::vector<std::int64_t> shape;
};

/// In the order of the file.
std::vector<LlamaTensor> llama_layout(const LlamaSizes& s) {
  const std::int64_t l = s.layers, d = s.width, kv = s.key_heads * s.head(), h = s.hidden;
  std::vector<LlamaTensor> out = {{"embedding", {s.vocabulary, d}},
                                  {"attention_norm", {l, d}},
                                  {"query", {l, d, d}},
                                  {"key", {l, kv, d}},
                                  {"value", {l, kv, d}},
                                  {"attention_out", {l, d, d}},
                                  {"feed_norm", {l, d}},
                                  {"gate", {l, h, d}},
                                  {"down", {l, d, h}},
                                  {"up", {l, h, d}},
                                  {"norm", {d}},
                                  {"", {s.context, s.head()}}};
  if (!s.shared_output) out.push_back({"output", {s.vocabulary, d}});
  return out;
}

/// Every size is below 2^24 and layers below 2^12, so that no product here comes near 2^63.
std::uint64_t llama_bytes(const LlamaSizes& s) {
  std::uint64_t numbers = 0;
  for (const LlamaTensor& t : llama_layout(s)) {
    std::uint64_t n = 1;
    for (const std::int64_t extent : t.shape) n *= static_cast<std::uint64_t>(extent);
    numbers += n;
  }
  return llama_header + 4 * numbers;
}

LlamaSizes llama_sizes(ByteView bytes, std::string_view place) {
  if (bytes.size() < llama_header)
    fail(ErrorKind::file, place, "has {} bytes, a llama2.c checkpoint begins with {}", bytes.size(),
         llama_header);
  std::array<std::int32_t, 7> words{};
  std::memcpy(words.data(), bytes.data(), llama_header);
  LlamaSizes s{words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[5] > 0};
  if (!s.shared_output) s.vocabulary = -s.vocabulary;
  const struct {
    const char* name;
    std::int64_t value, most;
  } limits[] = {{"a width", s.width, 1 << 20},
                {"a hidden width", s.hidden, 1 << 22},
                {"layers", s.layers, 1 << 12},
                {"heads", s.heads, 1 << 16},
                {"key/value heads", s.key_heads, 1 << 16},
                {"a vocabulary", s.vocabulary, 1 << 22},
                {"a context", s.context, 1 << 22}};
  for (const auto& [name, value, most] : limits)
    if (value < 1 || value > most)
      fail(ErrorKind::file, place, "is no llama2.c checkpoint of version 0: {} of {}, 1 to {} are read", name,
           value, most);
  if (s.width % s.heads != 0 || s.head() % 2 != 0)
    fail(ErrorKind::file, place, "has a width of {} for {} heads, which takes a whole and even number each",
         s.width, s.heads);
  if (s.heads % s.key_heads != 0)
    fail(ErrorKind::file, place, "has {} heads for {} key/value heads, which must divide them", s.heads,
         s.key_heads);
  return s;
}

}  // namespace

bool is_llama(ByteView bytes) {
  try {
    return llama_bytes(llama_sizes(bytes, "")) == bytes.size();
  } catch (const Error&) {
    return false;
  }
}

LlamaFile parse_llama(ByteView bytes, std::string_view place) {
  LlamaFile file{llama_sizes(bytes, place), {}};
  if (const std::uint64_t needed = llama_bytes(file.sizes); needed != bytes.size())
    fail(ErrorKind::file, place, "has {} bytes, the sizes in its header need {}", bytes.size(), needed);
  std::size_t at = llama_header;
  for (LlamaTensor& t : llama_layout(file.sizes)) {
    Array a{Dtype::f32, std::move(t.shape), {}};
    const auto size = static_cast<std::size_t>(a.count()) * 4;
    if (*t.name != '\0') {
      const ByteView part = bytes.subspan(at, size);
      a.bytes.assign(part.begin(), part.end());
      file.weights.arrays.emplace_back(t.name, std::move(a));
    }
    at += size;
  }
  return file;
}

LlamaFile read_llama(const std::string& path) { return parse_llama(read_file(path), path); }

std::string serialise_llama(const LlamaFile& file) {
  const LlamaSizes& s = file.sizes;
  const std::array<std::int32_t, 7> words = {
      static_cast<std::int32_t>(s.width),
      static_cast<std::int32_t>(s.hidden),
      static_cast<std::int32_t>(s.layers),
      static_cast<std::int32_t>(s.heads),
      static_cast<std::int32_t>(s.key_heads),
      static_cast<std::int32_t>(s.shared_output ? s.vocabulary : -s.vocabulary),
      static_cast<std::int32_t>(s.context)};
  std::string out(reinterpret_cast<const char*>(words.data()), llama_header);
  for (const LlamaTensor& t : llama_layout(s)) {
    if (*t.name == '\0') {
      out.append(static_cast<std::size_t>(s.context * s.head()) * 4, '\0');
      continue;
    }
    const Array* a = file.weights.find(t.name);
    if (a == nullptr || a->dtype != Dtype::f32 || a->shape != t.shape)
      fail(ErrorKind::shape, "llama2.c checkpoint", "tensor '{}' must be there with shape {}", t.name,
           shape_text(t.shape));
    out.append(as_text(a->bytes));
  }
  return out;
}

}  // namespace ulam::io
