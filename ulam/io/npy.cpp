#include "ulam/io/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/ranges.h>

#include "ulam/base/error.h"
#include "ulam/io/npy_header.h"
#include "ulam/io/quote.h"

namespace ulam::io {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::uint64_t header_cap = 1 << 20;
constexpr std::size_t most_dimensions = 32;

struct DtypeName {
  const char* name;
  Dtype dtype;
};
constexpr DtypeName dtype_names[] = {
    {"|b1", Dtype::boolean}, {"|u1", Dtype::u8},  {"|i1", Dtype::i8},
    {"<i2", Dtype::i16},     {"<i4", Dtype::i32}, {"<i8", Dtype::i64},
    {"<f2", Dtype::f16},     {"<f4", Dtype::f32}, {"<f8", Dtype::f64},
};

Dtype dtype_of(std::string_view descr, std::string_view place) {
  for (const DtypeName& entry : dtype_names)
    if (descr == entry.name) return entry.dtype;
  if (descr.find('O') != descr.npos)
    fail(ErrorKind::file, place, "holds Python objects (a pickle), which are never read");
  if (!descr.empty() && descr[0] == '>')
    fail(ErrorKind::file, place, "holds big-endian numbers ({})", in_quotes(descr));
  fail(ErrorKind::file, place, "has the dtype {}, valid: |b1, |u1, |i1, <i2, <i4, <i8, <f2, <f4, <f8",
       in_quotes(descr));
}

/// Reader of the one Python literal that the format allows: a dictionary of descr, fortran_order and shape.
class Literal {
 public:
  Literal(std::string_view text, std::string_view place) : text_(text), place_(place) {}

  NpyHeader parse() {
    NpyHeader header;
    bool has_descr = false, has_order = false, has_shape = false;
    need('{');
    while (!take('}')) {
      const std::string_view key = string();
      need(':');
      if (key == "descr" && !has_descr) {
        has_descr = true;
        skip();
        if (at_ < text_.size() && text_[at_] == '[')
          fail(ErrorKind::file, place_, "holds structures, which are not read");
        header.dtype = dtype_of(string(), place_);
      } else if (key == "fortran_order" && !has_order) {
        has_order = true;
        header.fortran_order = boolean();
      } else if (key == "shape" && !has_shape) {
        has_shape = true;
        header.shape = tuple();
      } else {
        const bool known = key == "descr" || key == "fortran_order" || key == "shape";
        fail(ErrorKind::file, place_, "the npy header has the key {} {}", in_quotes(key),
             known ? "twice" : "that is not descr, fortran_order or shape");
      }
      if (!take(',')) {
        need('}');
        break;
      }
    }
    skip();
    if (at_ != text_.size()) broken("something after the dictionary");
    if (!has_descr || !has_order || !has_shape)
      fail(ErrorKind::file, place_, "the npy header has no {}",
           !has_descr   ? "descr"
           : !has_order ? "fortran_order"
                        : "shape");
    return header;
  }

