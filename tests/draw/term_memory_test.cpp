// What guidance terms remember follows the rows: forks, joins, files, peeks, steps that are taken back.
#include "tests/guide/support.h"

#include <gtest/gtest.h>

#include "ulam/draw/draw.h"

namespace ulam::term_memory_test {
namespace {

/// Counts a row's accepted steps, and moves the answer by a thousandth of the count, so that a lost memory
/// shows in the samples.
class Counter : public Term {
 public:
  std::string spec() const override { return "counter"; }
  void check(const ModelInfo&) const override {}
  std::vector<Ask> asks(const Situation&) const override { return {}; }
  at::Tensor finish(const at::Tensor& mixed, const Situation& s, Asker& asker) const override {
    at::Tensor count = s.recall("count");
    if (!count.defined()) count = at::zeros({mixed.size(0), 1}, at::kDouble);
    asker.keep("count", count + 1);
    return mixed + count * 1e-3;
  }
};

SolverProcess process(const char* solver, int steps = 6) {
  const ProblemPtr model = guide_test::classes();
  return SolverProcess(make_plan(solver, "", steps, model->info().path, model->info().head),
                       Field(model, 0, {}, {std::make_shared<Counter>()}));
}
const std::vector<std::uint64_t> ids{0, 1, 2};

at::Tensor counts(const State& state) { return recall(state.terms, "0.count"); }

TEST(TermMemory, IsWrittenOnceAStepWhateverItsStages) {
  for (const char* solver : {"ddim", "heun", "rk4", "dpmpp", "unipc"}) {
    const SolverProcess p = process(solver);
    State state = p.start(ids, guide_test::labels(3));
    Ledger ledger;
    ASSERT_TRUE(run(p, state, ledger, {}));
    EXPECT_EQ(counts(state).min().item<double>(), 6) << solver;
    EXPECT_EQ(counts(state).max().item<double>(), 6) << solver;
  }
}

// A step that is taken back leaves no trace: the count is that of the accepted ones.
TEST(TermMemory, IsNotWrittenByStepsTakenBack) {
  const SolverProcess p = process("adaptive:first=3,rtol=0.01", 200);
  State state = p.start(ids, guide_test::labels(3));
  Ledger ledger;
  ASSERT_TRUE(run(p, state, ledger, {}));
  const AdaptiveReport report = adaptive_report(state);
  ASSERT_GT(report.rejected, 0);
  const double all = counts(state).sum().item<double>();
  EXPECT_GE(all, static_cast<double>(report.tried - report.rejected));
  EXPECT_LE(
      all, static_cast<double>(report.tried - report.rejected) + 3);  // and the last step, where there is one
}

// Forked, stored, read, joined with rows of another level, peeked at: the end is bit for bit the same.
TEST(TermMemory, FollowsTheRows) {
  for (const char* solver : {"ddim", "dpmpp", "heun"}) {
    const SolverProcess p = process(solver);
    Ledger ledger;
    State plain = p.start(ids, guide_test::labels(3));
    ASSERT_TRUE(run(p, plain, ledger, {}));

    State state = p.start(ids, guide_test::labels(3));
    p.step(state, ledger, {});
    const std::vector<std::int64_t> first{0}, others{2, 1};
    State parts[] = {index_select(state, first), index_select(state, others)};
    p.step(parts[1], ledger, {});
    State joined = from_arrays(to_arrays(concatenate(parts)));
    EXPECT_EQ(counts(joined)[0].item<double>(), 1);
    EXPECT_EQ(counts(joined)[1].item<double>(), 2);
    p.peek(joined, ledger, {});
    EXPECT_EQ(counts(joined)[1].item<double>(), 2);  // a look is no step
    joined = from_arrays(to_arrays(joined));
    ASSERT_TRUE(run(p, joined, ledger, {}));
    const std::vector<std::int64_t> back{0, 2, 1};
    joined = index_select(joined, back);
    EXPECT_TRUE(at::equal(joined.x, plain.x)) << solver;
    EXPECT_EQ(guide_test::largest(counts(joined) - 6), 0);
  }
}

// Rows that join others from the start have remembered nothing: zeros.
TEST(TermMemory, FreshRowsHaveZeros) {
  const SolverProcess p = process("ddim");
  Ledger ledger;
  State a = p.start(ids, guide_test::labels(3)), b = p.start(ids, guide_test::labels(3));
  p.step(a, ledger, {});
  const State states[] = {a, b};
  const State all = concatenate(states);
  EXPECT_EQ(counts(all).sum().item<double>(), 3);
  EXPECT_EQ(counts(all).size(0), 6);
}

TEST(TermMemory, FilesWithTooFewRowsAreRefused) {
  const SolverProcess p = process("ddim");
  Ledger ledger;
  State a = p.start(ids, guide_test::labels(3));
  p.step(a, ledger, {});
  a.terms[0].rows = at::zeros({2, 1}, at::kDouble);
  testing::expect_error(ErrorKind::shape, {"terms.0.count", "3 rows"}, [&] { from_arrays(to_arrays(a)); });
}

}  // namespace
}  // namespace ulam::term_memory_test
