#include "ulam/cli/id_list.h"

#include <charconv>
#include <unordered_set>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam::cli {
namespace {

constexpr std::uint64_t most_ids = 10'000'000;

bool parse_id(std::string_view text, std::uint64_t& id) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::vector<std::uint64_t> parse_ids(const std::string& text, const std::string& place) {
  std::vector<std::uint64_t> ids;
  for (const std::string& part : split_escaped(text, ',')) {
    const std::size_t dash = part.find('-');
    std::uint64_t first = 0, last = 0;
    if (!parse_id(std::string_view(part).substr(0, dash), first) ||
        (dash != std::string::npos && !parse_id(std::string_view(part).substr(dash + 1), last)))
      fail(ErrorKind::option, place, "\"{}\" is not a list of ids such as 7 or 0-63 or 1,5,10-12", text);
    if (dash == std::string::npos) last = first;
    if (last < first) fail(ErrorKind::option, place, "the range {} falls", part);
    if (last - first >= most_ids - ids.size()) fail(ErrorKind::option, place, "more than {} ids", most_ids);
    for (std::uint64_t id = first;; ++id) {
      ids.push_back(id);
      if (id == last) break;
    }
  }
  std::unordered_set<std::uint64_t> seen;
  for (const std::uint64_t id : ids)
    if (!seen.insert(id).second) fail(ErrorKind::option, place, "id {} comes twice", id);
  return ids;
}

std::string ids_text(const std::vector<std::uint64_t>& ids) {
  std::string out;
  for (std::size_t i = 0; i < ids.size();) {
    std::size_t j = i;
    while (j + 1 < ids.size() && ids[j] + 1 == ids[j + 1]) ++j;
    if (!out.empty()) out += ',';
    out += std::to_string(ids[i]);
    if (j > i) {
      out += '-';
      out += std::to_string(ids[j]);
    }
    i = j + 1;
  }
  return out;
}

}  // namespace ulam::cli
