#include "ulam/io/safetensors.h"

#include "tests/io/support.h"
#include <bit>
#include <unistd.h>

namespace ulam::io::safetensors_test {
namespace {
using test::expect_error;
using test::TempFolder;

std::string with_length(std::uint64_t length, const std::string& rest) {
  return std::string(reinterpret_cast<const char*>(&length), 8) + rest;
}
/// A whole file of this header and `data` bytes of zeros.
std::string file_of(const std::string& header, std::size_t data) {
  return with_length(header.size(), header + std::string(data, '\0'));
}
std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}";
}

ArrayFile sample() {
  ArrayFile file;
  file.arrays.emplace_back("weight", make_array<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  file.arrays.emplace_back("flag", Array{Dtype::boolean, {3}, {std::byte{1}, std::byte{0}, std::byte{1}}});
  file.arrays.emplace_back("scalar", make_array<double>({}, {0.1}));
  file.arrays.emplace_back("none", Array{Dtype::bf16, {0, 7}, {}});
  file.metadata = {{"seed", "7"}, {"note", "a \"quoted\" line\nand \xc3\xa9"}};
  return file;
}

void expect_equal(const ArrayFile& a, const ArrayFile& b) {
  EXPECT_EQ(a.metadata, b.metadata);
  ASSERT_EQ(a.arrays.size(), b.arrays.size());
  for (std::size_t i = 0; i < a.arrays.size(); ++i) {
    EXPECT_EQ(a.arrays[i].first, b.arrays[i].first);
    EXPECT_EQ(a.arrays[i].second.dtype, b.arrays[i].second.dtype);
    EXPECT_EQ(a.arrays[i].second.shape, b.arrays[i].second.shape);
    EXPECT_EQ(a.arrays[i].second.bytes, b.arrays[i].second.bytes);
  }
}

TEST(Safetensors, RoundTripThroughMemoryAndDisk) {
  const TempFolder folder;
  const ArrayFile file = sample();
  expect_equal(parse_safetensors(serialise_safetensors(file), "x"), file);
  write_safetensors(folder / "a", file);
  expect_equal(read_safetensors(folder / "a"), file);
  EXPECT_EQ(read_file(folder / "a"), serialise_safetensors(file));
  EXPECT_EQ(read_safetensors_metadata(folder / "a"), file.metadata);
}

TEST(Safetensors, DataBeginsAtAMultipleOfEight) {
  const Bytes bytes = serialise_safetensors(sample());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(as_text(bytes).substr(8, 16), "{\"__metadata__\":");
}

TEST(Safetensors, AnEmptyFileOfNoTensorsIsValid) {
  EXPECT_TRUE(parse_safetensors(as_byte_view(file_of("{}", 0)), "x").arrays.empty());
  expect_equal(parse_safetensors(serialise_safetensors({}), "x"), {});
}

struct Bad {
  const char* rule;
  std::string bytes;
  std::vector<std::string> says;
};

std::vector<Bad> bad_files() {
  const std::string a = tensor("a", "F32", "[2]", "[0,8]");
  const std::string big = "9223372036854775807";
  return {
      {"no length field", "1234567", {"7 bytes", "8 bytes of header length"}},
      {"empty file", "", {"0 bytes"}},
      {"header beyond 100 MB", with_length(100'000'001, "{}"), {"100000001", "passes the 100000000"}},
      {"header length of all ones", with_length(~0ull, "{}"), {"passes the 100000000"}},
      {"header beyond the file", with_length(3, "{}"), {"header of 3 bytes", "end of the file"}},
      {"truncated header", file_of("{" + a + "}", 8).substr(0, 30), {"passes the end of the file"}},
      {"empty header", file_of("", 0), {"does not begin with '{'"}},
      {"header begins with a space", file_of(" {}", 0), {"does not begin with '{'"}},
      {"byte order mark", file_of("\xef\xbb\xbf{}", 0), {"does not begin with '{'"}},
      {"header is a list", file_of("[]", 0), {"does not begin with '{'"}},
      {"unfinished JSON", file_of("{" + a, 8), {"not valid UTF-8 JSON"}},
      {"bytes after the object", file_of("{" + a + "}x", 8), {"not valid UTF-8 JSON"}},
      {"second object", file_of("{" + a + "}{}", 8), {"not valid UTF-8 JSON"}},
      {"NUL bytes for padding", file_of("{" + a + "}" + std::string(4, '\0'), 8), {"NUL byte"}},
      {"NUL byte that hides text", file_of("{}" + std::string(1, '\0') + "garbage", 0), {"NUL byte"}},
      {"comment", file_of("{/* */}", 0), {"not valid UTF-8 JSON"}},
      {"trailing comma", file_of("{" + a + ",}", 8), {"not valid UTF-8 JSON"}},
      {"not UTF-8", file_of("{" + tensor("\xff", "F32", "[2]", "[0,8]") + "}", 8), {"not valid UTF-8 JSON"}},
      {"overlong UTF-8",
       file_of("{" + tensor("\xc0\xaf", "F32", "[2]", "[0,8]") + "}", 8),
       {"not valid UTF-8 JSON"}},
      {"lone surrogate",
       file_of("{" + tensor("\\ud800", "F32", "[2]", "[0,8]") + "}", 8),
       {"not valid UTF-8 JSON"}},
      {"tensor twice", file_of("{" + a + "," + a + "}", 8), {"'a' appears twice"}},
      {"metadata twice",
       file_of(R"({"__metadata__":{},"__metadata__":{}})", 0),
       {"'__metadata__' appears twice"}},
      {"metadata key twice", file_of(R"({"__metadata__":{"k":"1","k":"2"}})", 0), {"'k' twice"}},
      {"metadata is no object", file_of(R"({"__metadata__":"x"})", 0), {"__metadata__ is a string"}},
      {"metadata is a list", file_of(R"({"__metadata__":[]})", 0), {"__metadata__ is a list"}},
      {"metadata value is a number",
       file_of(R"({"__metadata__":{"k":1}})", 0),
       {"'k' is a number", "string"}},
      {"metadata value is null", file_of(R"({"__metadata__":{"k":null}})", 0), {"'k' is null"}},
      {"metadata value is an object", file_of(R"({"__metadata__":{"k":{}}})", 0), {"'k' is an object"}},
      {"tensor is a number", file_of(R"({"a":1})", 0), {"tensor 'a' is a number"}},
      {"tensor is null", file_of(R"({"a":null})", 0), {"tensor 'a' is null"}},
      {"tensor is a list", file_of(R"({"a":[]})", 0), {"tensor 'a' is a list"}},
      {"no dtype", file_of(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", 8), {"tensor 'a' has no dtype"}},
      {"no shape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", 8), {"tensor 'a' has no shape"}},
      {"no offsets", file_of(R"({"a":{"dtype":"F32","shape":[2]}})", 8), {"tensor 'a' has no data_offsets"}},
      {"unknown key",
       file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})", 8),
       {"unknown key 'x'"}},
      {"key twice",
       file_of(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8),
       {"'a' has the key dtype twice"}},
      {"unknown dtype",
       file_of("{" + tensor("a", "F31", "[2]", "[0,8]") + "}", 8),
       {"dtype 'F31'", "valid: BOOL"}},
      {"dtype in small letters", file_of("{" + tensor("a", "f32", "[2]", "[0,8]") + "}", 8), {"dtype 'f32'"}},
      {"dtype is a number",
       file_of(R"({"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}})", 8),
       {"dtype is a number"}},
      {"shape is a number",
       file_of(R"({"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", 8),
       {"shape is a number"}},
      {"shape is an object",
       file_of(R"({"a":{"dtype":"F32","shape":{},"data_offsets":[0,8]}})", 8),
       {"shape is an object"}},
      {"negative extent", file_of("{" + tensor("a", "F32", "[-2]", "[0,8]") + "}", 8), {"shape holds -2"}},
      {"fraction as extent",
       file_of("{" + tensor("a", "F32", "[2.0]", "[0,8]") + "}", 8),
       {"shape holds '2.0'"}},
      {"extent beyond 64 bits",
       file_of("{" + tensor("a", "F32", "[99999999999999999999]", "[0,8]") + "}", 8),
       {"shape holds '99999999999999999999'"}},
      {"extent beyond 63 bits",
       file_of("{" + tensor("a", "F32", "[9223372036854775808]", "[0,8]") + "}", 8),
       {"passes 2^63 - 1"}},
      {"extent is a string",
       file_of("{" + tensor("a", "F32", "[\"2\"]", "[0,8]") + "}", 8),
       {"shape holds a string"}},
      {"nested shape", file_of("{" + tensor("a", "F32", "[[2]]", "[0,8]") + "}", 8), {"holds a list"}},
      {"size overflows",
       file_of("{" + tensor("a", "F32", "[" + big + "," + big + "]", "[0,8]") + "}", 8),
       {"overflows"}},
      {"size wraps around to the right one",
       file_of("{" + tensor("a", "U8", "[4294967296,4294967296]", "[0,0]") + "}", 0),
       {"overflows"}},
      {"one offset",
       file_of("{" + tensor("a", "F32", "[2]", "[8]") + "}", 8),
       {"data_offsets holds 1 numbers"}},
      {"three offsets",
       file_of("{" + tensor("a", "F32", "[2]", "[0,8,8]") + "}", 8),
       {"data_offsets holds 3 numbers"}},
      {"negative offset",
       file_of("{" + tensor("a", "F32", "[2]", "[-8,0]") + "}", 8),
       {"data_offsets holds -8"}},
      {"offsets reversed", file_of("{" + tensor("a", "F32", "[2]", "[8,0]") + "}", 8), {"not in order"}},
      {"offsets beyond the data", file_of("{" + a + "}", 7), {"pass the end of the data", "7 bytes"}},
      {"huge offsets",
       file_of("{" + tensor("a", "U8", "[" + big + "]", "[0," + big + "]") + "}", 8),
       {"pass the end"}},
      {"gap before the first",
       file_of("{" + tensor("a", "F32", "[2]", "[4,12]") + "}", 12),
       {"'a'", "gap after byte 0"}},
      {"gap between",
       file_of("{" + a + "," + tensor("b", "U8", "[1]", "[9,10]") + "}", 10),
       {"'b'", "gap after byte 8"}},
      {"overlap", file_of("{" + a + "," + tensor("b", "F32", "[2]", "[4,12]") + "}", 12), {"'b'", "overlap"}},
      {"same bytes twice", file_of("{" + a + "," + tensor("b", "F32", "[2]", "[0,8]") + "}", 8), {"overlap"}},
      {"span too long for the shape",
       file_of("{" + tensor("a", "F32", "[1]", "[0,8]") + "}", 8),
       {"needs 4", "span 8"}},
      {"span too short for the shape",
       file_of("{" + tensor("a", "F32", "[3]", "[0,8]") + "}", 8),
       {"needs 12", "span 8"}},
      {"data after the last tensor", file_of("{" + a + "}", 9), {"1 bytes", "no tensor"}},
      {"boolean byte beyond 1",
       with_length(58, "{" + tensor("a", "BOOL", "[1]", "[0,1]") + "}" + std::string(8, ' ')).substr(0, 66) +
           "\x02",
       {"tensor 'a'", "byte 2"}},
  };
}

