#pragma once
// Models that are broken in one way, to show that a check sees it.
#include <functional>
#include <memory>

#include <ATen/ATen.h>

#include "ulam/model/model.h"

namespace ulam::testing {

/// A model whose predictions are changed by a function of (x, t, prediction).
class Distorted final : public Model {
 public:
  using Change =
      std::function<at::Tensor(const at::Tensor& x, const at::Tensor& t, const at::Tensor& prediction)>;
  Distorted(ModelPtr good, Change change)
      : good_(std::move(good)), change_(std::move(change)), info_(good_->info()) {}
  const ModelInfo& info() const override { return info_; }
  ModelInfo& change_info() { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    return change_(x, t, good_->forward(x, t, conditions, call));
  }

 private:
  ModelPtr good_;
  Change change_;
  ModelInfo info_;
};

}  // namespace ulam::testing
