#pragma once
// The only place that calls models and counts: queries are asked once, in calls of at most a number of rows.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/guide/term.h"

namespace ulam {

/// Everything that the calls of one answer share.
struct Asked {
  ModelPtr model;
  int row_limit = 0;        // rows of a call; 0 = any
  const at::Tensor* state;  // [rows, ...] as the solver has it
  const at::Tensor* x;      // the same in the coordinates of the data: state + centre
  const at::Tensor* t;      // [rows] double
  const Conditions* conditions;
  Ledger* ledger;
  const Watch* watch;
  const std::vector<std::string>* left_out = nullptr;  // see Context
};

/// What a model says, with the activations that were wanted.
struct Called {
  at::Tensor answer;
  std::map<std::string, at::Tensor> taps;
};

/// One model call after another over pieces of at most `limit` rows; charges rows, flops and seconds. Throws
/// Error(shape) where an answer does not have x's shape and dtype, unless the model is a classifier.
Called call_in_pieces(const Asked& asked, const Model& model, const at::Tensor& x, const at::Tensor& t,
                      const Conditions& conditions, const std::vector<Perturbation>& perturbations,
                      const std::vector<std::string>& taps);

class Asking final : public Asker {
 public:
  Asking(const Asked& asked, const Situation& situation)
      : asked_(asked), situation_(situation), x_(*asked.x), state_(*asked.state) {}
  /// From here on answers at the state follow it with a graph, until stop(); returns the tensor that
  /// gradients are taken with respect to. `keep_graph`: the state's own graph goes on, for gradients of
  /// draws.
  at::Tensor trace(bool keep_graph);
  /// Answers from here on have no graph; those with one are given without it, unless it is kept.
  void stop() { tracing_ = false; }
  /// Asks what is not known yet; queries of one model and perturbation share a call. `rows`: which rows are
  /// wanted (empty: all).
  void ask(const std::vector<Query>& queries, const std::vector<std::vector<bool>>& rows);
  /// What ask() brought; entries of rows that were not wanted are 0.
  at::Tensor known(const Query& query);
  at::Tensor answer(const Query& query) override;
  at::Tensor data(const Query& query) override;
  at::Tensor tap(const Query& query, const std::string& name) override;
  at::Tensor state() override { return tracing_ ? state_ : *asked_.state; }
  void keep(const std::string& name, at::Tensor rows) override;

 private:
  struct Known {
    Query query;
    at::Tensor answer;
    std::vector<bool> rows;
    bool traced = false;
    std::map<std::string, at::Tensor> taps;
  };
  Known* find(const Query& query);
  /// As the graph's state is now: without it once the tracing has stopped, unless it is kept.
  at::Tensor as_traced(const Known& known, const at::Tensor& value) const;
  Conditions conditions_of(const Query& query) const;
  at::Tensor in_own_head(const Model& model, const at::Tensor& answer, const at::Tensor& state,
                         const std::vector<std::int64_t>& rows) const;

  const Asked& asked_;
  const Situation& situation_;
  at::Tensor x_, state_;  // as they are asked at: with a graph where there is one
  bool tracing_ = false, keeps_graph_ = false;
  std::vector<Known> known_;
};

}  // namespace ulam
