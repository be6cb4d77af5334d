#include "ulam/run/job_manifest.h"

#include "../errors.h"
#include "job_support.h"

namespace ulam::job_manifest_test {
namespace {

using job_test::small_manifest;

TEST(JobManifest, RangesCoverEverySampleOnce) {
  for (const std::int64_t rows : {1, 3, 8, 50, 64}) {
    const JobManifest m = small_manifest(50, rows);
    std::uint64_t next = m.first;
    for (std::int64_t k = 0; k < m.shards(); ++k) {
      EXPECT_EQ(m.range(k).first, next);
      EXPECT_GE(m.range(k).count, 1);
      next += static_cast<std::uint64_t>(m.range(k).count);
    }
    EXPECT_EQ(next, m.first + 50);
    testing::expect_error(ErrorKind::option, {"shard"}, [&] { (void)m.range(m.shards()); });
  }
}

TEST(JobManifest, ComesBackFromItsText) {
  JobManifest m = small_manifest();
  m.machines.push_back({{"processor", "zz"}});
  const JobManifest back = parse_manifest(manifest_text(m), "m");
  EXPECT_EQ(manifest_text(back), manifest_text(m));
  EXPECT_EQ(job_id(back), job_id(m));
  EXPECT_TRUE(back.mixed());
}

// The id names the job in ledger and shards: machines may join, everything else makes another job.
TEST(JobManifest, TheIdFeelsEverythingButTheMachines) {
  const JobManifest m = small_manifest();
  JobManifest other = m;
  other.machines[0]["torch"] = "2";
  EXPECT_EQ(job_id(other), job_id(m));
  const auto differs = [&](auto change) {
    JobManifest changed = m;
    change(changed);
    EXPECT_NE(job_id(changed), job_id(m));
    EXPECT_EQ(manifest_differences(m, changed).size(), 1U);
  };
  differs([](JobManifest& c) { c.draw["options"]["steps"] = 5; });
  differs([](JobManifest& c) { c.draw["extra"] = 1; });
  differs([](JobManifest& c) { c.first = 8; });
  differs([](JobManifest& c) { c.count = 51; });
  differs([](JobManifest& c) { c.shard_rows = 9; });
  differs([](JobManifest& c) { c.chunk_rows = 5; });
  differs([](JobManifest& c) { c.threads = 2; });
}

TEST(JobManifest, ADifferenceNamesTheFieldAndBothValues) {
  JobManifest asked = small_manifest();
  asked.draw["options"]["steps"] = 5;
  const auto said = manifest_differences(small_manifest(), asked);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0], "draw.options.steps is 4, asked for was 5");
}

TEST(JobManifest, EveryFlippedBitIsNoticed) {
  const std::string text = manifest_text(small_manifest());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    try {
      // Blanks between values may change; values may not.
      EXPECT_EQ(manifest_text(parse_manifest(bad, "m")), text) << i;
    } catch (const Error& error) {
      EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::file)) << error.what();
    }
  }
}

// One bad file a rule. The checksum is made anew, so that the rule itself must speak.
TEST(JobManifest, RefusesWhatItCannotHaveWritten) {
  using nlohmann::json;
  struct Row {
    const char* part;
    std::function<void(json&)> spoil;
  };
  const std::vector<Row> rows = {
      {"format", [](json& j) { j["format"] = "ulam-job-2"; }},
      {"format", [](json& j) { j.erase("format"); }},
      {"extra", [](json& j) { j["extra"] = 1; }},
      {"draw", [](json& j) { j["draw"] = 3; }},
      {"draw", [](json& j) { j.erase("draw"); }},
      {"first", [](json& j) { j["first"] = -1; }},
      {"first", [](json& j) { j["first"] = 9223372036854775807; }},
      {"first", [](json& j) { j["first"] = .5; }},
      {"count", [](json& j) { j["count"] = 0; }},
      {"count", [](json& j) { j["count"] = 1e10; }},
      {"count", [](json& j) { j["count"] = "50"; }},
      {"shard_rows", [](json& j) { j["shard_rows"] = 0; }},
      {"chunk_rows", [](json& j) { j["chunk_rows"] = -4; }},
      {"threads", [](json& j) { j["threads"] = 0; }},
      {"100000000 shards", [](json& j) { j["count"] = 100000000, j["shard_rows"] = 1; }},
      {"machines", [](json& j) { j["machines"] = json::array(); }},
      {"machines", [](json& j) { j["machines"] = {1}; }},
      {"machines",
       [](json& j) {
         j["machines"] = {{{"torch", 1}}};
       }},
      {"sorted",
       [](json& j) {
         j["machines"] = {{{"a", "2"}}, {{"a", "1"}}};
       }},
      {"sorted",
       [](json& j) {
         j["machines"] = {{{"a", "2"}}, {{"a", "2"}}};
       }},
      {"checksum", [](json& j) { j["draw"]["options"]["steps"] = 5; }},
      {"checksum", [](json& j) { j.erase("checksum"); }},
  };
  for (const Row& row : rows) {
    json j = json::parse(manifest_text(small_manifest()));
    row.spoil(j);
    if (std::string(row.part) != "checksum") {
      j.erase("checksum");
      j["checksum"] = "0000000000000000";
    }
    testing::expect_error(ErrorKind::file, {"m.json", row.part},
                          [&] { (void)parse_manifest(j.dump(2), "m.json"); });
  }
  for (const char* text : {"", "{", "[]", "null", "{\"format\": \"ulam-job-1\", \"format\": \"ulam-job-1\"}"})
    testing::expect_error(ErrorKind::file, {"m.json"}, [&] { (void)parse_manifest(text, "m.json"); });
}

}  // namespace
}  // namespace ulam::job_manifest_test
