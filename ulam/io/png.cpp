#include "ulam/io/png.h"

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <limits>

#include <png.h>

#include "ulam/base/error.h"
#include "ulam/io/quote.h"

namespace ulam::io {
namespace {

constexpr png_uint_32 most_pixels_a_side = 1 << 16;
constexpr std::size_t most_text_bytes = std::size_t{4} << 20;
constexpr unsigned most_texts = 100;
constexpr std::size_t most_picture_bytes = std::size_t{1} << 30;

/// libpng reports errors by longjmp, which must not pass C++ objects. So everything that libpng touches lives
/// here, and each call into it is made by guarded(), whose frame holds only trivial objects.
struct Session {
  png_structp png = nullptr;
  png_infop info = nullptr;
  bool reading = false;
  char message[160] = "libpng could not start";
  ByteView input;
  Bytes output;

  explicit Session(bool read) : reading(read) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (reading)
      png_destroy_read_struct(&png, &info, nullptr);
    else
      png_destroy_write_struct(&png, &info);
  }
};

extern "C" {
void ulam_png_error(png_structp png, png_const_charp text) {
  auto* session = static_cast<Session*>(png_get_error_ptr(png));
  std::strncpy(session->message, text, sizeof session->message - 1);
  session->message[sizeof session->message - 1] = '\0';
  longjmp(png_jmpbuf(png), 1);
}
void ulam_png_warning(png_structp, png_const_charp) {}
void ulam_png_read(png_structp png, png_bytep into, std::size_t count) {
  auto* session = static_cast<Session*>(png_get_io_ptr(png));
  if (count > session->input.size()) png_error(png, "the file is truncated");
  std::memcpy(into, session->input.data(), count);
  session->input = session->input.subspan(count);
}
void ulam_png_write(png_structp png, png_bytep from, std::size_t count) {
  auto* session = static_cast<Session*>(png_get_io_ptr(png));
  bool stored = true;
  try {
    const auto* begin = reinterpret_cast<const std::byte*>(from);
    session->output.insert(session->output.end(), begin, begin + count);
  } catch (...) {
    stored = false;
  }
  if (!stored) png_error(png, "out of memory");
}
void ulam_png_flush(png_structp) {}
}

/// Runs `work` (which must hold no object with a destructor while libpng runs) and says whether libpng was
/// content.
template <typename Work>
bool guarded(Session& session, Work& work) {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  work();
  return true;
}

void start(Session& session, std::string_view place) {
  session.png =
      session.reading
          ? png_create_read_struct(PNG_LIBPNG_VER_STRING, &session, ulam_png_error, ulam_png_warning)
          : png_create_write_struct(PNG_LIBPNG_VER_STRING, &session, ulam_png_error, ulam_png_warning);
  if (session.png != nullptr) session.info = png_create_info_struct(session.png);
  if (session.info == nullptr) fail(ErrorKind::system, place, "{}", session.message);
}

void check_image(const Array& image, std::string_view place) {
  const auto& s = image.shape;
  const bool fits =
      image.dtype == Dtype::u8 && (s.size() == 2 || (s.size() == 3 && s[2] == 3)) && s[0] > 0 && s[1] > 0;
  if (!fits || s[0] > most_pixels_a_side || s[1] > most_pixels_a_side)
    fail(ErrorKind::shape, place, "a PNG needs u8 [H, W] or [H, W, 3] with 1 to {} pixels a side, not {} {}",
         most_pixels_a_side, name_of(image.dtype), shape_text(s));
  check_size(image, place);
}

void check_text(const std::string& key, const std::string& value, std::string_view place) {
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable || key.empty() || key.size() > 79 || key.front() == ' ' || key.back() == ' ' ||
      key.find("  ") != key.npos)
    fail(ErrorKind::option, place,
         "the text keyword {} is not 1 to 79 printable ASCII characters with single spaces", in_quotes(key));
  if (value.size() >= most_text_bytes)
    fail(ErrorKind::option, place, "the text of {} has {} bytes, fewer than {} are allowed", in_quotes(key),
         value.size(), most_text_bytes);
  if (!is_utf8(value) || value.find('\0') != value.npos)
    fail(ErrorKind::option, place, "the text of {} is not UTF-8 without NUL bytes", in_quotes(key));
}

