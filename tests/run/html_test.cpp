#include "ulam/run/html.h"

#include <gtest/gtest.h>

#include "ulam/io/png.h"

namespace ulam::html_test {
namespace {

std::string encoded(const std::string& text) {
  return base64(std::as_bytes(std::span(text.data(), text.size())));
}

// RFC 4648, section 10.
TEST(Html, Base64KnownAnswers) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
}

TEST(Html, ThePageStandsAloneAndEscapesText) {
  HtmlPage page("a < b");
  page.heading("x & y");
  page.paragraph("<b>");
  page.table({{"name", "value"}, {"ddim", "0.5 +- 0.1"}}, {{}, {false, true}});
  page.picture(io::make_array<std::uint8_t>({2, 2}, std::vector<std::uint8_t>{0, 50, 100, 255}),
               "four pixels");
  const std::string text = page.text();
  EXPECT_NE(text.find("<title>a &lt; b</title>"), std::string::npos);
  EXPECT_EQ(text.find("<b>"), std::string::npos);
  EXPECT_NE(text.find("<td class='n m'>0.5 +- 0.1</td>"), std::string::npos);
  EXPECT_NE(text.find("src=\"data:image/png;base64,iVBOR"), std::string::npos);
  // Opens offline: nothing is fetched.
  EXPECT_EQ(text.find("http"), std::string::npos);
  EXPECT_NE(text.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_NE(text.find("width=device-width"), std::string::npos);
}

}  // namespace
}  // namespace ulam::html_test
