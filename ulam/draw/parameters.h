#pragma once
// Short ways to write a parameter of a catalogue's row.
#include <string>
#include <utility>
#include <vector>

#include "ulam/base/options.h"

namespace ulam {

inline Parameter text_parameter(const char* name, const char* standard, const char* purpose,
                                std::vector<std::string> choices = {}) {
  Parameter p;
  p.name = name;
  p.type = OptionType::text;
  p.standard = standard;
  p.purpose = purpose;
  p.choices = std::move(choices);
  return p;
}
inline Parameter real_parameter(const char* name, const char* standard, const char* purpose, double least,
                                double most) {
  Parameter p;
  p.name = name;
  p.standard = standard;
  p.purpose = purpose;
  p.least = least;
  p.most = most;
  return p;
}
inline Parameter integer_parameter(const char* name, const char* standard, const char* purpose, double least,
                                   double most) {
  Parameter p = real_parameter(name, standard, purpose, least, most);
  p.type = OptionType::integer;
  return p;
}

}  // namespace ulam
