#pragma once
// A guidance term: what it asks of which model, and how the answers are mixed.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ulam/guide/schedule.h"
#include "ulam/model/model.h"

namespace ulam {

/// Where in a draw the field is asked.
struct Context {
  int step = 0;                  // step of the plan
  int stage = 0;                 // evaluation within the step
  int steps = 0;                 // of the plan, 0 = not known
  std::vector<int> row_steps{};  // where rows stand at different steps: a row each, in place of `step`
  bool accepted = true;          // false for trial evaluations: term memory is then not written
};

/// One thing to ask: a model at an input. All rows of the situation are meant.
struct Query {
  enum class Condition { given, null, label };
  ModelPtr model;  // none: the field's own
  Condition condition = Condition::given;
  at::Tensor label;  // [rows] int64, for Condition::label
  std::vector<Perturbation> perturbations;
  at::Tensor input;            // [rows, ...]; undefined: the state
  std::optional<double> time;  // of `input`; none: that of the state
};
/// Whether both ask the same: models by their hash, tensors by identity.
bool same(const Query& a, const Query& b);

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
  bool open = false;  // all windows stand open: the most that an answer can cost is asked for
  std::size_t rows() const { return times.size(); }
  /// A schedule's factor for every row, times `weight`.
  std::vector<double> weights(const Schedule& schedule, double weight) const;
};

/// Through which terms see answers. Whatever is asked is counted, and asked once.
class Asker {
 public:
  virtual ~Asker() = default;
  /// [rows, ...] in the field's head; logits of a classifier as they are.
  virtual at::Tensor answer(const Query& query) = 0;
  /// The data estimate of an answer, in the coordinates of the data.
  virtual at::Tensor data(const Query& query) = 0;
};

/// Immutable; calls may run in parallel. Rows do not depend on one another.
class Term {
 public:
  virtual ~Term() = default;
  /// The canonical spec: make_term(spec()) is an equal term.
  virtual std::string spec() const = 0;
  /// Other models that it asks.
  virtual std::vector<ModelPtr> models() const { return {}; }
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
  /// Evaluations of one row that follow() asks for beyond asks() and needs().
  virtual int follow_evaluations(const Situation&) const { return 0; }
  /// The last word on the mixed prediction; asks nothing that needs() did not name.
  virtual at::Tensor finish(const at::Tensor& mixed, const Situation&, Asker&) const { return mixed; }
};
using TermPtr = std::shared_ptr<const Term>;
/// In the order in which they were given.
using Terms = std::vector<TermPtr>;

}  // namespace ulam
