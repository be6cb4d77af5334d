#include "ulam/cli/draw_job.h"

#include "tests/cli/support.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/io/digest.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"

namespace ulam::cli::draw_job_test {
namespace {

using cli_test::TemporaryFolder;

Source tp1() { return open_model("tp1", {}, {}); }

DrawResult result_of(const DrawJob& job, const Source& source) {
  DrawRequest request{Field(source.model)};
  request.solver = job.options.text("solver");
  request.steps = static_cast<int>(job.options.integer("steps"));
  request.count = 2;
  return draw(request);
}

TEST(DrawJob, ARecordGivesBackTheSameJobWithTheIdsThatCameOut) {
  const Source source = tp1();
  const DrawJob job =
      with_defaults(make_job({{"model", "tp1"}, {"seed", "9000000000000000000"}, {"count", "5"}}), source);
  const nlohmann::json record = record_of(job, source, result_of(job, source));
  const DrawJob back = job_of(nlohmann::json::parse(record.dump()), "a.png");
  EXPECT_EQ(back.options.text("ids"), "0-1");
  EXPECT_EQ(back.options.integer("seed"), 9000000000000000000);
  EXPECT_EQ(back.options.text("solver"), "ddim");
  EXPECT_EQ(back.options.integer("steps"), 18);
  EXPECT_EQ(back.model_hash, record["model_hash"]);
  // A record of the repeated draw is the same record: files repeat byte for byte.
  EXPECT_EQ(record_of(with_defaults(back, source), source, result_of(back, source)), record);
}

TEST(DrawJob, TheModelsAdviceFillsWhatIsLeftOpen) {
  Source source = tp1();
  source.draw = {{"solver", "heun"}, {"steps", 7}, {"grid", "time2"}, {"post", "clip"}};
  const DrawJob open = with_defaults(make_job({{"model", "tp1"}}), source);
  EXPECT_EQ(open.options.text("solver"), "heun");
  EXPECT_EQ(open.options.integer("steps"), 7);
  EXPECT_EQ(open.options.text("grid"), "time2");
  EXPECT_EQ(open.options.text("post"), "clip");
  const DrawJob chosen = with_defaults(make_job({{"model", "tp1"}, {"solver", "ddim"}}), source);
  EXPECT_FALSE(chosen.options.has("grid"));  // the advice belongs to the other solver
  EXPECT_FALSE(chosen.options.has("post"));
  EXPECT_EQ(chosen.options.integer("steps"), 7);
}

// A plan made for other weights, or set aside by a solver that was asked for, would spoil samples unseen.
TEST(DrawJob, StepsAloneTakeTheModelsTunedPlan) {
  const TemporaryFolder folder;
  Source source = tp1();
  source.where = folder.path();
  std::filesystem::create_directory(folder / "plans");
  nlohmann::json plan = {{"provenance", {{"model_hash", io::digest_text(source.model->info().hash)}}}};
  cli_test::spill(folder / "plans/6.json", plan.dump());
  const auto job = [&](Given more) {
    more["model"] = "tp1";
    return with_defaults(make_job(more), source);
  };
  EXPECT_EQ(job({{"steps", "6"}}).plan, plan);
  EXPECT_EQ(job({{"steps", "6"}}).tuned_plan, folder / "plans/6.json");
  EXPECT_FALSE(job({{"steps", "5"}}).plan);
  EXPECT_FALSE(job({}).plan);
  EXPECT_FALSE(job({{"steps", "6"}, {"solver", "ddim"}}).plan);
  EXPECT_FALSE(job({{"steps", "6"}, {"grid", "time2"}}).plan);
  plan["provenance"]["model_hash"] = "0123456789abcdef";
  cli_test::spill(folder / "plans/6.json", plan.dump());
  EXPECT_FALSE(job({{"steps", "6"}}).plan);
}

TEST(DrawJob, OptionsThatExcludeEachOtherAreRefused) {
  const TemporaryFolder folder;
  cli_test::spill(folder / "t.json", "[1, 0.5, 0.001]");
  EXPECT_EQ(make_job({{"model", "tp1"}, {"grid", folder / "t.json"}}).times.size(), 3u);
  EXPECT_THROW(make_job({}), Error);
  EXPECT_THROW(make_job({{"model", "tp1"}, {"ids", "1"}, {"count", "2"}}), Error);
  EXPECT_THROW(make_job({{"model", "tp1"}, {"ids", "1"}, {"first-id", "2"}}), Error);
  EXPECT_THROW(make_job({{"model", "tp1"}, {"plan", "p.json"}, {"steps", "2"}}), Error);
  EXPECT_THROW(make_job({{"model", "tp1"}, {"grid", folder / "t.json"}, {"steps", "2"}}), Error);
}

TEST(DrawJob, FilesOfTimesAreReadStrictly) {
  const TemporaryFolder folder;
  const auto job = [&](const std::string& text) {
    cli_test::spill(folder / "t.json", text);
    return make_job({{"model", "tp1"}, {"grid", folder / "t.json"}});
  };
  EXPECT_EQ(job("{\"times\": [1, 0]}").times, (std::vector<double>{1, 0}));
  for (const char* text : {"", "{}", "[1, \"x\"]", "[1,", "7"}) EXPECT_THROW(job(text), Error) << text;
}

TEST(DrawJob, BrokenRecordsAreRefused) {
  for (const char* text :
       {"[]", "{}", R"({"command": "train"})", R"({"command": "draw", "options": 3})",
        R"({"command": "draw", "options": {"model": "tp1"}, "model_hash": "", "plan_hash": ""})",
        R"({"command": "draw", "options": {"model": [1]}})",
        R"({"command": "draw", "options": {"model": "tp1", "ids": "0", "rm": "x"}})"})
    EXPECT_THROW(job_of(nlohmann::json::parse(text), "a.png"), Error) << text;
}

TEST(Noise, EveryFormatGivesTheRowsInTheModelsDtype) {
  const TemporaryFolder folder;
  const ModelInfo info = tp1().model->info();
  const at::Tensor x = at::tensor({0.5f, -0.25f, 2.0f}).reshape({3, 1});
  io::write_npy(folder / "x.npy", to_array(x));
  io::ArrayFile file;
  file.arrays.emplace_back("ids", to_array(at::arange(3)));
  file.arrays.emplace_back("samples", to_array(x));
  io::write_npz(folder / "x.npz", file);
  io::write_safetensors(folder / "x.safetensors", file);
  for (const char* name : {"x.npy", "x.npz", "x.safetensors"}) {
    const at::Tensor read = read_noise(folder / name, info);
    EXPECT_EQ(read.scalar_type(), at::kDouble);
    EXPECT_TRUE(at::equal(read, x.to(at::kDouble))) << name;
  }
}

TEST(Noise, WhatDoesNotFitIsRefused) {
  const TemporaryFolder folder;
  const ModelInfo info = tp1().model->info();
  const auto kind = [&](const at::Tensor& x) {
    io::write_npy(folder / "x.npy", to_array(x));
    try {
      read_noise(folder / "x.npy", info);
    } catch (const Error& e) {
      return e.kind();
    }
    return ErrorKind::cancelled;
  };
  EXPECT_EQ(kind(at::zeros({3})), ErrorKind::shape);
  EXPECT_EQ(kind(at::zeros({3, 2})), ErrorKind::shape);
  EXPECT_EQ(kind(at::zeros({0, 1})), ErrorKind::shape);
  EXPECT_EQ(kind(at::zeros({3, 1}, at::kLong)), ErrorKind::shape);
  EXPECT_EQ(kind(at::full({3, 1}, NAN)), ErrorKind::numeric);
  EXPECT_THROW(read_noise(folder / "missing.npy", info), Error);
  EXPECT_THROW(read_noise(folder / "x.txt", info), Error);
}

}  // namespace
}  // namespace ulam::cli::draw_job_test
