// Whole draws from folders of diffusers end where its own pipelines end, by the recipe that the command takes
// from the folder. The golden ends are made by bench/peers/diffusers_pipelines.py.
#include "tests/cli/support.h"
#include "tests/model/diffusers_support.h"

#include <ATen/core/grad_mode.h>

#include "ulam/cli/decoding.h"
#include "ulam/cli/draw_command.h"
#include "ulam/cli/draw_job.h"
#include "ulam/cli/model_source.h"

namespace ulam::cli::diffusers_draws_test {
namespace {

namespace fs = std::filesystem;
using cli_test::TemporaryFolder;

struct Golden {
  io::ArrayFile arrays;
  nlohmann::json cases;
  test::PeerCase network;
};

Golden golden() {
  Golden g;
  g.arrays = io::read_safetensors(
      (fs::path(__FILE__).parent_path() / "golden/diffusers_draws.safetensors").string());
  g.cases = nlohmann::json::parse(g.arrays.metadata.at("cases"));
  const auto network = nlohmann::json::parse(g.arrays.metadata.at("network"));
  g.network = test::described_case(network);
  return g;
}

/// The end of a draw by the plan's table and the request's field, with the given z for every step.
at::Tensor follow(const DrawRequest& request, const Plan& plan, const std::string& name) {
  at::Tensor x = request.noise.clone();
  std::vector<at::Tensor> history, registers(static_cast<std::size_t>(plan.memory + plan.scratch));
  Ledger ledger;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    at::Tensor pushed;
    for (const Move& move : plan.variant(static_cast<int>(i), static_cast<int>(history.size())).moves) {
      std::vector<at::Tensor> columns{x};
      columns.insert(columns.end(), history.begin(), history.end());
      for (const at::Tensor& r : registers) columns.push_back(r.defined() ? r : at::zeros_like(x));
      if (move.time)
        columns.push_back(
            request.field.answer(x, at::full({x.size(0)}, *move.time, at::kDouble), {}, {}, ledger, {})
                .prediction);
      at::Tensor next = x;
      for (const Row& row : move.rows) {
        at::Tensor sum = test::peer_input(name + ".noise" + std::to_string(i), x.sizes().vec()) * row.noise;
        for (std::size_t k = 0; k < row.of.size(); ++k) sum = sum + columns.at(k) * row.of[k];
        if (row.to == Row::To::x) next = sum;
        if (row.to == Row::To::history) pushed = sum;
        if (row.to == Row::To::memory) registers.at(static_cast<std::size_t>(row.index)) = sum;
      }
      x = next;
    }
    if (pushed.defined()) history.insert(history.begin(), pushed);
    if (history.size() > static_cast<std::size_t>(plan.history))
      history.resize(static_cast<std::size_t>(plan.history));
  }
  return x;
}

// A path, head, timestep, input scale, grid, solver or cut that is not the folder's own.
TEST(DiffusersDraws, EndWhereDiffusersOwnPipelinesEnd) {
  const Golden g = golden();
  const TemporaryFolder folder;
  test::write_component(folder / "m/unet", g.network);
  fs::create_directories(folder / "m/scheduler");
  io::write_json(folder / "m/model_index.json", {{"_class_name", "DDPMPipeline"},
                                                 {"_diffusers_version", "0.42.1"},
                                                 {"scheduler", {"diffusers", "DDPMScheduler"}},
                                                 {"unet", {"diffusers", "UNet2DModel"}}});
  int drawn = 0;
  for (const auto& [name, c] : g.cases.items()) {
    SCOPED_TRACE(name);
    cli_test::spill(folder / "m/scheduler/scheduler_config.json", c.at("scheduler").get<std::string>());
    io::ArrayFile noise;
    noise.arrays.emplace_back("noise", *g.arrays.find(name + ".start"));
    io::write_safetensors(folder / "start.safetensors", noise);
    Given given = {{"model", folder / "m"}, {"noise", folder / "start.safetensors"}};
    if (c.contains("times")) {
      io::write_json(folder / "times.json", c.at("times"));
      given["grid"] = folder / "times.json";
    } else {
      given["steps"] = std::to_string(c.at("steps").get<int>());
    }
    const Source source = open_model(folder / "m", {}, {});
    EXPECT_TRUE(source.warnings.empty()) << source.warnings.front();
    const DrawRequest request = request_of(with_defaults(make_job(given), source), source);
    const Plan plan = plan_of(request);
    at::NoGradGuard no_grad;
    const at::Tensor end = stochastic(plan) ? follow(request, plan, name) : draw(request).samples;
    drawn += !stochastic(plan);
    const at::Tensor wanted = to_tensor(*g.arrays.find(name + ".end"));
    ASSERT_EQ(end.sizes(), wanted.sizes());
    const double scale = std::max(1.0, wanted.abs().max().item<double>());
    EXPECT_LT((end - wanted).abs().max().item<double>() / scale, 1e-4);
    EXPECT_EQ(evaluations(plan), c.at("evaluations").get<int>());
  }
  EXPECT_GE(drawn, 27);  // the others take noise and follow the plan's table
}

// A block, null class, guidance, scale of the latents or decoder that is not the pipeline's own.
TEST(DiffusersDraws, ADitPipelineEndsInItsOwnPictures) {
  const auto path = fs::path(__FILE__).parent_path() / "golden/dit_pipeline.safetensors";
  const io::ArrayFile arrays = io::read_safetensors(path.string());
  const TemporaryFolder folder;
  const auto parts = nlohmann::json::parse(arrays.metadata.at("parts"));
  for (const auto& [part, described] : parts.items())
    test::write_component(folder / ("m/" + part), test::described_case(described));
  fs::create_directories(folder / "m/scheduler");
  const auto cases = nlohmann::json::parse(arrays.metadata.at("cases"));
  EXPECT_EQ(cases.size(), 3u);
  for (const auto& [name, c] : cases.items()) {
    SCOPED_TRACE(name);
    cli_test::spill(folder / "m/scheduler/scheduler_config.json", c.at("scheduler").get<std::string>());
    io::write_json(folder / "m/model_index.json", c.at("index"));
    io::ArrayFile noise;
    noise.arrays.emplace_back("noise", *arrays.find(name + ".start"));
    io::write_safetensors(folder / "start.safetensors", noise);
    Given given = {{"model", folder / "m"},
                   {"noise", folder / "start.safetensors"},
                   {"steps", std::to_string(c.at("steps").get<int>())}};
    if (c.at("scale") != 1.0) given["guide"] = "cfg:scale=" + c.at("scale").dump();
    const Source source = open_model(folder / "m", {}, {});
    EXPECT_TRUE(source.warnings.empty()) << source.warnings.front();
    const DrawJob job = with_defaults(make_job(given), source);
    DrawRequest request = request_of(job, source);
    request.conditions["label"] = at::tensor(c.at("labels").get<std::vector<std::int64_t>>(), at::kLong);
    const DrawResult result = draw(request);
    EXPECT_EQ(result.spent.evaluations, 2 * c.at("steps").get<int>() * (given.contains("guide") ? 2 : 1));
    const at::Tensor pictures = written_samples(result.samples, decoder_for(job.options, source));
    const at::Tensor wanted = to_tensor(*arrays.find(name + ".end"));
    ASSERT_EQ(pictures.sizes(), wanted.sizes());
    EXPECT_LT((pictures - wanted).abs().max().item<double>(), 1e-4);
    EXPECT_GT((wanted.abs() < 1).to(at::kDouble).mean().item<double>(), 0.5);  // else the range says it all
  }
}

}  // namespace
}  // namespace ulam::cli::diffusers_draws_test
