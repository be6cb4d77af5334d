#include "ulam/kernels/fused.h"

#include <algorithm>
#include <array>
#include <limits>

#include "ulam/base/error.h"
#include "ulam/kernels/fused_sum.h"
#include "ulam/kernels/normal.h"
#include "ulam/kernels/normal_tile.h"

namespace ulam::kernels {
namespace {

constexpr std::int64_t block_bytes = 4096;  // of one array: a block of all arrays stays in the L1 cache
constexpr std::int64_t parallel_elements =
    1 << 18;  // touched elements below which threads cost more than they save
constexpr std::size_t few_inputs = 8, few_outputs = 4;  // up to here nothing is allocated

template <typename T>
constexpr std::int64_t block_size = block_bytes / static_cast<std::int64_t>(sizeof(T));

template <typename T>
struct Term {
  const T* x;  // null: the noise of the block
  T weight;
  int place;  // among the inputs; the noise is the last
};
constexpr int no_place = std::numeric_limits<int>::max();

enum class Write { direct, staged };

// Outputs in the order in which they are computed, two at a time; of an odd number the first is alone.
struct Order {
  std::size_t output;
  Write write;
};

// Working memory of one thread. `terms` holds inputs + 1 places an output.
template <typename T>
struct Scratch {
  Term<T>* terms;
  int* count;
  Order* order;
  T* stage;  // outputs x block_size
};

template <typename T>
struct FewScratch {
  std::array<Term<T>, few_outputs*(few_inputs + 1)> terms;
  std::array<int, few_outputs> count;
  std::array<Order, few_outputs> order;
  alignas(64) std::array<T, few_outputs* static_cast<std::size_t>(block_size<T>)> stage;
  Scratch<T> view() { return {terms.data(), count.data(), order.data(), stage.data()}; }
};

template <typename T>
struct ManyScratch {
  ManyScratch(std::size_t inputs, std::size_t outputs)
      : terms(outputs * (inputs + 1)),
        count(outputs),
        order(outputs),
        stage(outputs * static_cast<std::size_t>(block_size<T>)) {}
  std::vector<Term<T>> terms;
  std::vector<int> count;
  std::vector<Order> order;
  std::vector<T> stage;
  Scratch<T> view() { return {terms.data(), count.data(), order.data(), stage.data()}; }
};

bool any_not_zero(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return v != 0; });
}

template <typename T>
void check(const FusedStep<T>& s, bool noisy) {
  constexpr auto place = "fused_step";
  if (s.rows < 0 || s.row_size < 0)
    fail(ErrorKind::shape, place, "{} rows of {} elements, valid: at least 0", s.rows, s.row_size);
  const std::size_t sets = s.per_row ? static_cast<std::size_t>(s.rows) : 1;
  if (s.weights.size() != sets * s.out.size() * s.in.size())
    fail(ErrorKind::shape, place, "{} weights for {} x {} outputs x {} inputs", s.weights.size(), sets,
         s.out.size(), s.in.size());
  if (!s.noise_scale.empty() && s.noise_scale.size() != sets * s.out.size())
    fail(ErrorKind::shape, place, "{} noise scales for {} x {} outputs", s.noise_scale.size(), sets,
         s.out.size());
  if (noisy && s.noise.size() != static_cast<std::size_t>(s.rows))
    fail(ErrorKind::shape, place, "{} noise keys for {} rows", s.noise.size(), s.rows);
  if (noisy && static_cast<std::uint64_t>(s.row_size) > row_elements)
    fail(ErrorKind::shape, place, "noise for rows of {} elements, valid: at most {}", s.row_size,
         row_elements);
  for (std::size_t o = 0; o < s.out.size(); ++o)
    for (std::size_t p = 0; p < o; ++p)
      if (s.out[o] == s.out[p]) fail(ErrorKind::shape, place, "outputs {} and {} are the same array", p, o);
}

template <typename T>
void compact(const FusedStep<T>& s, std::size_t set, const Scratch<T>& scratch) {
  const std::size_t inputs = s.in.size(), outputs = s.out.size();
  for (std::size_t o = 0; o < outputs; ++o) {
    Term<T>* const terms = scratch.terms + o * (inputs + 1);
    int n = 0;
    for (std::size_t i = 0; i < inputs; ++i) {
      const double weight = s.weights[(set * outputs + o) * inputs + i];
      if (weight != 0) terms[n++] = {s.in[i], static_cast<T>(weight), static_cast<int>(i)};
    }
    const double scale = s.noise_scale.empty() ? 0.0 : s.noise_scale[set * outputs + o];
    if (scale != 0) terms[n++] = {nullptr, static_cast<T>(scale), static_cast<int>(inputs)};
    scratch.count[o] = n;
  }
}

