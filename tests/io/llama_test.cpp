#include "ulam/io/llama.h"

#include "tests/io/support.h"
#include <cstring>

namespace ulam::io::llama_test {
namespace {
using test::expect_error;

std::string words(std::vector<std::int32_t> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * 4};
}

/// A checkpoint whose number i is i.
std::string counting(std::vector<std::int32_t> sizes, int numbers) {
  std::string out = words(std::move(sizes));
  for (int i = 0; i < numbers; ++i) {
    const auto value = static_cast<float>(i);
    out.append(reinterpret_cast<const char*>(&value), 4);
  }
  return out;
}

float first_of(const LlamaFile& file, const char* name) {
  float value = -1;
  const Array* a = file.weights.find(name);
  if (a != nullptr) std::memcpy(&value, a->bytes.data(), 4);
  return value;
}

// Width 4, hidden 3, 2 layers, 2 heads, 1 key/value head, vocabulary 5, context 4.
TEST(Llama, TensorsStandInTheOrderOfTheFile) {
  const std::string bytes = counting({4, 3, 2, 2, 1, 5, 4}, 216);
  ASSERT_TRUE(is_llama(as_byte_view(bytes)));
  const LlamaFile file = parse_llama(as_byte_view(bytes), "x");
  EXPECT_EQ(file.sizes, (LlamaSizes{4, 3, 2, 2, 1, 5, 4, true}));
  const std::pair<const char*, float> starts[] = {
      {"embedding", 0},      {"attention_norm", 20}, {"query", 28}, {"key", 60},   {"value", 76},
      {"attention_out", 92}, {"feed_norm", 124},     {"gate", 132}, {"down", 156}, {"up", 180},
      {"norm", 204}};
  for (const auto& [name, start] : starts) EXPECT_EQ(first_of(file, name), start) << name;
  EXPECT_EQ(file.weights.find("output"), nullptr);
  EXPECT_EQ(file.weights.find("key")->shape, (std::vector<std::int64_t>{2, 2, 4}));
  EXPECT_EQ(serialise_llama(file).size(), bytes.size());
}

TEST(Llama, ANegativeVocabularyHasAnOutputLayerOfItsOwnAfterTheUnusedTables) {
  const std::string bytes = counting({4, 3, 2, 2, 1, -5, 4}, 236);
  const LlamaFile file = parse_llama(as_byte_view(bytes), "x");
  EXPECT_EQ(file.sizes.vocabulary, 5);
  EXPECT_FALSE(file.sizes.shared_output);
  EXPECT_EQ(first_of(file, "output"), 216);
  const LlamaFile again = parse_llama(as_byte_view(serialise_llama(file)), "x");
  EXPECT_EQ(again.sizes, file.sizes);
  EXPECT_EQ(again.weights.find("output")->bytes, file.weights.find("output")->bytes);
}

TEST(Llama, EveryBrokenRuleIsNamed) {
  const struct {
    std::string bytes;
    std::vector<std::string> says;
  } bad[] = {
      {"", {"0 bytes", "28"}},
      {words({4, 3, 2, 2, 1, 5}), {"24 bytes"}},
      {words({0, 3, 2, 2, 1, 5, 4}), {"a width of 0"}},
      {words({4, -3, 2, 2, 1, 5, 4}), {"a hidden width of -3"}},
      {words({4, 3, 5000, 2, 1, 5, 4}), {"layers of 5000", "4096"}},
      {words({4, 3, 2, 3, 1, 5, 4}), {"a width of 4 for 3 heads"}},
      {words({3, 3, 2, 3, 1, 5, 4}), {"a width of 3 for 3 heads", "even"}},
      {words({8, 3, 2, 4, 3, 5, 4}), {"4 heads for 3 key/value heads"}},
      {words({8, 3, 2, 2, 4, 5, 4}), {"2 heads for 4 key/value heads"}},
      {words({4, 3, 2, 2, 1, 0, 4}), {"a vocabulary of 0"}},
      {words({4, 3, 2, 2, 1, -2147483647 - 1, 4}), {"a vocabulary of 2147483648"}},
      {words({4, 3, 2, 2, 1, 5, 0}), {"a context of 0"}},
      {words({1 << 20, 1 << 22, 1 << 12, 1, 1, 1 << 22, 1 << 22}), {"28 bytes", "need"}},
      {counting({4, 3, 2, 2, 1, 5, 4}, 215), {"888 bytes", "892"}},
      {counting({4, 3, 2, 2, 1, 5, 4}, 217), {"896 bytes", "892"}},
  };
  for (const auto& row : bad) {
    SCOPED_TRACE(row.says[0]);
    EXPECT_FALSE(is_llama(as_byte_view(row.bytes)));
    expect_error(ErrorKind::file, row.says, [&] { parse_llama(as_byte_view(row.bytes), "x"); });
  }
  LlamaFile file = parse_llama(as_byte_view(counting({4, 3, 2, 2, 1, 5, 4}, 216)), "x");
  file.weights.arrays.pop_back();
  expect_error(ErrorKind::shape, {"'norm'"}, [&] { serialise_llama(file); });
}

}  // namespace
}  // namespace ulam::io::llama_test
