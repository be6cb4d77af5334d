#include "ulam/run/selftest_io.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "ulam/base/key.h"
#include "ulam/io/json.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/png.h"
#include "ulam/io/safetensors.h"

namespace ulam {
namespace {

using io::Array;
using io::Dtype;

constexpr const char* selftest_io_place = "selftest";

Array random_bytes(Dtype dtype, std::vector<std::int64_t> shape) {
  Array a;
  a.dtype = dtype;
  a.shape = std::move(shape);
  a.bytes.resize(static_cast<std::size_t>(a.count()) * io::size_of(dtype));
  const RowKey row{make_key(21, Stream::test), static_cast<std::uint64_t>(dtype), 0};
  for (std::size_t i = 0; i < a.bytes.size(); ++i) {
    const std::uint32_t bits = random_bits(row, i);
    a.bytes[i] = static_cast<std::byte>(dtype == Dtype::boolean ? bits & 1 : bits >> 24);
  }
  return a;
}

template <typename T>
Array special_values() {
  using Limits = std::numeric_limits<T>;
  return io::make_array<T>(
      {2, 4}, std::vector<T>{T(0), -T(0), Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
                             Limits::denorm_min(), Limits::max(), Limits::epsilon()});
}

std::vector<Array> numbers(bool with_bf16) {
  std::vector<Array> all{special_values<float>(), special_values<double>(), random_bytes(Dtype::f32, {0, 3}),
                         random_bytes(Dtype::i64, {})};
  for (const Dtype dtype : {Dtype::u8, Dtype::i8, Dtype::i16, Dtype::i32, Dtype::i64, Dtype::f16, Dtype::bf16,
                            Dtype::f32, Dtype::f64, Dtype::boolean})
    if (dtype != Dtype::bf16 || with_bf16) all.push_back(random_bytes(dtype, {3, 5, 7}));
  return all;
}

Array through_json(const Array& array) {
  std::vector<double> values(static_cast<std::size_t>(array.count()));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  const io::json back =
      io::parse_json(io::json{{"shape", array.shape}, {"values", values}}.dump(2), selftest_io_place);
  return io::make_array<double>(io::get_integers(back, "shape", selftest_io_place),
                                io::get_reals(back, "values", selftest_io_place));
}

Array only_array(const io::ArrayFile& file) {
  return file.arrays.size() == 1 && file.metadata.at("k") == "v" ? file.arrays[0].second : Array{};
}
io::ArrayFile as_file(const Array& array) { return {{{"x", array}}, {{"k", "v"}}}; }

bool same(const Array& a, const Array& b) {
  return a.dtype == b.dtype && a.shape == b.shape && a.bytes == b.bytes;
}

}  // namespace

std::vector<RoundTrip> shipped_formats() {
  const std::vector<double> reals{0.1, -0.0, 1e308, 5e-324, 1.0 / 3, -2.5e-17};
  return {
      {"npy", numbers(false),
       [](const Array& a) { return io::parse_npy(io::serialise_npy(a), selftest_io_place); }},
      {"npz", numbers(false),
       [](const Array& a) {
         return only_array(io::parse_npz(io::serialise_npz(as_file(a)), selftest_io_place));
       }},
      {"safetensors", numbers(true),
       [](const Array& a) {
         return only_array(io::parse_safetensors(io::serialise_safetensors(as_file(a)), selftest_io_place));
       }},
      {"png",
       {random_bytes(Dtype::u8, {9, 13}), random_bytes(Dtype::u8, {8, 5, 3})},
       [](const Array& a) {
         const io::Png back = io::parse_png(io::serialise_png({a, {{"recipe", "ddim"}}}), selftest_io_place);
         return back.text.at("recipe") == "ddim" ? back.image : Array{};
       }},
      {"json", {io::make_array<double>({2, 3}, reals)}, through_json}};
}

void check_io(Checklist& list, const std::vector<RoundTrip>& formats) {
  for (const RoundTrip& format : formats)
    list.add({"io/" + format.name, "what is written is what is read", "arrays", 0}, [&] {
      return static_cast<double>(
          std::count_if(format.arrays.begin(), format.arrays.end(),
                        [&](const Array& array) { return !same(format.there_and_back(array), array); }));
    });
}

}  // namespace ulam