// One output over n elements from `at` on, written to `to`.
template <typename T>
void sum_output(const Term<T>* terms, int count, std::int64_t at, const T* noise, std::int64_t n, T* to,
                Isa isa) {
  std::array<const T*, most_terms> x;
  std::array<T, most_terms> w;
  int done = 0;
  do {
    int held = 0;
    if (done > 0) {  // go on from the sum so far: times one changes no bit
      x[0] = to;
      w[0] = 1;
      held = 1;
    }
    for (; held < most_terms && done < count; ++held, ++done) {
      x[static_cast<std::size_t>(held)] = terms[done].x != nullptr ? terms[done].x + at : noise;
      w[static_cast<std::size_t>(held)] = terms[done].weight;
    }
    weighted_sum<T>(held, isa)(x.data(), w.data(), n, to);
  } while (done < count);
}

// Two outputs over n elements from `at` on in one pass. False when their inputs are too many, or when a sum
// is empty.
template <typename T>
bool sum_two(const Term<T>* const terms[2], const int count[2], std::int64_t at, const T* noise,
             std::int64_t n, T* const to[2], Isa isa) {
  if (count[0] == 0 || count[1] == 0) return false;
  PairTerms<T> pair;
  using Bits = typename PairTerms<T>::Bits;
  int used = 0;
  // Both lists are in the order of the inputs, noise (which has the largest place) last: merge them.
  for (int i = 0, j = 0; i < count[0] || j < count[1]; ++used) {
    if (used == most_terms) return false;
    const int place0 = i < count[0] ? terms[0][i].place : no_place,
              place1 = j < count[1] ? terms[1][j].place : no_place;
    const bool has0 = place0 <= place1, has1 = place1 <= place0;
    const Term<T>& term = has0 ? terms[0][i] : terms[1][j];
    pair.x[used] = term.x != nullptr ? term.x + at : noise;
    pair.keep[0][used] = has0 ? ~Bits{0} : Bits{0};
    pair.keep[1][used] = has1 ? ~Bits{0} : Bits{0};
    pair.w[0][used] = has0 ? terms[0][i++].weight : T{0};
    pair.w[1][used] = has1 ? terms[1][j++].weight : T{0};
  }
  pair_sum<T>(used, used == count[0] && used == count[1], isa)(pair, n, to[0], to[1]);
  return true;
}

// Outputs are computed in ones and twos: see `Order`. In-place outputs come after the others; those of the
// last group go straight to their places, the earlier ones are held back until every sum has been taken.
// Returns whether nothing needs to be held back.
template <typename T>
bool put_in_order(const FusedStep<T>& s, Order* order) {
  const auto in_place = [&](T* out) { return std::find(s.in.begin(), s.in.end(), out) != s.in.end(); };
  const std::size_t outputs = s.out.size();
  std::size_t held = 0;
  for (std::size_t o = 0; o < outputs; ++o)
    if (!in_place(s.out[o])) order[held++] = {o, Write::direct};
  // Sums of many terms go through their output, and outputs then come one by one.
  const bool short_sums = s.in.size() < most_terms;
  const std::size_t last_group = short_sums ? std::min<std::size_t>(outputs, 2) : 0;
  for (std::size_t o = 0; o < outputs; ++o)
    if (in_place(s.out[o]))
      order[held] = {o, held + last_group >= outputs ? Write::direct : Write::staged}, ++held;
  return std::all_of(order, order + held, [](const Order& a) { return a.write == Write::direct; });
}

template <typename T>
void fill_noise(const FusedStep<T>& s, std::int64_t begin, std::int64_t n, T* noise, Isa isa) {
  if constexpr (std::is_same_v<T, float>) {
    normals_of_rows(s.noise, s.row_size, begin, n, noise, isa);
  } else {
    std::array<float, static_cast<std::size_t>(block_size<T>)> narrow;
    normals_of_rows(s.noise, s.row_size, begin, n, narrow.data(), isa);
    std::copy_n(narrow.data(), n, noise);
  }
}

