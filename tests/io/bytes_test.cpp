#include "ulam/io/bytes.h"

#include "tests/io/support.h"
#include <sys/stat.h>
#include <zlib.h>

namespace ulam::io::bytes_test {
namespace {
using test::expect_error;
using test::TempFolder;

Bytes gzip(std::string_view text) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&z, text.size()));
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

TEST(ReadFile, GivesTheBytesAndTheEmptyFile) {
  const TempFolder folder;
  const std::string all("a\0\xff\n", 4);
  write_file_atomic(folder / "a", all);
  write_file_atomic(folder / "empty", "");
  EXPECT_EQ(test::text_of(read_file(folder / "a")), all);
  EXPECT_TRUE(read_file(folder / "empty").empty());
}

TEST(ReadFile, EveryFailureIsOneSentence) {
  const TempFolder folder;
  write_file_atomic(folder / "a", "12345");
  expect_error(ErrorKind::system, {folder / "no", "no such file"}, [&] { read_file(folder / "no"); });
  expect_error(ErrorKind::system, {folder / "a/b", "Not a directory"}, [&] { read_file(folder / "a/b"); });
  expect_error(ErrorKind::system, {folder.path(), "folder"}, [&] { read_file(folder.path()); });
  expect_error(ErrorKind::system, {"/dev/zero", "no regular file"}, [] { read_file("/dev/zero"); });
  expect_error(ErrorKind::file, {folder / "a", "5 bytes", "4 allowed"}, [&] { read_file(folder / "a", 4); });
  expect_error(ErrorKind::system, {"empty"}, [] { read_file(""); });
  EXPECT_EQ(read_file(folder / "a", 5).size(), 5u);
}

TEST(ReadFile, APipeWithoutAWriterIsRefusedAndNotWaitedFor) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  expect_error(ErrorKind::system, {"no regular file"}, [&] { read_file(folder / "pipe"); });
}

TEST(InputFile, ReadingPastTheEndSaysHowMuchIsMissing) {
  const TempFolder folder;
  write_file_atomic(folder / "a", "12345");
  InputFile file(folder / "a");
  Bytes part(3);
  file.read(part);
  EXPECT_EQ(file.left(), 2u);
  expect_error(ErrorKind::file, {folder / "a", "1 bytes too early"}, [&] { file.read(part); });
}

TEST(InputFile, ReadingAtAPlaceLeavesThePositionAndSeesTheEnd) {
  const TempFolder folder;
  write_file_atomic(folder / "a", "12345");
  InputFile file(folder / "a");
  Bytes part(2);
  file.read_at(3, part);
  EXPECT_EQ(test::text_of(part), "45");
  file.read(part);
  EXPECT_EQ(test::text_of(part), "12");
  expect_error(ErrorKind::file, {folder / "a", "1 bytes too early"}, [&] { file.read_at(4, part); });
  expect_error(ErrorKind::file, {"2 bytes too early"}, [&] { file.read_at(1000, part); });
  EXPECT_NO_THROW(file.read_at(1000, std::span<std::byte>()));
}

TEST(Gunzip, RoundTripOfSeveralMembers) {
  const std::string text(200'000, 'q');
  Bytes two = gzip(text);
  const Bytes second = gzip("end");
  two.insert(two.end(), second.begin(), second.end());
  EXPECT_EQ(test::text_of(gunzip(two, "x")), text + "end");
  EXPECT_TRUE(gunzip(gzip(""), "x").empty());
}

TEST(Gunzip, ABombStopsAtTheCap) {
  const Bytes bomb = gzip(std::string(10'000'000, '\0'));
  ASSERT_LT(bomb.size(), 20'000u);
  expect_error(ErrorKind::file, {"x: ", "more than the 1000 bytes"}, [&] { gunzip(bomb, "x", 1000); });
  EXPECT_EQ(gunzip(bomb, "x", 10'000'000).size(), 10'000'000u);
}

TEST(Gunzip, EveryTruncationIsRefused) {
  const Bytes whole = gzip("some text that is long enough to have a body");
  for (std::size_t length = 0; length < whole.size(); ++length)
    expect_error(ErrorKind::file, {"x: "}, [&] { gunzip(ByteView(whole).first(length), "x"); });
}

TEST(Gunzip, EveryDamagedBodyByteIsRefused) {
  const Bytes whole = gzip("some text that is long enough to have a body");
  for (std::size_t i = 10; i < whole.size();
       ++i) {  // the first ten bytes hold a time stamp and other idle fields
    Bytes damaged = whole;
    damaged[i] ^= std::byte{0x10};
    expect_error(ErrorKind::file, {"x: "}, [&] { gunzip(damaged, "x"); });
  }
}

TEST(Gunzip, GarbageAfterTheLastMemberIsRefused) {
  Bytes whole = gzip("text");
  whole.push_back(std::byte{7});
  expect_error(ErrorKind::file, {"x: "}, [&] { gunzip(whole, "x"); });
}

TEST(ReadMaybeGzip, GoesByTheMagicAndNotTheName) {
  const TempFolder folder;
  write_file_atomic(folder / "a.gz", "plain");
  write_file_atomic(folder / "b", ByteView(gzip("packed")));
  EXPECT_EQ(test::text_of(read_maybe_gzip(folder / "a.gz")), "plain");
  EXPECT_EQ(test::text_of(read_maybe_gzip(folder / "b")), "packed");
}

}  // namespace
}  // namespace ulam::io::bytes_test
