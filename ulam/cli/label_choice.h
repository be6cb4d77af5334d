#pragma once
// Which class each sample shows: a pure function of the sample's id, so that a sample drawn alone keeps its
// class.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ulam/model/model.h"

namespace ulam::cli {

class LabelChoice {
 public:
  /// `text`: classes by number, range or name ("9", "0-4,7", "bag", "Ankle boot"), "cycle" for all in turn,
  /// "none" for the null class; "" = cycle. Sample id i gets entry i modulo their count. Throws Error(option)
  /// naming `place`.
  LabelChoice(const std::string& text, const ConditionInfo& condition, const std::string& place);

  std::int64_t label_of(std::uint64_t id) const { return labels_[id % labels_.size()]; }
  /// The class's name, its number where it has none, "" for the null class.
  std::string caption_of(std::uint64_t id) const;

 private:
  std::vector<std::int64_t> labels_;
  ConditionInfo condition_;
};

/// The choice for a model with classes; nothing for one without. Throws Error(unsupported) when labels were
/// typed for a model that has no classes, and what LabelChoice throws.
std::optional<LabelChoice> label_choice(const std::string& text, const ModelInfo& info,
                                        const std::string& place);
/// The classes of samples, int64 [ids].
at::Tensor labels_of(const LabelChoice& choice, const std::vector<std::uint64_t>& ids);

}  // namespace ulam::cli