std::vector<png_text> chunks_of(const std::map<std::string, std::string>& text) {
  std::vector<png_text> chunks;
  for (const auto& [key, value] : text) {
    const bool ascii =
        std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    const bool large = value.size() >= 1024;
    png_text chunk{};
    chunk.compression = ascii ? (large ? PNG_TEXT_COMPRESSION_zTXt : PNG_TEXT_COMPRESSION_NONE)
                              : (large ? PNG_ITXT_COMPRESSION_zTXt : PNG_ITXT_COMPRESSION_NONE);
    chunk.key = const_cast<char*>(key.c_str());
    chunk.text = const_cast<char*>(value.c_str());
    (ascii ? chunk.text_length : chunk.itxt_length) = value.size();
    chunks.push_back(chunk);
  }
  return chunks;
}

std::vector<png_bytep> rows_of(Bytes& pixels, std::size_t height) {
  std::vector<png_bytep> rows(height);
  const std::size_t stride = pixels.size() / height;
  for (std::size_t y = 0; y < height; ++y) rows[y] = reinterpret_cast<png_bytep>(pixels.data() + y * stride);
  return rows;
}

Bytes serialise(const Png& picture, std::string_view place) {
  check_image(picture.image, place);
  if (picture.text.size() > most_texts)
    fail(ErrorKind::option, place, "{} texts pass the {} allowed in a PNG", picture.text.size(), most_texts);
  for (const auto& [key, value] : picture.text) check_text(key, value, place);
  const auto height = static_cast<png_uint_32>(picture.image.shape[0]);
  const auto width = static_cast<png_uint_32>(picture.image.shape[1]);
  const int colour = picture.image.shape.size() == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
  std::vector<png_text> chunks = chunks_of(picture.text);
  Bytes pixels = picture.image.bytes;  // libpng takes pointers to mutable rows
  std::vector<png_bytep> rows = rows_of(pixels, height);
  Session session(false);
  start(session, place);
  auto write = [&] {
    png_set_write_fn(session.png, &session, ulam_png_write, ulam_png_flush);
    png_set_user_limits(session.png, most_pixels_a_side, most_pixels_a_side);
    png_set_IHDR(session.png, session.info, width, height, 8, colour, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    if (!chunks.empty())
      png_set_text(session.png, session.info, chunks.data(), static_cast<int>(chunks.size()));
    png_write_info(session.png, session.info);
    png_write_image(session.png, rows.data());
    png_write_end(session.png, nullptr);
  };
  if (!guarded(session, write))
    fail(ErrorKind::system, place, "the PNG could not be made: {}", session.message);
  return std::move(session.output);
}

/// Lays the alpha channel over white: channels + 1 bytes a pixel become channels.
Bytes over_white(const Bytes& pixels, std::size_t channels) {
  Bytes out;
  out.reserve(pixels.size() / (channels + 1) * channels);
  for (std::size_t i = 0; i + channels < pixels.size(); i += channels + 1) {
    const unsigned alpha = std::to_integer<unsigned>(pixels[i + channels]);
    for (std::size_t c = 0; c < channels; ++c) {
      const unsigned mixed = std::to_integer<unsigned>(pixels[i + c]) * alpha + 255 * (255 - alpha);
      out.push_back(static_cast<std::byte>((mixed + 127) / 255));
    }
  }
  return out;
}

/// Walks the chunks without looking into them. libpng allocates the length that a chunk claims before it
/// reads, so a claim beyond the file must not reach it.
void check_chunks(ByteView bytes, std::string_view place) {
  bytes = bytes.subspan(8);
  while (bytes.size() >= 12) {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    const std::string_view type = as_text(bytes.subspan(4, 4));
    if (length > bytes.size() - 12)
      fail(ErrorKind::file, place, "the PNG is damaged: its chunk {} of {} bytes passes the end of the file",
           in_quotes(type), length);
    bytes = bytes.subspan(12 + length);
    if (type != "IEND") continue;
    if (!bytes.empty()) fail(ErrorKind::file, place, "{} bytes follow the end of the PNG", bytes.size());
    return;
  }
  fail(ErrorKind::file, place, "the PNG is damaged: it ends without the chunk IEND");
}

void take_text(Session& session, std::map<std::string, std::string>& text) {
  png_textp chunks = nullptr;
  const int count = png_get_text(session.png, session.info, &chunks, nullptr);
  for (int i = 0; i < count; ++i) {
    const bool international = chunks[i].compression >= PNG_ITXT_COMPRESSION_NONE;
    std::string value;
    if (chunks[i].text != nullptr)
      value.assign(chunks[i].text, international ? chunks[i].itxt_length : chunks[i].text_length);
    if (!international) {  // tEXt and zTXt are Latin-1
      std::string utf8;
      for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80)
          utf8 += c;
        else
          utf8 += {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
      }
      value = std::move(utf8);
    }
    text[chunks[i].key] = std::move(value);
  }
}

}  // namespace

