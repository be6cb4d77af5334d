#include "ulam/all/catalogue.h"

#include <algorithm>

namespace ulam {
namespace {

template <typename E>
void append(std::vector<Method>& out, const char* kind, const std::vector<E>& entries) {
  for (const E& e : entries) out.push_back({kind, e});
}

}  // namespace

Catalogue catalogue() {
  return {solvers(),  grids(), path_kinds(),      networks(), problems(),
          measures(), terms(), post_operations(), edits()};
}

std::vector<Method> methods(const Catalogue& catalogue) {
  std::vector<Method> out;
  append(out, "solver", catalogue.solvers);
  append(out, "grid", catalogue.grids);
  append(out, "path", catalogue.paths);
  append(out, "network", catalogue.networks);
  append(out, "problem", catalogue.problems);
  append(out, "measure", catalogue.measures);
  append(out, "guide", catalogue.terms);
  append(out, "post", catalogue.posts);
  append(out, "edit", catalogue.edits);
  return out;
}

std::vector<Method> find_methods(const std::vector<Method>& all, std::string_view name,
                                 std::string_view place) {
  const std::size_t slash = name.find('/');
  const std::string_view kind = slash == std::string_view::npos ? "" : name.substr(0, slash);
  const std::string_view wanted = slash == std::string_view::npos ? name : name.substr(slash + 1);
  std::vector<Method> out;
  std::vector<std::string> names;
  for (const Method& m : all) {
    if (!kind.empty() && m.kind != kind) continue;
    const auto& aliases = m.entry.aliases;
    if (m.entry.name == wanted || std::find(aliases.begin(), aliases.end(), wanted) != aliases.end())
      out.push_back(m);
    names.push_back(kind.empty() ? m.entry.name : m.kind + "/" + m.entry.name);
  }
  if (!out.empty()) return out;
  if (names.empty()) {
    std::vector<std::string> kinds;
    for (const Method& m : all)
      if (std::find(kinds.begin(), kinds.end(), m.kind) == kinds.end()) kinds.push_back(m.kind);
    fail_unknown(place, kind, kinds);
  }
  fail_unknown(place, name, names);
}

}  // namespace ulam
