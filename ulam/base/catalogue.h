#pragma once
// What a room offers, as data: help, `ulam methods`, JSON checks and the docs' tables come from these
// entries.
#include <string>
#include <string_view>
#include <vector>

#include "ulam/base/options.h"

namespace ulam {

/// Description of one method. Rooms hold vectors of structs that derive from it and add a factory.
struct Entry {
  std::string name;                  // as in spec strings
  std::vector<std::string> aliases;  // names under which other projects know it
  std::string purpose;               // one sentence
  std::vector<Parameter> parameters;
  std::string paper;     // "Song et al. 2021, arXiv 2010.02502, eq. 12"
  std::string cost;      // "N evaluations", "2N - 1 evaluations"
  std::string composes;  // with what, or what it excludes
};

/// Finds by name or alias; throws Error(option) "place: unknown name ..., valid: ..., nearest: ...".
template <typename E>
const E& find_entry(const std::vector<E>& entries, std::string_view name, std::string_view place);

[[noreturn]] void fail_unknown(std::string_view place, std::string_view name,
                               const std::vector<std::string>& valid);

template <typename E>
const E& find_entry(const std::vector<E>& entries, std::string_view name, std::string_view place) {
  std::vector<std::string> names;
  for (const E& e : entries) {
    if (e.name == name) return e;
    for (const std::string& alias : e.aliases)
      if (alias == name) return e;
    names.push_back(e.name);
  }
  fail_unknown(place, name, names);
}

}  // namespace ulam