 private:
  [[noreturn]] void broken(const char* found) {
    fail(ErrorKind::file, place_, "the npy header is no valid dictionary at byte {}: {}", at_, found);
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void need(char c) {
    if (!take(c)) broken(fmt::format("'{}' is needed", c).c_str());
  }
  std::string_view string() {
    skip();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') broken("a string is needed");
    const std::size_t begin = ++at_;
    at_ = text_.find(quote, begin);
    if (at_ == text_.npos) {
      at_ = text_.size();
      broken("a string has no end");
    }
    const std::string_view value = text_.substr(begin, at_++ - begin);
    if (value.find('\\') != value.npos) broken("a string with escapes");
    return value;
  }
  bool boolean() {
    skip();
    for (const std::string_view word : {"True", "False"})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    broken("True or False is needed");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> shape;
    need('(');
    bool comma = false;
    while (!take(')')) {
      if (shape.size() == most_dimensions) broken("more than 32 dimensions");
      skip();
      std::int64_t extent = 0;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (error != std::errc{} || extent < 0)
        broken("a non-negative integer below 2^63 is needed in the shape");
      at_ += static_cast<std::size_t>(end - begin);
      shape.push_back(extent);
      comma = take(',');
      if (!comma) {
        need(')');
        break;
      }
    }
    if (shape.size() == 1 && !comma) broken("a shape of one extent is written (n,)");
    return shape;
  }

  std::string_view text_;
  std::string_view place_;
  std::size_t at_ = 0;
};

/// Length of magic, version and length field, and of the dictionary behind them.
std::pair<std::uint64_t, std::uint64_t> head_lengths(ByteView bytes, std::string_view place) {
  if (bytes.size() < 10 || as_text(bytes.first(6)) != magic)
    fail(ErrorKind::file, place, "does not begin with the magic \\x93NUMPY, it is no npy file");
  const int version = std::to_integer<int>(bytes[6]), minor = std::to_integer<int>(bytes[7]);
  if (version < 1 || version > 3 || minor != 0)
    fail(ErrorKind::file, place, "has npy version {}.{}, valid: 1.0, 2.0, 3.0", version, minor);
  const std::uint64_t prefix = version == 1 ? 10 : 12;
  if (bytes.size() < prefix) fail(ErrorKind::file, place, "is truncated inside the npy header");
  std::uint64_t length = 0;
  for (std::uint64_t i = 8; i < prefix; ++i)
    length |= std::to_integer<std::uint64_t>(bytes[i]) << 8 * (i - 8);
  if (length > header_cap)
    fail(ErrorKind::file, place, "the npy header of {} bytes passes the {} allowed", length, header_cap);
  return {prefix, length};
}

void check_length(const NpyHeader& header, std::uint64_t file_bytes, std::string_view place) {
  if (header.data_bytes != file_bytes - header.data)
    fail(ErrorKind::file, place, "npy {} {} needs {} bytes of data but {} are there", name_of(header.dtype),
         shape_text(header.shape), header.data_bytes, file_bytes - header.data);
}

/// Bytes in Fortran order -> C order. Walks the output; `index` is an odometer over the shape.
Bytes to_c_order(ByteView in, const NpyHeader& header) {
  const std::size_t item = size_of(header.dtype), n = header.shape.size();
  std::vector<std::size_t> stride(n), index(n, 0);
  std::size_t step = item;
  for (std::size_t d = 0; d < n; ++d) {
    stride[d] = step;
    step *= static_cast<std::size_t>(header.shape[d]);
  }
  Bytes out(in.size());
  std::size_t from = 0;
  for (std::size_t to = 0; to < out.size(); to += item) {
    std::memcpy(out.data() + to, in.data() + from, item);
    for (std::size_t d = n; d-- > 0;) {
      from += stride[d];
      if (++index[d] < static_cast<std::size_t>(header.shape[d])) break;
      from -= stride[d] * index[d];
      index[d] = 0;
    }
  }
  return out;
}

Array finish(NpyHeader header, Bytes data, std::string_view place) {
  Array a;
  a.bytes = header.fortran_order && header.shape.size() > 1 ? to_c_order(data, header) : std::move(data);
  a.dtype = header.dtype;
  a.shape = std::move(header.shape);
  check_booleans(a, place);
  return a;
}

}  // namespace

NpyHeader parse_npy_header(ByteView bytes, std::string_view place) {
  const auto [prefix, length] = head_lengths(bytes, place);
  if (length > bytes.size() - prefix)
    fail(ErrorKind::file, place, "the npy header of {} bytes passes the end of the file", length);
  NpyHeader header = Literal(as_text(bytes.subspan(prefix, length)), place).parse();
  const auto size = checked_byte_count(header.dtype, header.shape);
  if (!size) fail(ErrorKind::file, place, "the size of npy shape {} overflows", shape_text(header.shape));
  header.data = prefix + length;
  header.data_bytes = *size;
  return header;
}

Array parse_npy(ByteView bytes, std::string_view place) {
  NpyHeader header = parse_npy_header(bytes, place);
  check_length(header, bytes.size(), place);
  const ByteView data = bytes.subspan(header.data);
  return finish(std::move(header), Bytes(data.begin(), data.end()), place);
}

Array read_npy(const std::string& path) {
  InputFile file(path);
  Bytes head(std::min<std::uint64_t>(file.size(), 12));
  file.read(head);
  const auto [prefix, length] = head_lengths(head, path);
  const std::uint64_t known = head.size(), wanted = std::min(file.size(), std::max(known, prefix + length));
  head.resize(wanted);
  file.read(std::span(head).subspan(known));
  NpyHeader header = parse_npy_header(head, path);
  check_length(header, file.size(), path);
  Bytes data(header.data_bytes);
  const auto early =
      ByteView(head).subspan(header.data);  // a dictionary too short to be one cannot get here with data
  std::copy(early.begin(), early.end(), data.begin());
  file.read(std::span(data).subspan(early.size()));
  return finish(std::move(header), std::move(data), path);
}

std::string npy_header(Dtype dtype, std::span<const std::int64_t> shape) {
  const auto* entry = std::find_if(std::begin(dtype_names), std::end(dtype_names),
                                   [&](const DtypeName& e) { return e.dtype == dtype; });
  if (entry == std::end(dtype_names))
    fail(ErrorKind::unsupported, "npy", "NumPy has no dtype {}, convert the array to f32 first",
         name_of(dtype));
  if (shape.size() > most_dimensions)
    fail(ErrorKind::shape, "npy", "{} dimensions pass the {} of the format", shape.size(), most_dimensions);
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", entry->name,
                                 fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const std::size_t total = (10 + text.size() + 1 + 63) / 64 * 64;
  text.resize(total - 11, ' ');
  text += '\n';
  std::string head(magic);
  head += {'\x01', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return head + text;
}

namespace {
std::string head_of(const Array& array) {
  check_size(array, "npy");
  return npy_header(array.dtype, array.shape);
}
}  // namespace

Bytes serialise_npy(const Array& array) {
  const std::string head = head_of(array);
  const ByteView view = as_byte_view(head);
  Bytes out;
  out.reserve(view.size() + array.bytes.size());
  out.assign(view.begin(), view.end());
  out.insert(out.end(), array.bytes.begin(), array.bytes.end());
  return out;
}

void write_npy(const std::string& path, const Array& array) {
  const std::string head = head_of(array);
  AtomicFile output(path);
  output.write(head);
  output.write(array.bytes);
  output.commit();
}

}  // namespace ulam::io
