#include "ulam/cli/progress_view.h"

#include <algorithm>
#include <chrono>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ulam::cli {
namespace {

constexpr int bar_width = 24;

/// Seconds until the end at the pace so far; negative when it cannot be told.
double seconds_left(const Progress& p, double seconds) {
  if (p.total <= 0 || p.done <= 0) return -1;
  return seconds * static_cast<double>(std::max<std::int64_t>(0, p.total - p.done)) /
         static_cast<double>(p.done);
}

}  // namespace

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ProgressStyle progress_style(bool quiet, std::FILE* stream) {
  if (quiet) return ProgressStyle::none;
  return isatty(fileno(stream)) != 0 ? ProgressStyle::bar : ProgressStyle::lines;
}

std::string duration_text(double seconds) {
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string bar_text(const Progress& p, double seconds) {
  std::string out = p.what;
  if (p.total > 0) {
    const double share = std::clamp(static_cast<double>(p.done) / static_cast<double>(p.total), 0.0, 1.0);
    const int filled = static_cast<int>(share * bar_width);
    out += fmt::format("  [{:#<{}}{:.<{}}]  {:.0f} %  {}/{} {}", "", filled, "", bar_width - filled,
                       share * 100, p.done, p.total, p.unit);
  } else {
    out += fmt::format("  {} {}", p.done, p.unit);
  }
  const double left = seconds_left(p, seconds);
  if (left >= 0) out += "  " + duration_text(left) + " left";
  if (!p.note.empty()) out += "  " + p.note;
  return out;
}

std::string line_text(const Progress& p, double seconds) {
  nlohmann::ordered_json line = {
      {"progress", p.what}, {"done", p.done}, {"total", p.total}, {"unit", p.unit}};
  const auto rounded = [](double v) { return static_cast<double>(static_cast<long>(v * 1000 + 0.5)) / 1000; };
  line["seconds"] = rounded(seconds);
  const double left = seconds_left(p, seconds);
  if (left >= 0) line["left"] = rounded(left);
  if (!p.note.empty()) line["note"] = p.note;
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ProgressView::ProgressView(ProgressStyle style, std::FILE* stream, Clock clock)
    : style_(style), stream_(stream), clock_(std::move(clock)), started_(clock_ ? clock_() : 0) {}

ProgressView::~ProgressView() { finish(); }

void ProgressView::show(const Progress& progress) {
  if (style_ == ProgressStyle::none) return;
  const double now = clock_ ? clock_() : 0;
  const bool last = progress.total > 0 && progress.done >= progress.total;
  if (!last && now - last_ < (style_ == ProgressStyle::bar ? 0.1 : 1.0)) return;
  last_ = now;
  if (style_ == ProgressStyle::bar) {
    fmt::print(stream_, "\r\033[K{}", bar_text(progress, now - started_));
    drawn_ = true;
  } else {
    fmt::print(stream_, "{}\n", line_text(progress, now - started_));
  }
  std::fflush(stream_);
}

void ProgressView::finish() {
  if (!drawn_) return;
  fmt::print(stream_, "\r\033[K");
  std::fflush(stream_);
  drawn_ = false;
}

void ProgressView::say(const std::string& line) {
  finish();
  fmt::print(stream_, "{}\n", line);
  std::fflush(stream_);
}

}  // namespace ulam::cli
