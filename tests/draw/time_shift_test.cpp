// Time-shift: what the row's variance says, the times that follow, and everything that hangs on them.
#include "ulam/draw/time_shift.h"

#include "support.h"
#include <algorithm>

#include <gtest/gtest.h>

#include "ulam/kernels/normal.h"

namespace ulam::time_shift_test {
namespace {

using testing::error_text;
using testing::MixtureModel;

Path linear_table() {
  std::vector<double> betas;
  for (int i = 0; i < 1000; ++i) betas.push_back(1e-4 + (.02 - 1e-4) * i / 999);
  return Path::discrete(betas);
}

// Keeps the times that the network was told.
class Listener : public MixtureModel {
 public:
  using MixtureModel::MixtureModel;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    told.emplace_back(t.data_ptr<double>(), t.data_ptr<double>() + t.numel());
    return MixtureModel::forward(x, t, conditions, call);
  }
  mutable std::vector<std::vector<double>> told;
};

// The sheet's toy: iid pixels from .5 N(-.6, .04) + .5 N(.5, .02).
std::shared_ptr<Listener> pixels(std::int64_t size = 256, const Path& path = linear_table()) {
  return std::make_shared<Listener>(path, Head{Prediction::noise, .5},
                                    std::vector<testing::Component>{{.5, -.6, .04}, {.5, .5, .02}},
                                    std::vector<std::int64_t>{size});
}
Plan plan_for(const std::string& spec, int steps, const Path& path = linear_table()) {
  return make_plan(spec, path.table_size() > 0 ? "leading" : "time", steps, path,
                   Head{Prediction::noise, .5});
}
State drawn(const SolverProcess& process, std::vector<std::uint64_t> ids,
            const std::function<void(State&, int)>& look = {}) {
  State state = process.start(ids);
  Ledger ledger;
  for (int i = 0; i < process.levels(); ++i) {
    process.step(state, ledger, Watch{});
    if (look) look(state, i);
  }
  return state;
}

TEST(TimeShift, OffItIsTheHostBitByBit) {
  const auto model = pixels(16);
  for (const std::string& host : testing::edit_hosts())
    for (const char* off :
         {"+timeshift:window=0", "+timeshift:cutoff=1", "+timeshift:window=0,mode=target"}) {
      const Plan a = plan_for(host, 6), b = plan_for(host + off, 6);
      EXPECT_EQ(plan_hash(a), plan_hash(b)) << host;
      EXPECT_TRUE(at::equal(drawn(SolverProcess(a, Field(model)), {1, 2}).x,
                            drawn(SolverProcess(b, Field(model)), {1, 2}).x))
          << host;
    }
}

// A single t_s for the whole batch, or a variance over it, would fail here.
TEST(TimeShift, APerturbedRowChangesItsOwnTimesOnly) {
  const auto model = pixels(64);
  for (const char* mode : {"paper", "target", "evaluate"}) {
    const SolverProcess process(plan_for(std::string("dpmpp+timeshift:window=40,cutoff=0,mode=") + mode, 10),
                                Field(model));
    const std::vector<std::uint64_t> ids{1, 2, 3};
    State a = process.start(ids), b = process.start(ids);
    b.x[1].mul_(1.2);
    Ledger ledger;
    bool differ = false;
    for (int i = 0; i < 10; ++i) {
      process.step(a, ledger, Watch{});
      process.step(b, ledger, Watch{});
      if (a.times.empty() && b.times.empty()) continue;
      a.times.resize(3), b.times.resize(3);
      for (const std::size_t r : {0u, 2u}) {
        EXPECT_EQ(a.times[r].own(), b.times[r].own());
        if (a.times[r].own()) {
          EXPECT_EQ(a.times[r], b.times[r]) << mode << i;
        }
      }
      differ = differ || (a.times[1].own() && !(a.times[1] == b.times[1]));
    }
    EXPECT_TRUE(differ) << mode;
    EXPECT_TRUE(at::equal(a.x[0], b.x[0]) && at::equal(a.x[2], b.x[2])) << mode;
    EXPECT_FALSE(at::equal(a.x[1], b.x[1])) << mode;
  }
}

at::Tensor noise(std::uint64_t id, std::int64_t d) {
  const std::vector<std::uint64_t> ids{id};
  const std::vector<std::int64_t> shape{d};
  return keyed_normal(5, Stream::step, ids, 0, shape, at::kDouble)[0];
}

// The mean of the time found for x = a_k x0 + s_k z, over 400 rows.
constexpr int rows_each = 400;
double found(const TimeShiftRows& rows, int k, double factor, double data_variance) {
  const Marginal m = linear_table().at(k);
  double sum = 0;
  for (std::uint64_t id = 0; id < rows_each; ++id) {
    const at::Tensor x = noise(id, 3072) * (m.s * std::sqrt(factor)) +
                         noise(rows_each + id, 3072) * (m.a * std::sqrt(data_variance));
    sum += rows.best(x.var().item<double>(), k, -1, 1000);
  }
  return sum / rows_each;
}
// The time whose noise has this variance: log(a/s) = log((1 - v) / v) / 2.
double time_of(double variance) {
  return linear_table().time_of_half_log_snr(.5 * std::log((1 - variance) / variance));
}
double rate_at(double k) {
  const Path path = linear_table();
  const Marginal up = path.at(k + 1), down = path.at(k - 1);
  return (up.s * up.s - down.s * down.s) / 2;
}

// Statistical: relabelling finds k, moves by the added variance, and the correction takes off what data add.
TEST(TimeShift, StatisticalTheTimeFoundIsTheOneThatTheNoiseTells) {
  const TimeShiftRows plain(plan_for("ddim+timeshift:window=800,cutoff=0", 10)),
      corrected(plan_for("ddim+timeshift:window=800,cutoff=0,data_variance=0.25", 10));
  for (const int k : {100, 200, 350}) {
    const Marginal m = linear_table().at(k);
    const double variance = m.s * m.s, data = m.a * m.a * .25;
    // The sheet's error of one row is v sqrt(2 / d) / rate; times found are integers.
    const auto band = [&](double v, double at) {
      return 5 * v * std::sqrt(2. / 3072) / rate_at(at) / std::sqrt(rows_each) + .5;
    };
    EXPECT_NEAR(found(plain, k, 1, 0), k, band(variance, k)) << k;
    EXPECT_NEAR(found(plain, k, 1.01, 0), time_of(1.01 * variance), band(variance, k)) << k;
    EXPECT_NEAR(time_of(1.01 * variance), k + .01 * variance / rate_at(k), .5) << k;
    const double over = time_of(variance + data);
    EXPECT_GT(over, k + 3 * band(variance, k)) << k;
    EXPECT_NEAR(found(plain, k, 1, .25), over, band(variance + data, over)) << k;
    EXPECT_NEAR(found(corrected, k, 1, .25), k, band(variance + data, k) / .75) << k;
  }
}

TEST(TimeShift, TheWindowIsCutAtTheTableAndAtTheNeighbours) {
  const TimeShiftRows rows(plan_for("ddim+timeshift:window=20,cutoff=0", 10));
  EXPECT_EQ(rows.best(1e9, 500, 0, 1000), 510);
  EXPECT_EQ(rows.best(0, 500, 0, 1000), 490);
  EXPECT_EQ(rows.best(0, 4, -1, 1000), 0);
  EXPECT_EQ(rows.best(1e9, 995, -1, 1000), 999);
  EXPECT_EQ(rows.best(1e9, 500, 0, 505), 504);
  EXPECT_EQ(rows.best(0, 500, 497, 1000), 498);
  EXPECT_EQ(rows.best(1e9, 500, 499, 501), 500);  // nothing else lies between
}

TEST(TimeShift, EquallyGoodTimesGiveTheNearest) {
  // A table whose noise hardly changes from entry to entry in the middle: s^2 is equal in double there.
  std::vector<double> betas(40, 1e-18);
  betas.front() = .3, betas.back() = .3;
  const Path path = Path::discrete(betas);
  const Plan plan = compile_plan(make_recipe("ddim+timeshift:window=30,cutoff=0"), {39, 0}, path, Head{});
  EXPECT_EQ(TimeShiftRows(plan).best(path.at(20).s * path.at(20).s, 20, 0, 39), 20);
  EXPECT_EQ(TimeShiftRows(plan).best(1e9, 20.4, 0, 38), 20.4);
}

// The network, the coefficients and the history all take the shifted time; the first step is the plan's.
TEST(TimeShift, ModelCoefficientsAndHistoryTakeTheShiftedTime) {
  const auto model = pixels();
  const Plan plan = plan_for("dpmpp:lower=0+timeshift:window=60,cutoff=0", 8);
  const SolverProcess process(plan, Field(model));
  const std::vector<std::uint64_t> ids{9};
  State state = process.start(ids);
  Ledger ledger;
  std::vector<double> own{plan.times[0]};
  at::Tensor before = state.x.clone();
  std::vector<at::Tensor> data;
  bool shifted = false;
  for (int i = 0; i < 7; ++i) {
    const StepTimes t = state.times.empty() || !state.times[0].own()
                            ? StepTimes::plain(plan.times[std::size_t(i)], plan.times[std::size_t(i) + 1])
                            : state.times[0];
    EXPECT_EQ(t.to, plan.times[std::size_t(i) + 1]);
    if (i > 0) own.push_back(t.from);
    shifted = shifted || t.from != plan.times[std::size_t(i)];
    before = state.x.clone();
    process.step(state, ledger, Watch{});
    EXPECT_EQ(model->told.back(), std::vector<double>{t.from});
    EXPECT_EQ(state.history[0].times[0], t.from);
    const Marginal m = plan.path.at(t.from);
    Call call;
    const at::Tensor time = at::full({1}, t.from, at::kDouble);
    const at::Tensor eps = model->MixtureModel::forward(before, time, {}, call);
    data.push_back((before - eps * m.s) / m.a);
    if (i == 0) continue;
    const std::vector<double> nodes{t.from, own[std::size_t(i) - 1]};
    Rule rule = plan.recipe->at(i).rule;
    const StepWeights w = weights(rule, plan.path, t.from, t.to, nodes);
    const at::Tensor want =
        before * w.of_x + data[std::size_t(i)] * w.of_nodes[0] + data[std::size_t(i) - 1] * w.of_nodes[1];
    EXPECT_LT((want - state.x).abs().max().item<double>(), 1e-11) << i;
  }
  EXPECT_TRUE(shifted);
  EXPECT_EQ(own[0], plan.times[0]);
}

// The two other modes leave the coefficients' start at the plan's time; only `target` moves where it ends.
TEST(TimeShift, TheOtherModesDoWhatTheAuthorsProgramsDo) {
  for (const char* mode : {"target", "evaluate"}) {
    const auto model = pixels();
    const Plan plan = plan_for(std::string("ddim+timeshift:window=60,cutoff=0,mode=") + mode, 8);
    const SolverProcess process(plan, Field(model));
    int moved = 0;
    drawn(process, {1, 2, 3}, [&](const State& s, int i) {
      for (const StepTimes& t : s.times) {
        if (!t.own()) continue;
        ++moved;
        const std::size_t level = static_cast<std::size_t>(i) + 1;
        EXPECT_EQ(t.from, plan.times[level]);
        if (std::string(mode) == "target") {
          EXPECT_EQ(t.asked, t.from);
          // The last step only remembers where the one before it ended.
          EXPECT_EQ(t.to == plan.times[level + 1], level + 1 == plan.times.size() - 1);
        } else {
          EXPECT_NE(t.asked, t.from);
          EXPECT_EQ(t.to, plan.times[level + 1]);
        }
      }
    });
    EXPECT_GT(moved, 3) << mode;
  }
}
TEST(TimeShift, ThePapersAndTheOtherModesAreDifferentSamplers) {
  const auto model = pixels();
  std::vector<at::Tensor> ends;
  for (const char* mode : {"paper", "target", "evaluate"})
    ends.push_back(
        drawn(SolverProcess(plan_for(std::string("ddim+timeshift:window=60,cutoff=0,mode=") + mode, 8),
                            Field(model)),
              {1, 2})
            .x);
  EXPECT_FALSE(at::equal(ends[0], ends[1]));
  EXPECT_FALSE(at::equal(ends[0], ends[2]));
  EXPECT_FALSE(at::equal(ends[1], ends[2]));
}

TEST(TimeShift, NothingIsShiftedBelowTheCutoff) {
  const auto model = pixels();
  const Plan plan = plan_for("ddim+timeshift:window=60,cutoff=0.5", 10);
  int shifted = 0;
  drawn(SolverProcess(plan, Field(model)), {1, 2, 3}, [&](const State& s, int i) {
    for (const StepTimes& t : s.times) {
      if (!t.own()) continue;
      ++shifted;
      EXPECT_GT(plan.times[static_cast<std::size_t>(i) + 1], 500);
    }
  });
  EXPECT_GT(shifted, 0);
}

// Statistical (fixed seed): shifts are none near T, where s^2 is flat at 1 and x at its exact variance, and
// of both signs in the middle once the data's own variance is taken off.
TEST(TimeShift, StatisticalShiftsBeginInTheMiddleAndHaveBothSigns) {
  const auto model = pixels();
  // Pixel variance of the toy: .5 (.04 + .36) + .5 (.02 + .25) - .05^2.
  const Plan plan = plan_for("ddim+timeshift:window=20,cutoff=0.2,data_variance=0.3325", 20);
  std::vector<std::uint64_t> ids(24);
  for (std::size_t i = 0; i < 24; ++i) ids[i] = i;
  int up = 0, down = 0;
  drawn(SolverProcess(plan, Field(model)), ids, [&](const State& s, int i) {
    const double time = plan.times[static_cast<std::size_t>(i) + 1];
    for (const StepTimes& t : s.times) {
      if (!t.own()) continue;
      EXPECT_LE(std::abs(t.from - time), 10);
      if (time < 300 || time > 600) continue;
      (t.from > time ? up : down) += 1;
    }
  });
  EXPECT_GT(up, 5);
  EXPECT_GT(down, 5);
}

// A window of fixed width relabels states that were right, by as much at every number of steps: no order is
// left, whatever the host's was.
TEST(TimeShift, LeavesNoOrder) {
  const Path path = Path::vp();
  const auto model = pixels(64, path);
  const auto end = [&](const std::string& spec, int steps) {
    return drawn(SolverProcess(plan_for(spec, steps, path), Field(model)), {1, 2, 3, 4}).x;
  };
  const at::Tensor exact = end("dpmpp:order=3", 800);
  for (const std::string host : {"ddim", "dpmpp", "unipc:order=2"}) {
    const auto error = [&](const std::string& edit, int steps) {
      return (end(host + edit, steps) - exact).square().mean().sqrt().item<double>();
    };
    EXPECT_LT(error("", 320), .26 * error("", 80)) << host;
    for (const char* edit : {"+timeshift:cutoff=0", "+timeshift:cutoff=0,data_variance=0.3325"})
      EXPECT_GT(error(edit, 320), .6 * error(edit, 80)) << host << edit;
  }
}

// A corrector makes the step again to where it had ended, with the answer at the shifted time as its node:
// data of one point stay exact whatever the times are.
TEST(TimeShift, CorrectorsStayExactForOnePoint) {
  const auto model = std::make_shared<MixtureModel>(Path::vp(), Head{Prediction::data, .5},
                                                    std::vector<testing::Component>{{1, .7, 0}},
                                                    std::vector<std::int64_t>{32});
  const Plan plan =
      make_plan("unipc+timeshift:window=0.001,cutoff=0", "time2", 8, Path::vp(), Head{Prediction::data, .5});
  const Variant shifted =
      compile_step(*plan.recipe, plan.path, plan.head, 3,
                   {plan.times[3] + .01, plan.times[4], plan.times[3], plan.times[3] + .01},
                   std::vector<double>{plan.times[2], plan.times[1]});
  // x = base + (weights) D with D = c: the step from base must land on the plan's time.
  double of_base = 0, of_data = 0;
  for (const Row& row : shifted.moves[0].rows)
    if (row.to == Row::To::x) {
      ASSERT_EQ(row.of.size(), 5u);
      of_base = row.of[3];
      of_data = row.of[1] + row.of[2] + row.of[4];
    }
  const Marginal p = plan.path.at(plan.times[2]), s = plan.path.at(plan.times[3]),
                 f = plan.path.at(plan.times[3] + .01), t = plan.path.at(plan.times[4]);
  // base = (s_3/s_2) x_2; corrected x_3 = a_3 c + s_3 eps; taken as a state at the shifted time, stepped
  // to 4.
  EXPECT_NEAR(of_base, t.s / f.s, 1e-12);
  const double corrected = s.a - s.s / p.s * p.a;
  EXPECT_NEAR(of_data, t.s / f.s * corrected + t.a - t.s / f.s * f.a, 1e-12);
}

TEST(TimeShift, PlansWithOwnTimesSurviveTheirFileAndGoOnInIt) {
  const auto model = pixels(32);
  for (const char* spec : {"ddim+timeshift:cutoff=0", "unipc+timeshift:window=40,mode=target+hb",
                           "dpm:order=3+timeshift:window=40,cutoff=0"}) {
    const Plan plan = plan_for(spec, 9);
    const Plan read = parse_plan(plan_json(plan).dump());
    EXPECT_EQ(plan_hash(read), plan_hash(plan)) << spec;
    EXPECT_NE(plan_hash(plan),
              plan_hash(plan_for(std::string(spec).substr(0, std::string(spec).find('+')), 9)));
    EXPECT_TRUE(at::equal(drawn(SolverProcess(plan, Field(model)), {1, 2}).x,
                          drawn(SolverProcess(read, Field(model)), {1, 2}).x))
        << spec;
  }
}

TEST(TimeShift, FilesThatDoNotFitTheirSolverAreRefused) {
  const nlohmann::json good = plan_json(plan_for("ddim+timeshift:cutoff=0", 4));
  const auto refused = [&](const std::function<void(nlohmann::json&)>& change) {
    nlohmann::json j = good;
    change(j);
    return error_text([&] { plan_from_json(j); });
  };
  EXPECT_NE(refused([](auto& j) { j.erase("solver"); }).find("need the 'solver'"), std::string::npos);
  EXPECT_NE(refused([](auto& j) { j["solver"] = "deis"; }).find("does not make these numbers"),
            std::string::npos);
  EXPECT_NE(refused([](auto& j) { j["own_times"]["timeshift"]["window"] = 7; }).find("does not make"),
            std::string::npos);
  EXPECT_NE(refused([](auto& j) {
              j["steps"][1]["variants"][0]["moves"][0]["rows"][0]["of"][0] = 3.;
            }).find("does not make"),
            std::string::npos);
  EXPECT_NE(refused([](auto& j) { j["asked_times"] = {1, 2, 3}; }).find("asked_times"), std::string::npos);
  EXPECT_NE(refused([](auto& j) { j["solver"] = "nothing+timeshift"; }).find("plan: solver"),
            std::string::npos);
}

TEST(TimeShift, BadUseIsRefusedInASentence) {
  EXPECT_NE(error_text([] { make_recipe("ddim+timeshift:mode=code"); }).find("evaluate"), std::string::npos);
  EXPECT_NE(error_text([] { make_recipe("ddim+timeshift:window=-1"); }).find("window"), std::string::npos);
  EXPECT_NE(error_text([] { plan_for("adaptive+timeshift", 6); }).find("adaptive steps"), std::string::npos);
  const auto one = testing::tp1();
  const SolverProcess process(make_plan("ddim+timeshift", "time", 4, Path::vp(), one->info().head),
                              Field(one));
  Ledger ledger;
  State state = process.start(std::vector<std::uint64_t>{1});
  EXPECT_NE(error_text([&] { process.step(state, ledger, Watch{}); }).find("1 number"), std::string::npos);
  EXPECT_NE(error_text([] { TimeShiftRows(make_plan("ddim", "time", 4, Path::vp(), Head{})); }).find("none"),
            std::string::npos);
}

TEST(TimeTable, EntriesAreThePathsOwnOrAThousandBetweenItsEnds) {
  EXPECT_EQ(TimeTable(linear_table()).time(37), 37);
  const TimeTable vp(Path::vp());
  EXPECT_EQ(vp.size(), 1000);
  EXPECT_NEAR(vp.time(499), .5, 1e-12);
  EXPECT_NEAR(vp.position(.5), 499, 1e-9);
  const TimeTable edm(Path::edm());
  EXPECT_NEAR(edm.time(0), .002, 1e-15);
  EXPECT_EQ(edm.time(999), 80);
  EXPECT_NEAR(edm.time(500) / edm.time(499), edm.time(10) / edm.time(9), 1e-10);
  EXPECT_NEAR(edm.position(edm.time(700)), 700, 1e-9);
  EXPECT_LT(edm.position(0), 0);
}

}  // namespace
}  // namespace ulam::time_shift_test
