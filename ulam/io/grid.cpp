#include "ulam/io/grid.h"

#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/io/font.h"

namespace ulam::io {
namespace {

struct Layout {
  std::int64_t count, height, width, channels;
  std::int64_t columns, rows, scale, gap, text_scale,
      caption;  // caption: pixels of height, with its distance
  std::int64_t page_height, page_width;
};

Layout lay_out(const Array& pictures, const std::vector<std::string>& captions, const PageStyle& style) {
  const auto& s = pictures.shape;
  const bool fits = pictures.dtype == Dtype::u8 && (s.size() == 3 || (s.size() == 4 && s[3] == 3)) &&
                    s[0] > 0 && s[1] > 0 && s[2] > 0;
  if (!fits)
    fail(ErrorKind::shape, "page", "pictures must be u8 [n, H, W] or [n, H, W, 3] and not empty, not {} {}",
         name_of(pictures.dtype), shape_text(s));
  check_size(pictures, "page");
  if (!captions.empty() && static_cast<std::int64_t>(captions.size()) != s[0])
    fail(ErrorKind::option, "page", "{} captions for {} pictures", captions.size(), s[0]);
  const auto within = [](const char* name, int value, int most) {
    if (value < 0 || value > most)
      fail(ErrorKind::option, "page", "{} is {}, valid: 0 to {}", name, value, most);
  };
  within("columns", style.columns, 1 << 16);
  within("scale", style.scale, 64);
  within("gap", style.gap, 1024);
  within("text_scale", style.text_scale, 16);
  Layout l{};
  l.count = s[0], l.height = s[1], l.width = s[2], l.channels = s.size() == 4 ? 3 : 1;
  l.columns =
      style.columns > 0 ? style.columns : std::llround(std::ceil(std::sqrt(static_cast<double>(l.count))));
  l.columns = std::min(l.columns, l.count);
  l.rows = (l.count + l.columns - 1) / l.columns;
  l.scale =
      style.scale > 0 ? style.scale : std::clamp<std::int64_t>(128 / std::max(l.width, l.height), 1, 16);
  const std::int64_t picture = l.width * l.scale;
  l.gap = style.gap > 0 ? style.gap : std::clamp<std::int64_t>(picture / 8, 2, 16);
  l.text_scale = style.text_scale > 0 ? style.text_scale : picture < 96 ? 1 : 2;
  l.caption = captions.empty() ? 0 : (glyph_rows + 2) * l.text_scale;
  // Each extent is at most 2^32 or so by itself, so the checks below come before any product of two.
  constexpr std::int64_t most = std::int64_t{1} << 28;
  if (l.width > most || l.height > most || l.columns > most / (picture + l.gap) ||
      l.rows > most / (l.height * l.scale + l.gap + l.caption))
    fail(ErrorKind::option, "page", "the page would pass 2^28 pixels");
  l.page_width = l.columns * picture + (l.columns + 3) * l.gap;  // margins of two gaps
  l.page_height = l.rows * (l.height * l.scale + l.caption) + (l.rows + 3) * l.gap;
  if (l.page_height > most / l.page_width) fail(ErrorKind::option, "page", "the page would pass 2^28 pixels");
  return l;
}

class Page {
 public:
  Page(std::int64_t height, std::int64_t width, std::uint8_t level) {
    page_.dtype = Dtype::u8;
    page_.shape = {height, width, 3};
    page_.bytes.assign(static_cast<std::size_t>(height * width * 3), std::byte{level});
  }

  std::byte* at(std::int64_t y, std::int64_t x) { return page_.bytes.data() + (y * page_.shape[1] + x) * 3; }

  void text(std::string_view line, std::int64_t top, std::int64_t left, std::int64_t scale,
            std::uint8_t ink) {
    for (const char c : line) {
      const Glyph glyph = glyph_of(c);
      for (std::int64_t y = 0; y < glyph_rows * scale; ++y)
        for (std::int64_t x = 0; x < glyph.width * scale; ++x)
          if ((glyph.rows[static_cast<std::size_t>(y / scale)] >> (x / scale) & 1) != 0)
            std::fill_n(at(top + y, left + x), 3, std::byte{ink});
      left += (glyph.width + 1) * scale;
    }
  }

  Array take() { return std::move(page_); }

 private:
  Array page_;
};

}  // namespace

Array make_page(const Array& pictures, const std::vector<std::string>& captions, const PageStyle& style) {
  const Layout l = lay_out(pictures, captions, style);
  Page page(l.page_height, l.page_width, style.background);
  const std::int64_t tall = l.height * l.scale, wide = l.width * l.scale;
  const std::byte* source = pictures.bytes.data();
  for (std::int64_t i = 0; i < l.count; ++i, source += l.height * l.width * l.channels) {
    const std::int64_t left = 2 * l.gap + i % l.columns * (wide + l.gap);
    const std::int64_t cell = 2 * l.gap + i / l.columns * (tall + l.caption + l.gap);
    const std::int64_t top = cell + (style.captions_above ? l.caption : 0);
    for (std::int64_t y = 0; y < tall; ++y)
      for (std::int64_t x = 0; x < wide; ++x) {
        const std::byte* pixel = source + (y / l.scale * l.width + x / l.scale) * l.channels;
        std::byte* target = page.at(top + y, left + x);
        for (int c = 0; c < 3; ++c) target[c] = pixel[l.channels == 3 ? c : 0];
      }
    if (captions.empty()) continue;
    const std::string line =
        fitted(captions[static_cast<std::size_t>(i)], static_cast<int>(wide / l.text_scale));
    const std::int64_t indent = (wide - text_width(line) * l.text_scale) / 2;
    const std::int64_t text_top = style.captions_above ? cell : cell + tall + 2 * l.text_scale;
    page.text(line, text_top, left + indent, l.text_scale, style.ink);
  }
  return page.take();
}

}  // namespace ulam::io
