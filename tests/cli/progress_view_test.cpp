#include "ulam/cli/progress_view.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::cli::progress_view_test {
namespace {

TEST(Duration, PicksTheUnitThatPeopleRead) {
  EXPECT_EQ(duration_text(0.0123), "12 ms");
  EXPECT_EQ(duration_text(4.21), "4.2 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(7500), "2 h 5 min");
}

TEST(Bar, ShowsShareAndTimeLeft) {
  const std::string bar = bar_text({"drawing", 25, 100, "evaluations", "note"}, 2);
  EXPECT_EQ(bar, "drawing  [######..................]  25 %  25/100 evaluations  6.0 s left  note");
  EXPECT_EQ(bar_text({"reading", 3, 0, "files", ""}, 2), "reading  3 files");
  EXPECT_EQ(bar_text({"drawing", 0, 10, "steps", ""}, 2),
            "drawing  [........................]  0 %  0/10 steps");
}

TEST(Lines, AreJsonWithTheTimeLeft) {
  const auto line = nlohmann::json::parse(line_text({"drawing", 25, 100, "evaluations", "a \"note\""}, 2));
  EXPECT_EQ(line["done"], 25);
  EXPECT_EQ(line["left"], 6.0);
  EXPECT_EQ(line["note"], "a \"note\"");
  EXPECT_FALSE(nlohmann::json::parse(line_text({"drawing", 0, 100, "evaluations", ""}, 2)).contains("left"));
}

std::string shown(ProgressStyle style, double pace, int reports) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  double now = 0;
  {
    ProgressView view(style, stream, [&] { return now; });
    for (int i = 1; i <= reports; ++i) {
      now += pace;
      view.show({"drawing", i, reports, "steps", ""});
    }
  }
  std::fclose(stream);
  std::string out(text, size);
  free(text);
  return out;
}

TEST(View, FastWorkIsNotDrownedInLinesButItsEndIsShown) {
  const std::string lines = shown(ProgressStyle::lines, 0.001, 100);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_NE(lines.find("\"done\":100"), std::string::npos);
}

TEST(View, ABarIsWipedAtTheEndAndQuietIsQuiet) {
  EXPECT_TRUE(shown(ProgressStyle::bar, 1, 3).ends_with("\r\033[K"));
  EXPECT_EQ(shown(ProgressStyle::none, 1, 3), "");
}

}  // namespace
}  // namespace ulam::cli::progress_view_test
