#include "ulam/io/zip.h"

#include "tests/io/support.h"
#include <zlib.h>

namespace ulam::io::zip_test {
namespace {
using test::expect_error;

struct Part {
  std::string name, content;
};
std::string archive_of(const std::vector<Part>& parts) {
  ZipWriter zip;
  std::string out;
  for (const Part& p : parts)
    out += zip.begin(p.name, p.content.size(), crc32_of(as_byte_view(p.content))) + p.content;
  return out + zip.finish();
}
std::vector<ZipMember> list(const std::string& bytes) { return list_zip(as_byte_view(bytes), "x"); }

void put(std::string& bytes, std::size_t at, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> 8 * i);
}

/// One member "m", deflated, whose directory claims `claimed` bytes.
std::string deflated(const std::string& content, std::uint64_t claimed) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string body(deflateBound(&z, content.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(body.data());
  z.avail_out = static_cast<uInt>(body.size());
  deflate(&z, Z_FINISH);
  body.resize(z.total_out);
  deflateEnd(&z);
  std::string out = archive_of({{"m", body}});
  const std::size_t directory = 31 + body.size();
  put(out, 8, 8, 2);
  put(out, directory + 10, 8, 2);
  put(out, directory + 16, crc32_of(as_byte_view(content)), 4);
  put(out, directory + 24, claimed, 4);
  return out;
}

TEST(Zip, CrcIsThatOfTheStandardCheckString) {
  EXPECT_EQ(crc32_of(as_byte_view("123456789")), 0xcbf43926u);
  EXPECT_EQ(crc32_of(as_byte_view("6789"), crc32_of(as_byte_view("12345"))), 0xcbf43926u);
}

TEST(Zip, StoredAndDeflatedMembersComeBack) {
  const std::string two = archive_of({{"a", "content"}, {"b", ""}});
  const auto members = list(two);
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(test::text_of(read_zip_member(as_byte_view(two), members[0], "x")), "content");
  EXPECT_TRUE(read_zip_member(as_byte_view(two), members[1], "x").empty());
  const std::string text(5000, 'z'), packed = deflated(text, text.size());
  EXPECT_EQ(test::text_of(read_zip_member(as_byte_view(packed), list(packed)[0], "x")), text);
  EXPECT_TRUE(list(archive_of({})).empty());
}

TEST(Zip, ACommentAfterTheEndRecordIsAllowed) {
  std::string bytes = archive_of({{"a", "content"}});
  put(bytes, bytes.size() - 2, 5, 2);
  EXPECT_EQ(list(bytes + "hello").size(), 1u);
}

// Offsets for one member "m" of 4 bytes: local header 0..30, data 31..34, directory 35..81, end
// record 82..103.
TEST(Zip, EveryBrokenRuleIsNamed) {
  const std::string good = archive_of({{"m", "data"}});
  ASSERT_EQ(good.size(), 104u);
  const auto with = [&](std::size_t at, std::uint64_t value, int width) {
    std::string bytes = good;
    put(bytes, at, value, width);
    return bytes;
  };
  std::string twice = archive_of({{"m", "data"}, {"n", "data"}});
  put(twice, 30 + 1 + 4 + 30, 'm', 1);
  put(twice, twice.size() - 23, 'm', 1);
  const struct {
    std::string bytes, says;
  } bad[] = {
      {"", "too few"},
      {std::string(200, 'x'), "no zip end record"},
      {good.substr(0, 103), "no zip end record"},
      {good + "x", "no zip end record"},
      {with(86, 1, 2), "several disks"},
      {with(90, 2, 2), "several disks"},
      {with(98, 0xffffffff, 4), "zip64"},
      {with(98, 36, 4), "does not end at its end record"},
      {with(98, 0xfffffff0, 4), "does not end at its end record"},
      {with(94, 46, 4), "does not end at its end record"},
      {with(35, 0, 4), "directory is broken at member 0"},
      {with(35 + 28, 500, 2), "directory is truncated"},
      {with(35 + 30, 1, 2), "directory is truncated"},
      {with(35 + 8, 1, 2), "encrypted"},
      {with(35 + 10, 12, 2), "compression method 12"},
      {with(35 + 20, 0xffffffff, 4), "zip64"},
      {with(35 + 20, 5, 4), "stored in 5 bytes but claims 4"},
      {with(35 + 24, 0x7fffffff, 4), "claims 2147483647"},
      {with(35 + 42, 35, 4), "no local header"},
      {with(35 + 42, 0xfffffffe, 4), "no local header"},
      {with(0, 0, 4), "no local header"},
      {with(26, 2, 2), "passes the end"},
      {with(28, 0xffff, 2), "passes the end"},
      {with(8, 8, 2), "contradicts the directory"},
      {with(30, 'x', 1), "contradicts the directory"},
      {twice, "appears twice"},
      {deflated("abc", 0x0fffffff), "more than its"},
  };
  for (const auto& row : bad) {
    SCOPED_TRACE(row.says);
    expect_error(ErrorKind::file, {"x: ", row.says}, [&] { list(row.bytes); });
  }
}

TEST(Zip, DirectoryWithFewerMembersThanListedIsRefused) {
  std::string bytes = archive_of({{"m", "data"}});
  put(bytes, 90, 0, 2);
  put(bytes, 92, 0, 2);
  expect_error(ErrorKind::file, {"belong to no member"}, [&] { list(bytes); });
}

// The trick of overlapping members makes a small archive inflate without limit.
TEST(Zip, OverlappingMembersAreRefused) {
  ZipWriter quoted;
  const std::string head = quoted.begin("n", 4, crc32_of(as_byte_view("data")));
  ZipWriter zip;
  std::string out = zip.begin("m", head.size() + 4, crc32_of(as_byte_view(head + "data"))) + head + "data";
  (void)zip.begin("n", 4, crc32_of(as_byte_view("data")));
  std::string tail = zip.finish();
  put(tail, 47 + 42, 31, 4);                  // member n is read inside the data of member m
  put(tail, tail.size() - 6, out.size(), 4);  // the directory begins here
  expect_error(ErrorKind::file, {"overlap"}, [&] { list(out + tail); });
}

TEST(Zip, ContentIsCheckedAgainstItsClaims) {
  const auto read = [](const std::string& bytes) {
    return read_zip_member(as_byte_view(bytes), list(bytes)[0], "x");
  };
  std::string damaged = archive_of({{"m", "data"}});
  damaged[31] ^= 1;
  expect_error(ErrorKind::file, {"'m'", "checksum"}, [&] { read(damaged); });
  expect_error(ErrorKind::file, {"'m'", "exactly 99"}, [&] { read(deflated(std::string(100, 'a'), 99)); });
  expect_error(ErrorKind::file, {"'m'", "exactly 101"}, [&] { read(deflated(std::string(100, 'a'), 101)); });
}

TEST(Zip, ABombIsRefusedByItsClaimAndByTheCap) {
  const std::string bomb = deflated(std::string(1'000'000, '\0'), 1'000'000);
  ASSERT_LT(bomb.size(), 1200u);
  expect_error(ErrorKind::file, {"1000000 bytes", "999999 allowed"},
               [&] { list_zip(as_byte_view(bomb), "x", 999'999); });
  EXPECT_EQ(list_zip(as_byte_view(bomb), "x", 1'000'000).size(), 1u);
}

TEST(Zip, ArchivesBeyondFourGiBAreRefusedBeforeTheyAreWritten) {
  ZipWriter zip;
  expect_error(ErrorKind::unsupported, {"4 GiB"}, [&] { zip.begin("a", 0xffffffff, 0); });
  (void)zip.begin("a", 0xf0000000, 0);
  expect_error(ErrorKind::unsupported, {"4 GiB"}, [&] { zip.begin("b", 0x10000000, 0); });
}

}  // namespace
}  // namespace ulam::io::zip_test
