#include "ulam/io/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/io/quote.h"

namespace ulam::io {
namespace {

using nlohmann::json;

struct SafetensorsDtype {
  const char* name;
  Dtype dtype;
};
constexpr SafetensorsDtype safetensors_dtypes[] = {
    {"BOOL", Dtype::boolean}, {"U8", Dtype::u8},   {"I8", Dtype::i8},   {"I16", Dtype::i16},
    {"I32", Dtype::i32},      {"I64", Dtype::i64}, {"F16", Dtype::f16}, {"BF16", Dtype::bf16},
    {"F32", Dtype::f32},      {"F64", Dtype::f64},
};

/// Receives the tokens of the header. Any breach throws at once, so that hostile input is left where it is.
class Handler : public nlohmann::json_sax<json> {
 public:
  Handler(SafetensorsHeader& out, std::string_view place) : out_(out), place_(place) {}

  bool start_object(std::size_t) override {
    if (where_ == Where::start) {
      where_ = Where::root;
    } else if (where_ == Where::root && key_ == "__metadata__") {
      where_ = Where::metadata;
    } else if (where_ == Where::root) {
      where_ = Where::tensor;
      has_dtype_ = has_shape_ = has_offsets_ = false;
      tensor_ = {};
      tensor_.name = key_;
    } else {
      wrong("an object");
    }
    return true;
  }

  bool key(string_t& name) override {
    key_ = name;
    if (where_ == Where::root) {
      if (!names_.insert(name).second) refuse("the key {} appears twice in the header", in_quotes(name));
    } else if (where_ == Where::metadata) {
      if (out_.metadata.contains(name)) refuse("__metadata__ has the key {} twice", in_quotes(name));
    } else {
      bool* seen = name == "dtype"          ? &has_dtype_
                   : name == "shape"        ? &has_shape_
                   : name == "data_offsets" ? &has_offsets_
                                            : nullptr;
      if (seen == nullptr)
        refuse("tensor {} has the unknown key {}, valid: dtype, shape, data_offsets", in_quotes(tensor_.name),
               in_quotes(name));
      if (*seen) refuse("tensor {} has the key {} twice", in_quotes(tensor_.name), name);
      *seen = true;
    }
    return true;
  }

