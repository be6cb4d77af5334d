#include "ulam/guide/asking.h"

#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::asking_test {
namespace {

using guide_test::largest;
using guide_test::rows_of_x;

/// Answers x plus its label (10 without), and remembers the sizes of its calls.
class Adder : public Model {
 public:
  Adder() {
    info_.name = "adder";
    info_.shape = {2};
    info_.dtype = at::kDouble;
    info_.conditions = {{"label", 10, true, {}}};
    info_.hash = 5;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const Conditions& c, Call&) const override {
    sizes.push_back(x.size(0));
    const auto label = c.find("label");
    return x + (label == c.end() ? at::full({x.size(0)}, 10.0, at::kDouble) : label->second.to(at::kDouble))
                   .unsqueeze(1);
  }
  ModelInfo info_;
  mutable std::vector<std::int64_t> sizes;
};

struct Bench {
  std::shared_ptr<Adder> model = std::make_shared<Adder>();
  at::Tensor x = rows_of_x(4), t = at::ones({4}, at::kDouble);
  Conditions conditions{{"label", at::arange(4, at::kLong)}};
  Ledger ledger;
  Watch watch;
  Asked asked{model, 0, &x, &x, &t, &conditions, &ledger, &watch};
  Situation situation;
  Bench() {
    situation.info = &model->info();
    situation.times = situation.sigma = {1, 1, 1, 1};
    situation.conditions = &conditions;
  }
  static Query null() {
    Query q;
    q.condition = Query::Condition::null;
    return q;
  }
};

TEST(Asking, OneCallServesBothConditions) {
  Bench b;
  Asking asking(b.asked, b.situation);
  asking.ask({Query{}, Bench::null()}, {{}, {}});
  EXPECT_EQ(b.model->sizes, (std::vector<std::int64_t>{8}));
  EXPECT_EQ(largest(asking.known({}) - (b.x + b.conditions.at("label").unsqueeze(1))), 0);
  EXPECT_EQ(largest(asking.known(Bench::null()) - (b.x + 10)), 0);
}

TEST(Asking, NothingIsAskedTwice) {
  Bench b;
  Asking asking(b.asked, b.situation);
  asking.answer({});
  asking.answer({});
  asking.ask({Query{}, Bench::null()}, {{}, {}});
  EXPECT_EQ(b.model->sizes, (std::vector<std::int64_t>{4, 4}));
  EXPECT_EQ(b.ledger.spent().evaluations, 8);
}

// Rows that nobody needs are not paid for, and what is missing later is asked then.
TEST(Asking, RowsAreAskedAsTheyAreNeeded) {
  Bench b;
  Asking asking(b.asked, b.situation);
  asking.ask({Bench::null()}, {{false, true, false, true}});
  EXPECT_EQ(b.model->sizes, (std::vector<std::int64_t>{2}));
  const at::Tensor part = asking.known(Bench::null());
  EXPECT_EQ(largest(part[1] - (b.x[1] + 10)), 0);
  EXPECT_EQ(largest(part[0]), 0);
  EXPECT_EQ(largest(asking.answer(Bench::null()) - (b.x + 10)), 0);
  EXPECT_EQ(b.ledger.spent().evaluations, 4);
}

TEST(Asking, CallsKeepToTheRowLimit) {
  Bench b;
  b.asked.row_limit = 3;
  Asking asking(b.asked, b.situation);
  asking.ask({Query{}, Bench::null()}, {{}, {}});
  EXPECT_EQ(b.model->sizes, (std::vector<std::int64_t>{3, 3, 2}));
  EXPECT_EQ(largest(asking.known(Bench::null()) - (b.x + 10)), 0);
}

TEST(Asking, AnotherInputAndTimeAreAnotherQuestion) {
  Bench b;
  Asking asking(b.asked, b.situation);
  Query other;
  other.input = b.x * 2;
  other.condition = Query::Condition::label;
  other.label = at::full({4}, 7, at::kLong);
  EXPECT_EQ(largest(asking.answer(other) - (b.x * 2 + 7)), 0);
  EXPECT_EQ(largest(asking.answer({}) - (b.x + b.conditions.at("label").unsqueeze(1))), 0);
}

}  // namespace
}  // namespace ulam::asking_test
