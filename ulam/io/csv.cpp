#include "ulam/io/csv.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/io/quote.h"

namespace ulam::io {
namespace {

constexpr std::size_t most_cells = std::size_t{1} << 26;

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

bool missing(std::string_view cell) {
  std::string low;
  if (cell.size() > 4) return false;
  for (const char c : cell) low += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* word : {"", "na", "n/a", "nan", "null", "none", "?", "-"})
    if (low == word) return true;
  return false;
}

bool is_text(std::string_view cell) { return !missing(cell) && !parse_real(cell); }

char separator_of(std::string_view line) {
  char best = ',';
  std::size_t most = 0;
  for (const char c : {',', ';', '\t'}) {
    bool quoted = false;
    std::size_t n = 0;
    for (const char d : line) {
      if (d == '"') quoted = !quoted;
      n += d == c && !quoted ? 1 : 0;
    }
    if (n > most) most = n, best = c;
  }
  return best;
}

struct Line {
  std::size_t number = 0;
  std::vector<std::string> cells;
};

class Reader {
 public:
  Reader(std::string_view text, const std::string& place) : text_(text), place_(place) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
    if (text_.find('\0') != std::string_view::npos)
      fail(ErrorKind::file, place_, "holds NUL bytes: not a text file");
    separator_ = separator_of(text_.substr(0, text_.find_first_of("\r\n")));
  }
  /// The next line that is not blank; false at the end.
  bool next(Line& line) {
    while (at_ < text_.size()) {
      line.number = ++line_;
      read(line.cells);
      if (line.cells.size() > 1 || !line.cells.front().empty() || quoted_) return true;
      blank_ = line.number;
    }
    return false;
  }
  /// The last blank line that was passed over; 0 = none.
  std::size_t blank() const { return blank_; }

 private:
  void read(std::vector<std::string>& cells) {
    cells.clear();
    quoted_ = false;
    while (true) {
      cells.push_back(cell());
      if (at_ >= text_.size()) return;
      const char c = text_[at_];
      ++at_;
      if (c == separator_) continue;
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
      return;
    }
  }
  std::string cell() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    return std::string(trimmed(text_.substr(from, at_ - from)));
  }
  std::string quoted() {
    quoted_ = true;
    const std::size_t began = line_;
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        out += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        out += text_[++at_];
      } else {
        ++at_;
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r')
          fail(ErrorKind::file, place_, "line {}: text follows a closing quote", line_);
        return std::string(trimmed(out));
      }
    }
    fail(ErrorKind::file, place_, "line {}: a quote is not closed", began);
  }

  std::string_view text_;
  const std::string& place_;
  char separator_ = ',';
  std::size_t at_ = 0, line_ = 0, blank_ = 0;
  bool quoted_ = false;
};

bool is_heading(const std::vector<std::string>& cells) {
  if (cells.size() == 1) return is_text(cells[0]);
  bool text = false;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    if (parse_real(cells[i])) return false;
    text = text || is_text(cells[i]);
  }
  return text;
}

}  // namespace

CsvTable parse_csv(std::string_view text, const std::string& place) {
  Reader reader(text, place);
  Line line;
  if (!reader.next(line)) fail(ErrorKind::file, place, "is empty; a table of numbers is needed");
  CsvTable table;
  table.heading = is_heading(line.cells);
  const std::size_t width = line.cells.size();
  std::vector<std::string> names;
  if (table.heading) {
    names = line.cells;
    if (!reader.next(line)) fail(ErrorKind::file, place, "has a heading and no rows");
  }
  const bool indexed = width > 1 && is_text(line.cells.front());
  const std::size_t first = indexed ? 1 : 0;
  for (std::size_t c = first; c < width; ++c) {
    const std::string fallback = std::to_string(c + 1 - first);
    table.names.push_back(table.heading && !names[c].empty() ? names[c] : fallback);
  }
  if (indexed && table.heading) table.index_name = names[0];
  table.columns.resize(width - first);
  std::size_t cells = 0;
  do {
    if (const std::size_t blank = reader.blank(); blank != 0)
      fail(ErrorKind::file, place, "line {} is blank, and rows follow it; NA says that a value is missing",
           blank);
    if (line.cells.size() != width)
      fail(ErrorKind::file, place, "line {} has {} cells, the lines before it have {}", line.number,
           line.cells.size(), width);
    if ((cells += width) > most_cells) fail(ErrorKind::file, place, "has more than {} cells", most_cells);
    if (indexed) table.index.push_back(line.cells[0]);
    for (std::size_t c = first; c < width; ++c) {
      const std::string& cell = line.cells[c];
      const std::optional<double> value = parse_real(cell);
      if (!value && !missing(cell))
        fail(ErrorKind::file, place, "line {}, column {}: {} is no number", line.number,
             in_quotes(table.names[c - first]), in_quotes(cell));
      table.columns[c - first].push_back(value ? *value : std::numeric_limits<double>::quiet_NaN());
    }
  } while (reader.next(line));
  return table;
}

CsvTable read_csv(const std::string& path) {
  const Bytes bytes = read_maybe_gzip(path);
  return parse_csv(as_text(bytes), path);
}

namespace {

std::string cell_text(const std::string& text) {
  if (text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string csv_text(const CsvTable& table) {
  const bool indexed = !table.index.empty();
  std::string out;
  if (indexed) out += cell_text(table.index_name);
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (indexed || c > 0) out += ',';
    out += cell_text(table.names[c]);
  }
  out += '\n';
  for (std::size_t r = 0; r < table.rows(); ++r) {
    if (indexed) out += cell_text(table.index[r]);
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (indexed || c > 0) out += ',';
      if (const double v = table.columns[c][r]; !std::isnan(v))
        out += real_text(v);
      else if (!indexed && table.columns.size() == 1)
        out += "NA";  // not a blank line
    }
    out += '\n';
  }
  return out;
}

}  // namespace ulam::io
