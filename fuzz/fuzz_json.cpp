// Feeds bytes to the JSON reader: it must accept or throw ulam::Error; accepted text is equal after a round
// trip, and the typed getters accept or throw ulam::Error on it.
#include <cstdlib>

#include "ulam/base/error.h"
#include "ulam/io/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ulam::io;
  json value;
  try {
    value = parse_json(as_text(std::as_bytes(std::span(data, size))), "fuzz");
  } catch (const ulam::Error&) {
    return 0;
  }
  if (parse_json(value.dump(), "again") != value) std::abort();
  const auto attempt = [&](auto get) {
    try {
      (void)get(value, "k", "fuzz");
    } catch (const ulam::Error&) {
    }
  };
  attempt([](auto&&... a) { return get_flag(a...); });
  attempt([](auto&&... a) { return get_integer(a...); });
  attempt([](auto&&... a) { return get_real(a...); });
  attempt([](auto&&... a) { return get_text(a...); });
  attempt([](auto&&... a) { return get_reals(a...); });
  attempt([](auto&&... a) { return get_integers(a...); });
  attempt([](auto&&... a) { return get_texts(a...); });
  attempt([](auto&&... a) { return get_real_rows(a...); });
  attempt([](const json& v, auto, const char* place) {
    only_keys(v, {"k", "means"}, place);
    return 0;
  });
  return 0;
}
