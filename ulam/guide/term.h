#pragma once
// A guidance term: what it asks of which model, and how the answers are mixed.
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ulam/guide/memory.h"
#include "ulam/guide/schedule.h"
#include "ulam/model/model.h"

namespace ulam {

/// What the plan knows of the step that an answer is for.
struct StepKernel {
  double from = std::numeric_limits<double>::quiet_NaN(), to = from;  // its times; NaN: not known
  double variance = 0;  // of the noise that enters the new state together with the answer
  double share = 0;     // coefficient by which the answer itself enters the new state
  bool known() const { return !std::isnan(from); }
};

/// Where in a draw the field is asked.
struct Context {
  int step = 0;   // step of the plan
  int stage = 0;  // evaluation within the step
  int steps = 0;  // of the plan, 0 = not known
  StepKernel kernel;
  // Where rows stand at different steps: a row each, in place of `step` and `kernel`.
  std::vector<int> row_steps{};
  std::vector<StepKernel> row_kernels{};
  const TermMemory* memory = nullptr;  // what the terms left at the last accepted step; none: nothing
  TermMemory* written = nullptr;       // what they leave now; none: it is not kept, as in later stages
  const std::vector<std::string>* left_out = nullptr;  // modules of the field's own model, in all its calls
};

/// One thing to ask: a model at an input. All rows of the situation are meant.
struct Query {
  enum class Condition { given, null, label };
  ModelPtr model;  // none: the field's own
  Condition condition = Condition::given;
  at::Tensor label;  // [rows] int64, for Condition::label
  std::vector<Perturbation> perturbations;
  std::vector<std::string> taps;  // activations wanted beside the answer: Asker::tap
  at::Tensor input;               // [rows, ...]; undefined: the state
  std::optional<double> time;     // of `input`; none: that of the state
};
/// Whether both ask the same: models by their hash, tensors by identity.
bool same(const Query& a, const Query& b);
/// The field's own model under the condition that stands for none.
Query null_query();

/// A query whose answer, in the field's own head, enters the mix with a weight a row.
struct Ask {
  Query query;
  std::vector<double> weight;
};

/// Rows of one call of the field.
struct Situation {
  const ModelInfo* info = nullptr;         // of the field's own model
  std::vector<double> times, sigma;        // a row each; sigma = s/a, infinite at a = 0
  const Conditions* conditions = nullptr;  // none: only the cost is asked for
  Context context;
  bool open = false;     // all windows stand open: the most that an answer can cost is asked for
  std::size_t term = 0;  // which of the field's terms is being asked
  std::size_t rows() const { return times.size(); }
  const StepKernel& kernel(std::size_t row) const {
    return context.row_kernels.empty() ? context.kernel : context.row_kernels[row];
  }
  /// What the term that is being asked has kept under this name; undefined where it has kept nothing.
  at::Tensor recall(const std::string& name) const;
  /// A schedule's factor for every row, times `weight`.
  std::vector<double> weights(const Schedule& schedule, double weight) const;
  /// The same, and 0 where an answer in the model's head says nothing of the data (noise and score at a = 0).
  std::vector<double> data_weights(const Schedule& schedule, double weight) const;
};

/// Through which terms see answers. Whatever is asked is counted, and asked once.
class Asker {
 public:
  virtual ~Asker() = default;
  /// [rows, ...] in the field's head; logits of a classifier as they are.
  virtual at::Tensor answer(const Query& query) = 0;
  /// The data estimate of an answer, in the coordinates of the data; 0 where the answer says nothing of it.
  virtual at::Tensor data(const Query& query) = 0;
  /// The activation `name` [rows, ...], one of query.taps, of the call that answers the query. Throws
  /// Error(unsupported) where the call had none (the module was left out).
  virtual at::Tensor tap(const Query& query, const std::string& name) = 0;
  /// The state [rows, ...] as the solver has it.
  virtual at::Tensor state() = 0;
  /// Keeps rows [rows, ...] under a name for the term's next step; recall() gives them back there. Without
  /// effect in stages after the first, and forgotten where the step is taken back.
  virtual void keep(const std::string& name, at::Tensor rows) = 0;
};

/// Whether a prediction of this head says what D is.
bool tells_data(const Head& head, const Marginal& m);

/// Immutable; calls may run in parallel. Rows do not depend on one another.
class Term {
 public:
  virtual ~Term() = default;
  /// The canonical spec: make_term(spec()) is an equal term.
  virtual std::string spec() const = 0;
  /// Other models that it asks.
  virtual std::vector<ModelPtr> models() const { return {}; }
  /// Whether what it does to a row depends on state and time alone, so that draws of more and more steps end
  /// at the solution of one guided equation. Not where steps are counted, known or remembered.
  virtual bool of_time() const { return true; }
  /// Refuses a model that cannot serve the term, before anything runs: Error(unsupported) that names what is
  /// missing.
  virtual void check(const ModelInfo& info) const = 0;
  /// Affine part, known before any answer: prediction~ = prediction(given) + sum of weight * answer. The
  /// weights of a row sum to 0, so that the mix is the same in every head. Entries of weight 0 in all rows
  /// are not asked.
  virtual std::vector<Ask> asks(const Situation& situation) const = 0;
  /// Answers that follow() and finish() will ask for, so that they join the first calls.
  virtual std::vector<Query> needs(const Situation&) const { return {}; }
  /// More of the mix, once answers are there. Costs what follow_evaluations() says.
  virtual std::vector<Ask> follow(const Situation&, Asker&) const { return {}; }
  /// Evaluations of one row that follow() and energy() ask for beyond asks(), needs() and sources().
  virtual int follow_evaluations(const Situation&) const { return 0; }
  /// Answers that energy() reads at the state, with a weight a row; rows of weight 0 are not asked.
  virtual std::vector<Ask> sources(const Situation&) const { return {}; }
  /// [rows] or a scalar: what the term wants to fall, its weights in it. The field takes off the score the
  /// gradient of the sum over all terms with respect to the state: one backward pass. In here answers hold
  /// their graph: those of sources(), and whatever is asked at inputs made of them. Undefined: nothing.
  virtual at::Tensor energy(const Situation&, Asker&) const { return {}; }
  /// What all energies add to the prediction, before it is added to the mix of the answers: a term may bound
  /// it, a row at a time. Asks nothing that needs() did not name.
  virtual at::Tensor bound(const at::Tensor& shift, const at::Tensor& /*mixed*/, const Situation&,
                           Asker&) const {
    return shift;
  }
  /// The last word on the mixed prediction; asks nothing that needs() did not name.
  virtual at::Tensor finish(const at::Tensor& mixed, const Situation&, Asker&) const { return mixed; }
};
using TermPtr = std::shared_ptr<const Term>;
/// In the order in which they were given.
using Terms = std::vector<TermPtr>;

}  // namespace ulam
