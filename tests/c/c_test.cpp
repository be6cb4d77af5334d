// The C border: statuses and sentences in place of exceptions, the same bits as the library's own draw.
#include "ulam/c.h"

#include "tests/model/script_support.h"
#include <cmath>
#include <cstddef>
#include <cstring>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/version.h"
#include "ulam/draw/draw.h"
#include "ulam/problems/read_problem.h"

namespace ulam::c_test {
namespace {

struct Opened {
  ulam_model* model = nullptr;
  explicit Opened(const char* name) {
    ulam_error error;
    EXPECT_EQ(ulam_open_model(name, &model, &error), ULAM_OK) << error.sentence;
  }
  ~Opened() { ulam_free_model(model); }
};
ulam_request request(const char* solver, int steps, std::int64_t count) {
  ulam_request r;
  ulam_default_request(&r);
  r.solver = solver, r.steps = steps, r.count = count;
  return r;
}

TEST(C, DrawsTheSameBitsAsTheLibrary) {
  const Opened opened("swissroll");
  const ulam_request r = request("heun", 6, 5);
  ulam_draws* draws = nullptr;
  ASSERT_EQ(ulam_draw(opened.model, &r, &draws, nullptr), ULAM_OK);
  DrawRequest own{Field(named_problem("swissroll"))};
  own.solver = "heun", own.steps = 6, own.count = 5;
  const DrawResult result = draw(own);
  const at::Tensor expected = result.samples.to(at::kFloat).contiguous();
  ASSERT_EQ(ulam_draws_count(draws), 5);
  ASSERT_EQ(ulam_draws_row(draws), 2);
  EXPECT_EQ(std::memcmp(ulam_draws_samples(draws), expected.data_ptr<float>(), 10 * sizeof(float)), 0);
  EXPECT_EQ(ulam_draws_evaluations(draws), result.spent.evaluations);
  std::int64_t promised = 0;
  EXPECT_EQ(ulam_evaluations(opened.model, &r, &promised, nullptr), ULAM_OK);
  EXPECT_EQ(promised * 5, result.spent.evaluations);
  ulam_free_draws(draws);
  EXPECT_STREQ(ulam_version(), version);
}

// D of N(3, 1/4) on the edm path, with a class that moves it by one.
struct Own {
  std::int64_t rows = 0;
  int fails = 0;
};
int answer(void* user, std::int64_t rows, const float* x, const double* time, const std::int64_t* label,
           float* out) {
  auto& own = *static_cast<Own*>(user);
  own.rows += rows;
  for (std::int64_t r = 0; r < rows; ++r)
    for (int i = 0; i < 2; ++i) {
      const double s2 = time[r] * time[r], mean = 3 + (label != nullptr && label[r] == 0 ? 1 : 0);
      out[2 * r + i] = static_cast<float>((x[2 * r + i] * .25 + mean * s2) / (.25 + s2));
    }
  return own.fails;
}
ulam_model_settings settings(Own& own) {
  static const std::int64_t shape[] = {2};
  ulam_model_settings s;
  ulam_default_model_settings(&s);
  s.shape = shape, s.rank = 1, s.forward = answer, s.user = &own, s.classes = 1, s.null_class = 1;
  return s;
}

TEST(C, AModelOfTheCallersOwnIsDrawnFrom) {
  Own own;
  const ulam_model_settings s = settings(own);
  ulam_model* model = nullptr;
  ASSERT_EQ(ulam_make_model(&s, &model, nullptr), ULAM_OK);
  EXPECT_EQ(ulam_model_rank(model), 1);
  EXPECT_EQ(ulam_model_shape(model)[0], 2);
  EXPECT_EQ(ulam_model_classes(model), 1);
  const auto mean = [&](const std::int64_t* label, const char* guide) {
    ulam_request r = request("heun", 12, 400);
    r.label = label, r.guide = guide;
    ulam_draws* draws = nullptr;
    ulam_error error;
    EXPECT_EQ(ulam_draw(model, &r, &draws, &error), ULAM_OK) << error.sentence;
    const double out =
        at::from_blob(const_cast<float*>(ulam_draws_samples(draws)), {400, 2}).mean().item<double>();
    ulam_free_draws(draws);
    return out;
  };
  const std::vector<std::int64_t> first(400, 0);
  EXPECT_NEAR(mean(nullptr, nullptr), 3, .06);
  EXPECT_NEAR(mean(first.data(), nullptr), 4, .06);
  own.rows = 0;
  EXPECT_NEAR(mean(first.data(), "cfg:scale=2"), 5,
              .06);  // of equal variances, guidance moves the mean by its scale
  EXPECT_EQ(own.rows, 400 * 23 * 2);
  own.fails = 7;
  const ulam_request r = request("ddim", 3, 2);
  ulam_draws* draws = nullptr;
  ulam_error error;
  EXPECT_EQ(ulam_draw(model, &r, &draws, &error), ULAM_MODEL);
  EXPECT_NE(std::strstr(error.sentence, "returned 7"), nullptr);
  EXPECT_EQ(draws, nullptr);
  ulam_free_model(model);
}

TEST(C, ProgressCanEndADraw) {
  const Opened opened("tp1");
  ulam_request r = request("ddim", 50, 1);
  int told = 0;
  r.user = &told;
  r.progress = [](void* user, std::int64_t done, std::int64_t total) {
    EXPECT_LE(done, total);
    return ++*static_cast<int*>(user) == 3 ? 1 : 0;
  };
  ulam_draws* draws = nullptr;
  EXPECT_EQ(ulam_draw(opened.model, &r, &draws, nullptr), ULAM_CANCELLED);
  EXPECT_EQ(draws, nullptr);
  EXPECT_EQ(told, 3);
}

TEST(C, ACapShrinksADraw) {
  const Opened opened("tp1");
  ulam_request r = request("ddim", 10, 8);
  r.cap = 35;
  ulam_draws* draws = nullptr;
  ASSERT_EQ(ulam_draw(opened.model, &r, &draws, nullptr), ULAM_OK);
  EXPECT_EQ(ulam_draws_count(draws), 3);
  ulam_free_draws(draws);
  r.cap = 5;
  EXPECT_EQ(ulam_draw(opened.model, &r, &draws, nullptr), ULAM_BUDGET);
}

// A file that can run code is opened where the caller says so, and nowhere else.
TEST(C, ANetworkThatIsAProgramAsksForTrust) {
  const std::string folder = std::string(::testing::TempDir()) + "/ulam-c-script";
  test::write_script_bundle(folder, test::script_config());
  ulam_error error;
  ulam_model* model = nullptr;
  EXPECT_EQ(ulam_open_model(folder.c_str(), &model, &error), ULAM_OPTION);
  EXPECT_NE(std::strstr(error.sentence, "can run any code"), nullptr) << error.sentence;
  EXPECT_EQ(model, nullptr);
  ASSERT_EQ(ulam_open_trusted_model(folder.c_str(), &model, &error), ULAM_OK) << error.sentence;
  EXPECT_EQ(ulam_model_classes(model), 3);
  ulam_request r = request("heun", 4, 3);
  const std::string guide = "autoguidance:scale=1,model=" + folder;
  r.guide = guide.c_str();
  ulam_draws* draws = nullptr;
  EXPECT_EQ(ulam_draw(model, &r, &draws, &error), ULAM_OPTION);
  r.trust = 1;
  EXPECT_EQ(ulam_draw(model, &r, &draws, &error), ULAM_OK) << error.sentence;
  // A program of an older header, whose request ended before `trust`.
  ulam_free_draws(draws);
  draws = nullptr;
  r.size = offsetof(ulam_request, trust);
  EXPECT_EQ(ulam_draw(model, &r, &draws, &error), ULAM_OPTION);
  ulam_free_model(model);
  std::filesystem::remove_all(folder);
}

// Of data N(m, v), a linear reward of slope g moves every draw by g v.
TEST(C, AnEnergyOfTheCallersOwnBendsADraw) {
  const std::string file = std::string(::testing::TempDir()) + "/ulam-c-gaussian.json";
  io::write_json(file,
                 {{"problem", "gaussian"}, {"mean", {1, 1}}, {"variances", {.25, .25}}, {"path", "edm"}});
  const Opened opened(file.c_str());
  std::filesystem::remove(file);
  ulam_request r = request("heun", 60, 4);
  const auto drawn = [&] {
    ulam_draws* draws = nullptr;
    ulam_error error;
    EXPECT_EQ(ulam_draw(opened.model, &r, &draws, &error), ULAM_OK) << error.sentence;
    at::Tensor out = at::from_blob(const_cast<float*>(ulam_draws_samples(draws)), {4, 2}).clone();
    ulam_free_draws(draws);
    return out;
  };
  const at::Tensor plain = drawn();
  int answer = 0;
  r.energy_user = &answer, r.energy_scale = -2;
  r.energy_gradient = [](void* user, std::int64_t rows, const float*, const double* sigma, float* gradient) {
    for (std::int64_t i = 0; i < rows; ++i) {
      EXPECT_GT(sigma[i], 0);
      gradient[2 * i] = 1, gradient[2 * i + 1] = 0;
    }
    return *static_cast<int*>(user);
  };
  const at::Tensor moved = drawn() - plain;
  EXPECT_LT((moved - at::tensor({.5f, 0.f})).abs().max().item<double>(), .01);
  answer = 4;
  ulam_draws* draws = nullptr;
  ulam_error error;
  EXPECT_EQ(ulam_draw(opened.model, &r, &draws, &error), ULAM_MODEL);
  EXPECT_EQ(draws, nullptr);
}

TEST(C, OddInputIsAStatusAndASentence) {
  ulam_error error;
  ulam_model* model = nullptr;
  const auto says = [&](ulam_status got, ulam_status wanted, const char* part) {
    EXPECT_EQ(got, wanted);
    EXPECT_EQ(error.status, wanted);
    EXPECT_NE(std::strstr(error.sentence, part), nullptr) << error.sentence;
  };
  says(ulam_open_model("./nowhere", &model, &error), ULAM_SYSTEM, "nowhere");
  says(ulam_open_model("tp2", &model, &error), ULAM_OPTION, "tp1");
  says(ulam_open_model(nullptr, &model, &error), ULAM_OPTION, "null");
  says(ulam_open_model("tp1", nullptr, &error), ULAM_OPTION, "out is null");
  EXPECT_EQ(model, nullptr);
  Own own;
  const auto refused = [&](auto change, ulam_status status, const char* part) {
    ulam_model_settings s = settings(own);
    change(s);
    says(ulam_make_model(&s, &model, &error), status, part);
  };
  refused([](auto& s) { s.forward = nullptr; }, ULAM_OPTION, "forward is null");
  refused([](auto& s) { s.rank = 0; }, ULAM_SHAPE, "rank is 0");
  refused([](auto& s) { s.path = "edn"; }, ULAM_OPTION, "edm");
  refused([](auto& s) { s.prediction = "pixels"; }, ULAM_OPTION, "velocity");
  refused([](auto& s) { s.size = 10000; }, ULAM_OPTION, "size");
  const Opened opened("tp1");
  ulam_draws* draws = nullptr;
  ulam_request r = request("dppm", 5, 2);
  says(ulam_draw(opened.model, &r, &draws, &error), ULAM_OPTION, "dpmpp");
  r = request("ddim", 0, 2);
  says(ulam_draw(opened.model, &r, &draws, &error), ULAM_OPTION, "0");
  r = request("ddim", 5, 0);
  says(ulam_draw(opened.model, &r, &draws, &error), ULAM_OPTION, "at least 1");
  r = request("ddim", 5, 1);
  const std::int64_t label = 0;
  r.label = &label;
  says(ulam_draw(opened.model, &r, &draws, &error), ULAM_UNSUPPORTED, "no classes");
  r = request("ddim", 5, 1);
  r.plan = "nowhere.json";
  says(ulam_draw(opened.model, &r, &draws, &error), ULAM_SYSTEM, "nowhere.json");
  says(ulam_draw(nullptr, &r, &draws, &error), ULAM_OPTION, "model is null");
  EXPECT_EQ(draws, nullptr);
  ulam_free_model(nullptr);
  ulam_free_draws(nullptr);
  EXPECT_EQ(ulam_draws_count(nullptr), 0);
  EXPECT_EQ(ulam_model_classes(nullptr), 0);
}

// A program of an older header knows fewer fields: what it does not set is as by default.
TEST(C, AShorterStructIsAnOlderOne) {
  const Opened opened("tp1");
  ulam_request r = request("ddim", 4, 2);
  r.size = offsetof(ulam_request, cap);
  r.cap = -1;  // beyond its end
  ulam_draws* draws = nullptr;
  ASSERT_EQ(ulam_draw(opened.model, &r, &draws, nullptr), ULAM_OK);
  ulam_free_draws(draws);
}

}  // namespace
}  // namespace ulam::c_test
