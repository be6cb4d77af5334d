#pragma once
// Names out of untrusted files, made fit for one line of an error sentence.
#include <string>
#include <string_view>

namespace ulam::io {

/// `text` in single quotes; bytes outside printable ASCII are written as \xNN and all beyond `most` bytes is
/// cut ("...").
std::string in_quotes(std::string_view text, std::size_t most = 80);

/// Whether `text` is valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). Cost:
/// one pass.
bool is_utf8(std::string_view text);

}  // namespace ulam::io