TEST(Safetensors, EveryBrokenRuleIsNamedFromMemoryAndFromDisk) {
  const TempFolder folder;
  for (const Bad& bad : bad_files()) {
    SCOPED_TRACE(bad.rule);
    std::vector<std::string> says = bad.says;
    says.push_back("weights: ");
    expect_error(ErrorKind::file, says, [&] { parse_safetensors(as_byte_view(bad.bytes), "weights"); });
    const std::string path = folder / "weights";
    write_file_atomic(path, bad.bytes);
    says.back() = path + ": ";
    expect_error(ErrorKind::file, says, [&] { read_safetensors(path); });
  }
}

TEST(Safetensors, EveryTruncationOfAValidFileIsRefused) {
  const Bytes whole = serialise_safetensors(sample());
  for (std::size_t length = 0; length < whole.size(); ++length)
    expect_error(ErrorKind::file, {"x: "}, [&] { parse_safetensors(ByteView(whole).first(length), "x"); });
}

// A sparse file that claims 1 TB must be refused by its header, with neither memory nor time for the data.
TEST(Safetensors, AnOversizedFileIsRefusedBeforeItsDataIsTouched) {
  const TempFolder folder;
  const std::string path = folder / "sparse";
  write_file_atomic(path, file_of("{" + tensor("a", "F32", "[2]", "[0,8]") + "}", 8));
  if (::truncate(path.c_str(), std::int64_t{1} << 40) != 0) GTEST_SKIP() << "no sparse files here";
  expect_error(ErrorKind::file, {"no tensor"}, [&] { read_safetensors(path); });
}

