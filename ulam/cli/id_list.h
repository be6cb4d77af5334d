#pragma once
// Which samples of a seed: lists of ids as people type them.
#include <cstdint>
#include <string>
#include <vector>

namespace ulam::cli {

/// "7", "0-63", "1,5,10-12" -> the ids in that order; at most 10 million. Throws Error(option) naming `place`
/// for anything else, a range that falls, or an id that comes twice.
std::vector<std::uint64_t> parse_ids(const std::string& text, const std::string& place);
/// The inverse, with ranges where ids follow one another.
std::string ids_text(const std::vector<std::uint64_t>& ids);

}  // namespace ulam::cli
