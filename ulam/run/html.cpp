#include "ulam/run/html.h"

#include <cctype>

#include <fmt/format.h>

#include "ulam/base/version.h"
#include "ulam/io/png.h"
#include "ulam/run/plot.h"

namespace ulam {
namespace {

constexpr const char* style = R"(
:root{color-scheme:light dark;--paper:#fcfcfa;--ink:#22262b;--soft:#667;--grid:#dfe2e6;--mark:#e7f2ea;
--c0:#0b6bb0;--c1:#c4501a;--c2:#13805a;--c3:#9a3b8f;--c4:#a07400;--c5:#2a93b8;--c6:#b32d3f;--c7:#5b5fb5}
@media(prefers-color-scheme:dark){:root{--paper:#16181c;--ink:#e4e6ea;--soft:#9aa2ad;--grid:#333941;--mark:#1d3a2b;
--c0:#62b2ee;--c1:#f2935f;--c2:#4fc796;--c3:#d98bd0;--c4:#e0b64a;--c5:#6fcfe8;--c6:#f07f8d;--c7:#a3a6f0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin:2rem 0 .5rem}
pre{overflow-x:auto;padding:.5rem .7rem;border:1px solid var(--grid);border-radius:.3rem;font-size:.88rem}
p,figcaption,footer{color:var(--soft);max-width:44rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}
th,td{padding:.3rem .7rem;border-bottom:1px solid var(--grid);text-align:left;white-space:nowrap}
td.n{text-align:right}td.m{background:var(--mark);font-weight:600}
figure{margin:1rem 0}img{max-width:100%;height:auto;image-rendering:pixelated}
.chart{width:100%;height:auto;font:13px system-ui,sans-serif}
.chart text{fill:var(--ink)}.chart .head{font-weight:600}
.chart .grid{stroke:var(--grid)}.chart .frame{fill:none;stroke:var(--soft)}
.chart .line{fill:none;stroke:var(--c);stroke-width:2}.chart .bar{stroke:var(--c);stroke-width:1.5}
.chart g circle,.chart g rect,.chart g path{fill:var(--c)}
.chart .level{stroke:var(--soft);stroke-dasharray:6 4}
@media(max-width:40rem){body{padding:.6rem}.chart{font-size:17px}}
)";

bool numeric(const std::string& cell) {
  return !cell.empty() &&
         (std::isdigit(static_cast<unsigned char>(cell[0])) != 0 || cell[0] == '-' || cell[0] == '+');
}

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    unsigned word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (k < left ? static_cast<unsigned>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) out += k <= left ? letters[word >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

HtmlPage::HtmlPage(std::string title) : title_(std::move(title)) {}

void HtmlPage::heading(const std::string& text) { body_ += fmt::format("<h2>{}</h2>\n", escaped(text)); }
void HtmlPage::paragraph(const std::string& text) { body_ += fmt::format("<p>{}</p>\n", escaped(text)); }

void HtmlPage::command(const std::string& text) { body_ += fmt::format("<pre>{}</pre>\n", escaped(text)); }

void HtmlPage::table(const std::vector<std::vector<std::string>>& rows,
                     const std::vector<std::vector<bool>>& mark) {
  body_ += "<div class='wide'><table>\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    body_ += "<tr>";
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const bool marked = r < mark.size() && c < mark[r].size() && mark[r][c];
      if (r == 0)
        body_ += fmt::format("<th>{}</th>", escaped(rows[r][c]));
      else
        body_ += fmt::format("<td class='{}{}'>{}</td>", numeric(rows[r][c]) ? "n" : "", marked ? " m" : "",
                             escaped(rows[r][c]));
    }
    body_ += "</tr>\n";
  }
  body_ += "</table></div>\n";
}

void HtmlPage::figure(const std::string& markup, const std::string& caption) {
  body_ += fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", markup, escaped(caption));
}

void HtmlPage::picture(const io::Array& image, const std::string& caption) {
  const io::Bytes png = io::serialise_png({image, {}});
  figure(fmt::format("<img alt=\"{}\" src=\"data:image/png;base64,{}\">", escaped(caption), base64(png)),
         caption);
}

std::string HtmlPage::text() const {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style></head>\n<body><h1>{0}</h1>\n{2}<footer><p>ulam "
      "{3}</p></footer>\n</body></html>\n",
      escaped(title_), style, body_, version);
}

}  // namespace ulam
