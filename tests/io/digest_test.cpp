#include "ulam/io/digest.h"

#include "tests/io/support.h"
#include <set>

namespace ulam::io::digest_test {
namespace {
using test::TempFolder;

TEST(DigestOf, PiecesGiveTheHashOfTheWholeAndKnownAnswers) {
  // Known answers of 64-bit FNV-1a: Fowler, Noll, Vo, test vectors of draft-eastlake-fnv.
  EXPECT_EQ(Digest().value(), 0xcbf29ce484222325ull);
  Digest pieces;
  pieces.add(std::string_view("foo"));
  pieces.add(std::string_view(""));
  pieces.add(as_byte_view("bar"));
  EXPECT_EQ(pieces.value(), 0x85944171f73967e8ull);
  EXPECT_EQ(digest_text(0x1f), "000000000000001f");
}

TEST(DigestOf, FilesAreHashedWholeAcrossBlocks) {
  const TempFolder folder;
  const std::string text(3'000'001, 'x');
  write_file_atomic(folder / "a", text);
  EXPECT_EQ(digest_file(folder / "a"), hash_bytes(text));
}

TEST(DigestOf, NameDtypeShapeAndBytesAllCount) {
  const std::vector<float> values = {1, 2, 3, 4};
  const Array a = make_array<float>({4}, values);
  Array as_ints = a;
  as_ints.dtype = Dtype::i32;
  Array changed = a;
  changed.bytes[0] ^= std::byte{1};
  std::set<std::uint64_t> seen;
  for (const ArrayFile& file : std::vector<ArrayFile>{{},
                                                      {{{"a", a}}, {}},
                                                      {{{"b", a}}, {}},
                                                      {{{"a", make_array<float>({2, 2}, values)}}, {}},
                                                      {{{"a", as_ints}}, {}},
                                                      {{{"a", changed}}, {}},
                                                      {{{"a", a}, {"b", a}}, {}},
                                                      {{{"b", a}, {"a", a}}, {}}})
    EXPECT_TRUE(seen.insert(digest(file)).second);
  EXPECT_EQ(digest(ArrayFile{{{"a", a}}, {{"note", "x"}}}), digest(ArrayFile{{{"a", a}}, {}}));
  EXPECT_NE(digest(a), digest(changed));
}

}  // namespace
}  // namespace ulam::io::digest_test
