#pragma once
// One self-contained page: opens offline, light and dark, readable on a phone.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ulam/io/array.h"

namespace ulam {

class HtmlPage {
 public:
  explicit HtmlPage(std::string title);

  void heading(const std::string& text);
  void paragraph(const std::string& text);
  /// A line to type.
  void command(const std::string& text);
  /// First row = heading; columns whose cells begin with a digit or sign are set right. Cells `mark`ed true
  /// stand out.
  void table(const std::vector<std::vector<std::string>>& rows,
             const std::vector<std::vector<bool>>& mark = {});
  /// A figure of finished markup (svg_chart).
  void figure(const std::string& markup, const std::string& caption);
  /// u8 [H, W] or [H, W, 3], embedded as PNG. Throws Error(shape).
  void picture(const io::Array& image, const std::string& caption);
  /// The whole document. Contains no time, no host name, and fetches nothing.
  std::string text() const;

 private:
  std::string title_, body_;
};

std::string base64(std::span<const std::byte> bytes);

}  // namespace ulam