TEST(SafetensorsFile, ReadsTensorsInAnyOrderAndInParts) {
  const TempFolder folder;
  const ArrayFile whole = sample();
  write_safetensors(folder / "a", whole);
  const SafetensorsFile file(folder / "a");
  EXPECT_EQ(file.header().metadata, whole.metadata);
  ASSERT_EQ(file.header().tensors.size(), whole.arrays.size());
  for (auto t = file.header().tensors.rbegin(); t != file.header().tensors.rend(); ++t) {
    SCOPED_TRACE(t->name);
    const auto is = [&](const auto& named) { return named.first == t->name; };
    const auto wanted = std::find_if(whole.arrays.begin(), whole.arrays.end(), is);
    ASSERT_NE(wanted, whole.arrays.end());
    Bytes all(t->end - t->begin);
    file.read(*t, all);
    EXPECT_EQ(all, wanted->second.bytes);
    if (all.size() < 3) continue;
    Bytes part(2);
    file.read(*t, part, 1);
    EXPECT_EQ(part, Bytes(all.begin() + 1, all.begin() + 3));
  }
}

// A read beyond a tensor would give the neighbour's bytes.
TEST(SafetensorsFile, NeverReadsBeyondATensor) {
  const TempFolder folder;
  write_safetensors(folder / "a", sample());
  const SafetensorsFile file(folder / "a");
  for (const TensorHeader& t : file.header().tensors) {
    Bytes more(t.end - t.begin + 1), one(1);
    expect_error(ErrorKind::shape, {folder / "a", t.name}, [&] { file.read(t, more); });
    expect_error(ErrorKind::shape, {t.name}, [&] { file.read(t, one, t.end - t.begin); });
    expect_error(ErrorKind::shape, {t.name}, [&] { file.read(t, one, ~std::uint64_t{0}); });
  }
}

