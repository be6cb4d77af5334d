// Rows that stand at different times in one call: none pays for what another needs, and none feels another.
#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::mixed_rows_test {
namespace {

using guide_test::largest;

ModelPtr find(const std::string& name) {
  if (name == "judge") return std::make_shared<guide_test::Judge>();
  if (name == "noised") return std::make_shared<guide_test::NoisedJudge>();
  return guide_test::classes("noise");
}
const std::vector<std::string>& specs() {
  static const std::vector<std::string> list = {"cfg:scale=3,high=1",
                                                "cfg:scale=2,rescale=0.7,high=1",
                                                "cfg:scale=2,form=projected,high=1",
                                                "cfg:scale=0",
                                                "apg:scale=3,momentum=-0.5,high=1",
                                                "cg:classifier=noised,scale=2,high=1",
                                                "cg:classifier=noised,of=estimate,scale=2,high=1",
                                                "minority:classifier=noised,scale=1,low=0.6",
                                                "sims:model=other,omega=0.5,low=0.6",
                                                "gfcg:classifier=judge,strength=2,high=1"};
  return list;
}

struct Asked {
  at::Tensor prediction;
  std::int64_t evaluations = 0;
  TermMemory written;
};
Asked ask(const Field& field, const at::Tensor& x, const std::vector<double>& times,
          const at::Tensor& label) {
  Ledger ledger;
  Asked out;
  Context context;
  context.written = &out.written;
  const at::Tensor t = at::tensor(times, at::kDouble);
  out.prediction = field.answer(x, t, {{"label", label}}, context, ledger, {}).prediction;
  out.evaluations = ledger.spent().evaluations;
  return out;
}

// Two rows inside every window, two outside, in turn: the ledger is the sum of what each row was promised,
// and each row's answer and what is remembered of it are those that it has alone (S1).
TEST(MixedRows, PayForThemselvesAndAreTheSameAlone) {
  const std::vector<double> times = {0.7, 2.0, 0.7, 0.5};
  const at::Tensor x = guide_test::rows_of_x(4), label = at::arange(4, at::kLong).remainder(2);
  for (const std::string& a : specs())
    for (const std::string& b : specs()) {
      const Field field(guide_test::classes(), 3, {}, {make_term(a, find), make_term(b, find)});
      const Asked all = ask(field, x, times, label);
      std::int64_t promised = 0;
      for (std::int64_t r = 0; r < 4; ++r) {
        const double time = times[static_cast<std::size_t>(r)];
        promised += field.evaluations(time, {});
        const Asked alone = ask(field, x.narrow(0, r, 1), {time}, label.narrow(0, r, 1));
        EXPECT_LT(largest(all.prediction[r] - alone.prediction[0]), 1e-12) << a << " + " << b << " row " << r;
        for (const Remembered& kept : all.written) {
          const at::Tensor own = recall(alone.written, kept.name);
          EXPECT_LT(largest(kept.rows[r] - (own.defined() ? own[0] : at::zeros_like(kept.rows[r]))), 1e-12)
              << a << " + " << b << " row " << r;
        }
      }
      EXPECT_EQ(all.evaluations, promised) << a << " + " << b;
    }
}

}  // namespace
}  // namespace ulam::mixed_rows_test
