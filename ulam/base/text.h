#pragma once
// Small text helpers behind error sentences and spec strings.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ulam {

/// Edit distance in which insertion, deletion, substitution and exchange of neighbours cost 1 each, ignoring
/// the case of ASCII letters (optimal string alignment; Damerau, CACM 7(3), 1964). Cost |a| * |b|.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The parts of `text` between separators; a backslash takes the next character as it stands. "" gives one
/// empty part.
std::vector<std::string> split_escaped(std::string_view text, char separator);
/// `text` with a backslash before every separator and backslash: the inverse of split_escaped on one part.
std::string escaped(std::string_view text, char separator);

/// A finite number that fills the whole text; nothing otherwise. Independent of the locale.
std::optional<double> parse_real(std::string_view text);
/// An integer that fills the whole text; "1e5" counts as one. Nothing when it has a fraction or does not fit.
std::optional<long> parse_integer(std::string_view text);
/// true, yes, on, 1 / false, no, off, 0.
std::optional<bool> parse_boolean(std::string_view text);
/// Shortest text that parse_real reads back to the same bits.
std::string real_text(double value);

}  // namespace ulam