// The elements begin .. end - 1 of the rows laid end to end.
template <typename T>
void run(const FusedStep<T>& s, bool noisy, std::int64_t begin, std::int64_t end, const Scratch<T>& scratch,
         Isa isa) {
  const std::size_t inputs = s.in.size(), outputs = s.out.size();
  alignas(64) std::array<T, static_cast<std::size_t>(block_size<T>)> noise;
  const bool direct = put_in_order(s, scratch.order);
  const std::int64_t block =
      direct && !noisy && outputs <= 2 ? std::numeric_limits<std::int64_t>::max() : block_size<T>;
  const auto stage_of = [&](std::size_t o) {
    return scratch.stage + static_cast<std::int64_t>(o) * block_size<T>;
  };
  std::int64_t held_set = -1;
  while (begin < end) {
    const std::int64_t n = std::min(block, end - begin);
    if (noisy) fill_noise(s, begin, n, noise.data(), isa);
    for (std::int64_t done = 0; done < n;) {
      const std::int64_t at = begin + done;
      const std::int64_t set = s.per_row ? at / s.row_size : 0;
      const std::int64_t piece = s.per_row ? std::min(n - done, (set + 1) * s.row_size - at) : n;
      if (set != held_set) compact(s, static_cast<std::size_t>(set), scratch);
      held_set = set;
      for (std::size_t a = 0; a < outputs;) {
        const std::size_t group = (outputs - a) % 2 == 0 ? 2 : 1;
        const Term<T>* terms[2] = {};
        int count[2] = {};
        T* to[2] = {};
        for (std::size_t g = 0; g < group; ++g) {
          const auto [o, write] = scratch.order[a + g];
          terms[g] = scratch.terms + o * (inputs + 1);
          count[g] = scratch.count[o];
          to[g] = write == Write::direct ? s.out[o] + at : stage_of(o) + done;
        }
        a += group;
        if (group == 2 && sum_two(terms, count, at, noise.data() + done, piece, to, isa)) continue;
        // An empty sum comes last: it may overwrite an input of the other.
        const std::size_t first = count[0] == 0 ? group - 1 : 0;
        for (std::size_t g = 0; g < group; ++g)
          sum_output(terms[g ^ first], count[g ^ first], at, noise.data() + done, piece, to[g ^ first], isa);
      }
      done += piece;
    }
    for (std::size_t a = 0; a < outputs; ++a) {
      const auto [o, write] = scratch.order[a];
      if (write == Write::staged) std::copy_n(stage_of(o), n, s.out[o] + begin);
    }
    begin += n;
  }
}

}  // namespace

template <typename T>
void fused_step(const FusedStep<T>& s, int threads, Isa isa) {
  const bool noisy = any_not_zero(s.noise_scale);
  check(s, noisy);
  const std::int64_t total = s.rows * s.row_size;
  if (total == 0 || s.out.empty()) return;
  const std::size_t inputs = s.in.size(), outputs = s.out.size();
  const std::int64_t touched = total * static_cast<std::int64_t>(inputs + outputs);
  const bool few = inputs <= few_inputs && outputs <= few_outputs;
  const std::int64_t shares = touched >= parallel_elements ? std::max(threads, 1) : 1;
  std::vector<ManyScratch<T>> many;
  if (!few) many.assign(static_cast<std::size_t>(shares), ManyScratch<T>(inputs, outputs));
  const auto share = [&](std::int64_t t) {
    // Shares end at whole blocks, so that no two threads write to one cache line.
    const std::int64_t blocks = (total + block_size<T> - 1) / block_size<T>;
    const std::int64_t begin = blocks * t / shares * block_size<T>;
    const std::int64_t end = std::min(total, blocks * (t + 1) / shares * block_size<T>);
    if (few) {
      FewScratch<T> scratch;
      run(s, noisy, begin, end, scratch.view(), isa);
    } else {
      run(s, noisy, begin, end, many[static_cast<std::size_t>(t)].view(), isa);
    }
  };
  if (shares == 1) {
    share(0);
    return;
  }
#pragma omp parallel for schedule(static) num_threads(static_cast <int>(shares))
  for (std::int64_t t = 0; t < shares; ++t) share(t);
}

template <typename T>
void fused_step(const FusedStep<T>& step, int threads) {
  fused_step(step, threads, best_isa());
}

template void fused_step<float>(const FusedStep<float>&, int);
template void fused_step<double>(const FusedStep<double>&, int);
template void fused_step<float>(const FusedStep<float>&, int, Isa);
template void fused_step<double>(const FusedStep<double>&, int, Isa);

}  // namespace ulam::kernels
