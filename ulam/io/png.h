#pragma once
// PNG pictures with text chunks.
#include <map>
#include <string>
#include <string_view>

#include "ulam/io/array.h"
#include "ulam/io/bytes.h"

namespace ulam::io {

/// A picture: u8 [H, W] (gray) or [H, W, 3] (RGB), and its text chunks, keyword -> UTF-8 text.
struct Png {
  Array image;
  std::map<std::string, std::string> text;
};

/// The file's bytes: 8 bits a channel, no time chunk, so the same picture and text give the same bytes (for
/// one version of zlib). ASCII texts become tEXt (zTXt from 1024 bytes on), others iTXt. Throws Error(shape)
/// for another dtype or shape or an empty picture, Error(option) for a keyword that is not 1 to 79 printable
/// ASCII characters (no space at an end, no two in a row) or a text that is not UTF-8, holds a NUL byte
/// or has 4 MiB or more, and for more than 100 texts.
Bytes serialise_png(const Png& png);
/// Writes serialise_png(png) atomically.
void write_png(const std::string& path, const Png& png);
void write_png(const std::string& path, const Array& image,
               const std::map<std::string, std::string>& text = {});

/// Reads any PNG into 8 bits: gray stays gray, palettes become RGB, 16 bits are scaled to 8, transparency is
/// laid over white. Throws Error(file) for damage (every checksum is checked), bytes after the end, more than
/// 2^16 pixels a side, a picture larger than 1 GiB or than its compressed bytes can hold; Error(system) when
/// the file cannot be read. Texts beyond 8 MiB, and all after the 200th, are left out.
Png read_png(const std::string& path);
/// As read_png, from memory.
Png parse_png(ByteView bytes, std::string_view place);

}  // namespace ulam::io