  bool string(string_t& value) override {
    if (where_ == Where::metadata) {
      out_.metadata.emplace(key_, value);
    } else if (where_ == Where::tensor && key_ == "dtype") {
      const auto* found = std::find_if(std::begin(safetensors_dtypes), std::end(safetensors_dtypes),
                                       [&](const SafetensorsDtype& entry) { return value == entry.name; });
      if (found == std::end(safetensors_dtypes))
        refuse("tensor {} has the unknown dtype {}, valid: BOOL, U8, I8, I16, I32, I64, F16, BF16, F32, F64",
               in_quotes(tensor_.name), in_quotes(value));
      tensor_.dtype = found->dtype;
    } else {
      wrong("a string");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (where_ != Where::tensor || key_ == "dtype") wrong("a list");
    where_ = key_ == "shape" ? Where::shape : Where::offsets;
    list_.clear();
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (where_ != Where::shape && where_ != Where::offsets) wrong("a number");
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      refuse("tensor {}: the number {} in {} passes 2^63 - 1", in_quotes(tensor_.name), value, key_);
    list_.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool number_integer(number_integer_t value) override {
    if (where_ == Where::shape || where_ == Where::offsets)
      refuse("tensor {}: {} holds {}, a non-negative integer is needed", in_quotes(tensor_.name), key_,
             value);
    wrong("a number");
  }

  bool number_float(number_float_t, const string_t& text) override {
    if (where_ == Where::shape || where_ == Where::offsets)
      refuse("tensor {}: {} holds {}, a non-negative integer is needed", in_quotes(tensor_.name), key_,
             in_quotes(text));
    wrong("a number");
  }

  bool end_array() override {
    if (where_ == Where::shape) {
      tensor_.shape = list_;
    } else {
      if (list_.size() != 2)
        refuse("tensor {}: data_offsets holds {} numbers, 2 are needed", in_quotes(tensor_.name),
               list_.size());
      tensor_.begin = static_cast<std::uint64_t>(list_[0]);
      tensor_.end = static_cast<std::uint64_t>(list_[1]);
    }
    where_ = Where::tensor;
    return true;
  }

  bool end_object() override {
    if (where_ == Where::tensor) {
      const char* missing = !has_dtype_     ? "dtype"
                            : !has_shape_   ? "shape"
                            : !has_offsets_ ? "data_offsets"
                                            : nullptr;
      if (missing != nullptr) refuse("tensor {} has no {}", in_quotes(tensor_.name), missing);
      out_.tensors.push_back(std::move(tensor_));
    }
    where_ = where_ == Where::root ? Where::start : Where::root;
    return true;
  }

  bool null() override { wrong("null"); }
  bool boolean(bool) override { wrong("a boolean"); }
  bool binary(binary_t&) override { wrong("binary data"); }
  bool parse_error(std::size_t position, const std::string& token, const json::exception&) override {
    refuse("the header is not valid UTF-8 JSON at byte {} (near {})", position, in_quotes(token, 24));
  }

 private:
  enum class Where { start, root, metadata, tensor, shape, offsets };

  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> text, Args&&... args) {
    fail(ErrorKind::file, place_, text, std::forward<Args>(args)...);
  }

  [[noreturn]] void wrong(const char* found) {
    switch (where_) {
      case Where::start:
        refuse("the header is {}, a JSON object is needed", found);
      case Where::root:
        if (key_ == "__metadata__") refuse("__metadata__ is {}, an object is needed", found);
        refuse("tensor {} is {}, an object with dtype, shape and data_offsets is needed", in_quotes(key_),
               found);
      case Where::metadata:
        refuse("__metadata__ key {} is {}, a string is needed", in_quotes(key_), found);
      case Where::tensor:
        refuse("tensor {}: {} is {}, {} is needed", in_quotes(tensor_.name), key_, found,
               key_ == "dtype" ? "a string" : "a list");
      default:
        refuse("tensor {}: {} holds {}, a non-negative integer is needed", in_quotes(tensor_.name), key_,
               found);
    }
  }

  SafetensorsHeader& out_;
  std::string_view place_;
  Where where_ = Where::start;
  std::string key_;
  std::set<std::string> names_;
  TensorHeader tensor_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  std::vector<std::int64_t> list_;
};

void check_layout(SafetensorsHeader& header, std::uint64_t data_bytes, std::string_view place) {
  // Writers may list tensors in any order (by name, say); the rules speak of the order of the bytes.
  std::stable_sort(header.tensors.begin(), header.tensors.end(),
                   [](const TensorHeader& a, const TensorHeader& b) {
                     return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
                   });
  std::uint64_t covered = 0;
  for (const TensorHeader& t : header.tensors) {
    const auto refuse = [&]<typename... Args>(fmt::format_string<Args...> text, Args&&... args) {
      fail(ErrorKind::file, place, "tensor {}: {}", in_quotes(t.name),
           fmt::format(text, std::forward<Args>(args)...));
    };
    if (t.begin > t.end) refuse("data_offsets [{}, {}] are not in order", t.begin, t.end);
    if (t.end > data_bytes)
      refuse("data_offsets [{}, {}] pass the end of the data, which has {} bytes", t.begin, t.end,
             data_bytes);
    if (t.begin < covered)
      refuse("data_offsets begin at {} and overlap another tensor, which ends at {}", t.begin, covered);
    if (t.begin > covered) refuse("data_offsets begin at {} and leave a gap after byte {}", t.begin, covered);
    const auto size = checked_byte_count(t.dtype, t.shape);
    if (!size) refuse("the size of shape {} overflows", shape_text(t.shape));
    if (*size != t.end - t.begin)
      refuse("{} {} needs {} bytes but its data_offsets span {}", safetensors_name(t.dtype),
             shape_text(t.shape), *size, t.end - t.begin);
    covered = t.end;
  }
  if (covered != data_bytes)
    fail(ErrorKind::file, place, "{} bytes after the last tensor belong to no tensor", data_bytes - covered);
}

}  // namespace

const char* safetensors_name(Dtype dtype) {
  for (const SafetensorsDtype& entry : safetensors_dtypes)
    if (entry.dtype == dtype) return entry.name;
  fail(ErrorKind::unsupported, "safetensors", "the dtype {} has no name in this format", name_of(dtype));
}

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           std::string_view place) {
  if (text.empty() || text.front() != '{')
    fail(ErrorKind::file, place, "the header does not begin with '{{', it is no safetensors file");
  // The JSON library takes a NUL byte for the end of its input and would let anything follow it.
  if (const auto nul = text.find('\0'); nul != text.npos)
    fail(ErrorKind::file, place, "the header is not valid UTF-8 JSON: it has a NUL byte at {}", nul);
  SafetensorsHeader header;
  Handler handler(header, place);
  json::sax_parse(text.begin(), text.end(), &handler);
  check_layout(header, data_bytes, place);
  return header;
}

}  // namespace ulam::io
