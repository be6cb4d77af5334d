#include "ulam/io/grid.h"

#include "tests/io/support.h"

namespace ulam::io::grid_test {
namespace {
using test::expect_error;

int at(const Array& page, std::int64_t y, std::int64_t x, int c = 0) {
  return std::to_integer<int>(page.bytes[static_cast<std::size_t>((y * page.shape[1] + x) * 3 + c)]);
}

Array pictures(std::int64_t n, std::int64_t h, std::int64_t w, int channels = 1) {
  Array a{Dtype::u8, {n, h, w}, {}};
  if (channels == 3) a.shape.push_back(3);
  for (std::int64_t i = 0; i < a.count(); ++i) a.bytes.push_back(static_cast<std::byte>(i));
  return a;
}

TEST(Page, EveryPixelOfEveryPictureIsWhereTheLayoutSays) {
  const int columns = 3, scale = 2, gap = 5;
  for (const int channels : {1, 3}) {
    const Array in = pictures(7, 3, 4, channels);
    const Array page = make_page(in, {}, {.columns = columns, .scale = scale, .gap = gap});
    ASSERT_EQ(page.shape, (std::vector<std::int64_t>{3 * 6 + 6 * gap, 3 * 8 + 6 * gap, 3}));
    std::size_t inside = 0;
    for (int n = 0; n < 7; ++n)
      for (int y = 0; y < 3 * scale; ++y)
        for (int x = 0; x < 4 * scale; ++x, ++inside)
          for (int c = 0; c < 3; ++c) {
            const int pixel = (n * 3 + y / scale) * 4 + x / scale;
            const int wanted = channels == 3 ? pixel * 3 + c : pixel;
            ASSERT_EQ(
                at(page, 2 * gap + n / columns * (6 + gap) + y, 2 * gap + n % columns * (8 + gap) + x, c),
                wanted & 255);
          }
    std::size_t background = 0;
    for (std::int64_t y = 0; y < page.shape[0]; ++y)
      for (std::int64_t x = 0; x < page.shape[1]; ++x)
        background += at(page, y, x) == 250 && at(page, y, x, 1) == 250;
    EXPECT_GE(background + inside, static_cast<std::size_t>(page.shape[0] * page.shape[1]));
  }
}

TEST(Page, StandardStyleEnlargesSmallPicturesAndIsNearlySquare) {
  const Array page = make_page(pictures(64, 28, 28));
  EXPECT_EQ(page.shape[0], page.shape[1]);
  EXPECT_GE(page.shape[1], 8 * 28 * 3);
  EXPECT_EQ(make_page(pictures(1, 200, 200)).shape[1], 200 + 4 * 16);
}

TEST(Page, CaptionsAreInkBesideThePicturesAndNeverOnThem) {
  const Array in = pictures(2, 16, 16);
  for (const bool above : {false, true}) {
    const PageStyle style{.columns = 2, .scale = 2, .gap = 4, .text_scale = 1, .captions_above = above};
    const Array with = make_page(in, {"T", "A caption that is far too long"}, style);
    const Array without = make_page(in, {}, style);
    ASSERT_EQ(with.shape[1], without.shape[1]);
    const std::int64_t extra = with.shape[0] - without.shape[0];
    EXPECT_EQ(extra, 11);
    const std::int64_t shift = above ? extra : 0;
    for (std::int64_t y = 8; y < 8 + 32; ++y)
      for (std::int64_t x = 0; x < with.shape[1]; ++x) ASSERT_EQ(at(with, y + shift, x), at(without, y, x));
    int ink = 0;
    for (std::int64_t y = 0; y < extra; ++y)
      for (std::int64_t x = 0; x < 8 + 32; ++x) ink += at(with, (above ? 8 : 40) + y, x) == 110;
    EXPECT_EQ(ink, 11);  // "T": five pixels across and six down
  }
}

TEST(Page, WrongInputIsRefusedInOneSentence) {
  expect_error(ErrorKind::shape, {"page: ", "f32"}, [] { make_page(make_array<float>({1, 1, 1}, {1.f})); });
  expect_error(ErrorKind::shape, {"[2, 2]"}, [] { make_page(Array{Dtype::u8, {2, 2}, Bytes(4)}); });
  expect_error(ErrorKind::shape, {"[0, 2, 2]"}, [] { make_page(Array{Dtype::u8, {0, 2, 2}, {}}); });
  expect_error(ErrorKind::shape, {"needs 4 bytes"}, [] { make_page(Array{Dtype::u8, {1, 2, 2}, Bytes(3)}); });
  expect_error(ErrorKind::option, {"1 captions for 2"}, [] { make_page(pictures(2, 2, 2), {"a"}); });
  expect_error(ErrorKind::option, {"scale is -1"}, [] { make_page(pictures(2, 2, 2), {}, {.scale = -1}); });
  expect_error(ErrorKind::option, {"gap is 1025"}, [] { make_page(pictures(2, 2, 2), {}, {.gap = 1025}); });
  expect_error(ErrorKind::option, {"2^28"}, [] { make_page(pictures(1 << 16, 4, 4), {}, {.scale = 64}); });
}

}  // namespace
}  // namespace ulam::io::grid_test
