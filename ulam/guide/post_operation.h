#pragma once
// What may be done to the data estimate D once the model has answered and before a solver sees it.
#include <memory>
#include <string>
#include <vector>

#include "ulam/base/catalogue.h"
#include "ulam/model/model.h"

namespace ulam {

/// An operation on D = E[x0 | x_t] of the rows of one answer. Immutable; its calls may run in parallel.
class PostOperation {
 public:
  virtual ~PostOperation() = default;
  /// The canonical spec: make_post_operation(spec()) is an equal operation.
  virtual std::string spec() const = 0;
  /// D [rows, ...] as the model means it (in the coordinates of the data), the state x it was made from, in
  /// the same coordinates, and t [rows] double on the CPU. Returns the new D, same shape and dtype; `data` is
  /// not written to. Rows do not depend on one another. Differentiable in `data` and `x`.
  virtual at::Tensor apply(const at::Tensor& data, const at::Tensor& x, const at::Tensor& t,
                           const ModelInfo& info) const = 0;
};
using PostOperationPtr = std::shared_ptr<const PostOperation>;
/// In the order in which they are applied.
using PostOperations = std::vector<PostOperationPtr>;

struct PostOperationEntry : Entry {
  PostOperationPtr (*make)(const Options& options);
};
/// threshold, clip.
const std::vector<PostOperationEntry>& post_operations();

/// "clip", "threshold:quantile=0.99,cap=1.5". Throws Error(option) with the valid names and the nearest.
PostOperationPtr make_post_operation(const std::string& spec, const std::string& place = "--post");
/// Several, joined by "+", in their order: "threshold+clip". "" is none.
PostOperations make_post_operations(const std::string& specs, const std::string& place = "--post");
/// The specs joined by "+": make_post_operations reads them back.
std::string text_of(const PostOperations& operations);

}  // namespace ulam
