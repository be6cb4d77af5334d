#include "ulam/io/tokenizer.h"

#include "tests/io/support.h"
#include <cstring>
#include <limits>

namespace ulam::io::tokenizer_test {
namespace {
using test::expect_error;

void put(std::string& out, auto value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); }

std::string file_of(std::int32_t longest, const std::vector<std::pair<std::string, float>>& pieces) {
  std::string out;
  put(out, longest);
  for (const auto& [piece, score] : pieces) {
    put(out, score);
    put(out, static_cast<std::int32_t>(piece.size()));
    out += piece;
  }
  return out;
}

std::vector<std::pair<std::string, float>> with_bytes(
    const std::vector<std::pair<std::string, float>>& more) {
  std::vector<std::pair<std::string, float>> out = {{"<unk>", 0}, {"<s>", 0}, {"</s>", 0}};
  for (int b = 0; b < 256; ++b) out.emplace_back(fmt::format("<0x{:02X}>", b), 0.f);
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Tokenizer small() {  // 259 is " "
  return parse_tokenizer(
      as_byte_view(file_of(
          6, with_bytes({{" ", -9}, {"a", -9}, {"b", -9}, {"ab", -1}, {" a", -2}, {"bab", -3}, {"é", -9}}))),
      "x");
}

// The best pair of the whole text is joined first, not the first pair.
TEST(Tokenizer, JoinsTheNeighboursOfTheHighestScoreFirst) {
  const Tokenizer t = small();
  EXPECT_EQ(t.encode(""), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(t.encode("a"), (std::vector<std::int64_t>{1, 263}));
  EXPECT_EQ(t.encode("ab"), (std::vector<std::int64_t>{1, 259, 262}));
  EXPECT_EQ(t.encode("bab"), (std::vector<std::int64_t>{1, 259, 264}));
  EXPECT_EQ(t.encode("aab"), (std::vector<std::int64_t>{1, 263, 262}));
}

TEST(Tokenizer, AnyTextComesBackByteForByte) {
  const Tokenizer t = small();
  std::string all;
  for (int b = 0; b < 256; ++b) all += static_cast<char>(b);
  for (const std::string& text : {std::string("ab é bab"), std::string(" a"), std::string("\xc3"),
                                  std::string("\x80\x80"), std::string("π≈3"), all})
    EXPECT_EQ(t.decode(t.encode(text)), text);
}

TEST(Tokenizer, TheSpaceAfterTheBeginningGoesAndMarksAddNothing) {
  const Tokenizer t = small();
  EXPECT_EQ(t.text(Tokenizer::begin, 263), "a");
  EXPECT_EQ(t.text(260, 263), " a");
  EXPECT_EQ(t.text(260, 3 + 10), "\n");
  for (const std::int64_t none : {std::int64_t{-1}, std::int64_t{1}, std::int64_t{2}, t.size()})
    EXPECT_EQ(t.text(260, none), "");
}

TEST(Tokenizer, AVocabularyWithoutBytesRefusesWhatItCannotSay) {
  const Tokenizer t = parse_tokenizer(
      as_byte_view(file_of(5, {{"<unk>", 0}, {"<s>", 0}, {"</s>", 0}, {" ", 0}, {"a", 0}})), "x");
  EXPECT_EQ(t.encode("a").size(), 3u);
  expect_error(ErrorKind::unsupported, {"62"}, [&] { t.encode("b"); });
}

TEST(Tokenizer, EveryBrokenRuleIsNamed) {
  std::string long_piece, negative, half;
  put(long_piece, std::int32_t{2});
  put(long_piece, 0.f);
  put(long_piece, std::int32_t{3});
  long_piece += "abc";
  put(negative, std::int32_t{2});
  put(negative, 0.f);
  put(negative, std::int32_t{-1});
  put(half, std::int32_t{4});
  put(half, 0.f);
  put(half, std::int32_t{4});
  half += "abc";
  const struct {
    std::string bytes;
    std::vector<std::string> says;
  } bad[] = {{"", {"truncated", "longest piece"}},
             {file_of(0, {}), {"0 bytes"}},
             {file_of(1 << 20, {}), {"1048576 bytes"}},
             {file_of(5, {{"a", 0}, {"b", 0}}), {"2 pieces"}},
             {file_of(5, {{"a", 0}}) + "abc", {"truncated", "a score"}},
             {file_of(5, {{"a", 0}}) + "abcdef", {"truncated", "a length"}},
             {file_of(5, {{"a", std::numeric_limits<float>::quiet_NaN()}}), {"piece 0", "finite"}},
             {long_piece, {"piece 0 has 3 bytes", "longest has 2"}},
             {negative, {"piece 0 has -1 bytes"}},
             {half, {"piece 0 has 4 bytes", "3 are left"}}};
  for (const auto& row : bad) {
    SCOPED_TRACE(row.says[0]);
    expect_error(ErrorKind::file, row.says, [&] { parse_tokenizer(as_byte_view(row.bytes), "x"); });
  }
}

}  // namespace
}  // namespace ulam::io::tokenizer_test
