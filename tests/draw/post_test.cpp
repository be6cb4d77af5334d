// Operations on the data estimate inside a draw.
#include "support.h"

#include <gtest/gtest.h>

#include "ulam/guide/clip.h"
#include "ulam/guide/threshold.h"

namespace ulam::post_test {
namespace {

using testing::column;
using testing::MixtureModel;

/// A model that clips its own data estimate.
class Clipped : public Model {
 public:
  explicit Clipped(std::shared_ptr<MixtureModel> inner) : inner_(std::move(inner)) {}
  const ModelInfo& info() const override { return inner_->info(); }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    return inner_->forward(x, t, conditions, call).clamp(-.5, .5);
  }

 private:
  std::shared_ptr<MixtureModel> inner_;
};

std::vector<Recipe> recipes() {
  std::vector<Recipe> out;
  for (const std::string& spec : testing::all_specs()) out.push_back(make_recipe(spec));
  for (const int order : {2, 3}) {
    StepRecipe step;
    step.order = order;
    Recipe recipe;
    recipe.steps.push_back(step);
    out.push_back(recipe);
  }
  return out;
}

at::Tensor drawn(const Field& field, const Recipe& recipe, std::int64_t batch = 0) {
  DrawRequest request{field};
  request.plan = compile_plan(recipe, make_grid("time2", Path::vp(), 8), Path::vp(), field.info().head);
  request.noise = column({.3, -1.2, 2.1, -.4});
  request.count = 4;
  request.batch = batch;
  return draw(request).samples;
}

// One that is applied to x, or after the history has been filled, gives other samples.
TEST(Post, TheHistoryHoldsTheNewEstimate) {
  const auto model = testing::tp1(Prediction::data);
  for (const Recipe& recipe : recipes()) {
    const at::Tensor own = drawn(Field(std::make_shared<Clipped>(model)), recipe);
    EXPECT_TRUE(at::equal(drawn(Field(model, 0, {make_clip(-.5, .5)}), recipe), own)) << recipe.solver;
    EXPECT_FALSE(at::equal(drawn(Field(model), recipe), own)) << recipe.solver;
  }
}

TEST(Post, TheHeadDoesNotMatter) {
  for (const Recipe& recipe : recipes()) {
    const at::Tensor a = drawn(Field(testing::tp1(Prediction::data), 0, {make_clip(-.5, .5)}), recipe);
    for (const Prediction head : {Prediction::noise, Prediction::velocity, Prediction::edm}) {
      const at::Tensor b = drawn(Field(testing::tp1(head), 0, {make_clip(-.5, .5)}), recipe);
      // Adaptive steps take their length from an error estimate, a small difference: roundings grow by it.
      EXPECT_LT((a - b).abs().max().item<double>(), recipe.own.adaptive ? 1e-7 : 1e-11)
          << recipe.solver << " " << name_of(head);
    }
  }
}

TEST(Post, OneThatFindsNothingToDoChangesNoBit) {
  const auto model = testing::tp1(Prediction::noise);
  for (const Recipe& recipe : recipes())
    EXPECT_TRUE(
        at::equal(drawn(Field(model, 0, {make_clip(-1e3, 1e3)}), recipe), drawn(Field(model), recipe)));
}

TEST(Post, RowsDoNotDependOnTheirBatch) {
  const auto model = testing::tp1(Prediction::noise);
  ThresholdOptions options;
  options.floor = .3;
  const Field field(model, 2, {make_threshold(options)});
  for (const Recipe& recipe : recipes())
    EXPECT_TRUE(at::equal(drawn(field, recipe, 3), drawn(field, recipe, 1)));
}

// Peeking answers with the estimate that the solver uses.
TEST(Post, PeekShowsTheNewEstimate) {
  const auto model = testing::tp1(Prediction::noise);
  const SolverProcess process(make_plan("ddim", "time2", 4, Path::vp(), model->info().head),
                              Field(model, 0, {make_clip(-.1, .1)}));
  const std::vector<std::uint64_t> ids{0, 1, 2, 3};
  State state = process.start(ids);
  Ledger ledger;
  EXPECT_LE(process.peek(state, ledger, {}).abs().max().item<double>(), .1 + 1e-9);
}

}  // namespace
}  // namespace ulam::post_test