TEST(SafetensorsFile, ABrokenHeaderIsRefusedWhenItIsOpened) {
  const TempFolder folder;
  for (const Bad& bad : bad_files()) {
    if (std::string_view(bad.rule).starts_with("boolean")) continue;  // a rule about data
    SCOPED_TRACE(bad.rule);
    write_file_atomic(folder / "a", bad.bytes);
    expect_error(ErrorKind::file, bad.says, [&] { SafetensorsFile file(folder / "a"); });
  }
}

TEST(Safetensors, MissingFilesAndFoldersAreSystemErrors) {
  const TempFolder folder;
  expect_error(ErrorKind::system, {"no such file"}, [&] { read_safetensors(folder / "no"); });
  expect_error(ErrorKind::system, {"is a folder"}, [&] { read_safetensors(folder.path()); });
}

TEST(Safetensors, WritingRefusesWhatCouldNotBeReadBack) {
  const TempFolder folder;
  const auto refused = [&](ErrorKind kind, const std::string& says, const ArrayFile& file) {
    expect_error(kind, {says}, [&] { write_safetensors(folder / "a", file); });
    EXPECT_TRUE(folder.names().empty());
  };
  const Array one = make_array<float>({1}, {1.f});
  refused(ErrorKind::option, "taken twice", {{{"a", one}, {"a", one}}, {}});
  refused(ErrorKind::option, "reserved", {{{"__metadata__", one}}, {}});
  refused(ErrorKind::option, "not UTF-8", {{{"\xff", one}}, {}});
  refused(ErrorKind::option, "not UTF-8", {{}, {{"k", "\xff"}}});
  refused(ErrorKind::shape, "needs 8 bytes", {{{"a", {Dtype::f32, {2}, one.bytes}}}, {}});
}

}  // namespace
}  // namespace ulam::io::safetensors_test