Bytes serialise_png(const Png& png) { return serialise(png, "png"); }

void write_png(const std::string& path, const Png& png) { write_file_atomic(path, serialise(png, path)); }

void write_png(const std::string& path, const Array& image, const std::map<std::string, std::string>& text) {
  write_png(path, Png{image, text});
}

Png parse_png(ByteView bytes, std::string_view place) {
  if (bytes.size() < 8 || png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, 8) != 0)
    fail(ErrorKind::file, place, "does not begin with the PNG signature");
  check_chunks(bytes, place);
  Session session(true);
  start(session, place);
  session.input = bytes;
  png_uint_32 width = 0, height = 0;
  std::size_t stored_row = 0, row = 0, channels = 0;
  auto read_head = [&] {
    png_set_read_fn(session.png, &session, ulam_png_read);
    png_set_user_limits(session.png, most_pixels_a_side, most_pixels_a_side);
    png_set_chunk_malloc_max(session.png, 2 * most_text_bytes);  // what is written is well inside
    png_set_chunk_cache_max(session.png, 2 * most_texts);
    png_set_crc_action(session.png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_read_info(session.png, session.info);
    stored_row = png_get_rowbytes(session.png, session.info);
    png_set_expand(session.png);
    png_set_scale_16(session.png);
    png_set_interlace_handling(session.png);
    png_read_update_info(session.png, session.info);
    width = png_get_image_width(session.png, session.info);
    height = png_get_image_height(session.png, session.info);
    channels = png_get_channels(session.png, session.info);
    row = png_get_rowbytes(session.png, session.info);
  };
  if (!guarded(session, read_head)) fail(ErrorKind::file, place, "the PNG is damaged: {}", session.message);
  // Deflate shrinks at most 1032 times, so a larger picture than that cannot be in these bytes.
  if (stored_row > bytes.size() * 1040 / height || row > most_picture_bytes / height)
    fail(ErrorKind::file, place,
         "the PNG claims {} x {} pixels, more than 1 GiB or than its {} bytes can hold", width, height,
         bytes.size());
  Bytes pixels(row * height);
  std::vector<png_bytep> rows = rows_of(pixels, height);
  auto read_pixels = [&] {
    png_read_image(session.png, rows.data());
    png_read_end(session.png, session.info);
  };
  if (!guarded(session, read_pixels)) fail(ErrorKind::file, place, "the PNG is damaged: {}", session.message);

  Png out;
  take_text(session, out.text);
  out.image.dtype = Dtype::u8;
  out.image.shape = {height, width};
  const std::size_t colours = channels >= 3 ? 3 : 1;
  if (colours == 3) out.image.shape.push_back(3);
  out.image.bytes = channels == colours ? std::move(pixels) : over_white(pixels, colours);
  return out;
}

Png read_png(const std::string& path) { return parse_png(read_file(path), path); }

}  // namespace ulam::io
