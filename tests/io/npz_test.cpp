#include "ulam/io/npz.h"

#include "tests/io/support.h"

#include "ulam/io/npy.h"
#include "ulam/io/zip.h"

namespace ulam::io::npz_test {
namespace {
using test::expect_error;
using test::TempFolder;

ArrayFile sample() {
  ArrayFile file;
  file.arrays.emplace_back("x", make_array<float>({2, 2}, {1, 2, 3, 4}));
  file.arrays.emplace_back("label", make_array<std::int64_t>({2}, {7, 9}));
  file.metadata = {{"seed", "3"}, {"note", "\xc3\xa9"}};
  return file;
}

std::string archive_of(const std::string& name, const std::string& content) {
  ZipWriter zip;
  const std::string head = zip.begin(name, content.size(), crc32_of(as_byte_view(content)));
  return head + content + zip.finish();
}

TEST(Npz, RoundTripWithMetadata) {
  const TempFolder folder;
  const ArrayFile file = sample();
  write_npz(folder / "a.npz", file);
  const ArrayFile back = read_npz(folder / "a.npz");
  EXPECT_EQ(back.metadata, file.metadata);
  ASSERT_EQ(back.arrays.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(back.arrays[i].first, file.arrays[i].first);
    EXPECT_EQ(back.arrays[i].second.shape, file.arrays[i].second.shape);
    EXPECT_EQ(back.arrays[i].second.bytes, file.arrays[i].second.bytes);
  }
  EXPECT_EQ(read_file(folder / "a.npz"), serialise_npz(file));
}

TEST(Npz, MemoryIsCappedByTheSumOfTheMembers) {
  const Bytes bytes = serialise_npz(sample());
  expect_error(ErrorKind::file, {"x: ", "allowed"}, [&] { parse_npz(bytes, "x", 200); });
}

TEST(Npz, MembersOfOtherKindsAndBrokenArraysAreNamed) {
  const struct {
    std::string name, content;
    std::vector<std::string> says;
  } bad[] = {
      {"readme.txt", "hi", {"member 'readme.txt'", "neither"}},
      {"a.npy", "hi", {"member 'a.npy'", "magic"}},
      {"metadata.json", "[]", {"member 'metadata.json'", "object of strings"}},
      {"metadata.json", "{\"a\":1}", {"'a' is not a string"}},
      {"metadata.json", "{\"a\":\"1\",\"a\":\"2\"}", {"'a' appears twice"}},
      {"metadata.json", "{", {"ends too early"}},
  };
  for (const auto& row : bad) {
    SCOPED_TRACE(row.content);
    expect_error(ErrorKind::file, row.says,
                 [&] { parse_npz(as_byte_view(archive_of(row.name, row.content)), "x"); });
  }
}

TEST(Npz, EveryTruncationAndEveryFlippedBitOfTheContentIsRefused) {
  const Bytes whole = serialise_npz(sample());
  for (std::size_t length = 0; length < whole.size(); ++length)
    expect_error(ErrorKind::file, {"x: "}, [&] { parse_npz(ByteView(whole).first(length), "x"); });
  const auto members = list_zip(whole, "x");
  for (const ZipMember& m : members)
    for (std::size_t i = m.data; i < m.data + m.size; ++i) {
      Bytes damaged = whole;
      damaged[i] ^= std::byte{4};
      expect_error(ErrorKind::file, {"checksum"}, [&] { parse_npz(damaged, "x"); });
    }
}

TEST(Npz, WritingRefusesNamesTakenTwiceAndLeavesNothing) {
  const TempFolder folder;
  const Array one = make_array<float>({1}, {1.f});
  expect_error(ErrorKind::option, {"'a'", "twice"}, [&] {
    write_npz(folder / "f", {{{"a", one}, {"a", one}}, {}});
  });
  expect_error(ErrorKind::option, {"UTF-8"}, [&] { write_npz(folder / "f", {{}, {{"a", "\xff"}}}); });
  expect_error(ErrorKind::unsupported, {"bf16"}, [&] {
    write_npz(folder / "f", {{{"a", {Dtype::bf16, {0}, {}}}}, {}});
  });
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace ulam::io::npz_test
