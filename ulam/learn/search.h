#pragma once
// What all searches over recipes share: candidates asked for one at a time, none twice, the best so far, and
// a record from which a stopped search goes on.
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/base/progress.h"
#include "ulam/learn/unified.h"

namespace ulam {

/// The objective: lower is better; NaN or infinity where the recipe makes no plan or no finite samples.
using Score = std::function<double(const UnifiedRecipe&)>;

struct Trial {
  UnifiedRecipe recipe;
  double value = 0;  // infinity where it did not run
};

/// Every optimiser asks here and is a pure function of its seed and of the answers. So a search that was
/// stopped is run again from its beginning with the values that are known, which cost nothing, and ends where
/// an unstopped one does.
class Search {
 public:
  /// `most`: objective evaluations in all, those of a record among them. `keep` is called with record()
  /// after every new one. Throws Error(option) for most < 1 or a record that does not read.
  Search(Score score, int most, const nlohmann::json& record,
         std::function<void(const nlohmann::json&)> keep = {}, Watch watch = {});

  Search(Score score, int most);

  /// The value, from the record or worked out; infinity for a recipe that does not run. Nothing once `most`
  /// different recipes have been asked for, or the watch is cancelled: the optimiser then returns.
  std::optional<double> ask(const UnifiedRecipe& recipe);

  bool done() const { return asked() >= most_ || watch_.cancelled(); }
  bool cancelled() const { return watch_.cancelled(); }
  int asked() const { return static_cast<int>(trials_.size()); }  // different recipes
  int most() const { return most_; }
  int repeats() const { return repeats_; }      // answered from this run's own trials
  int evaluated() const { return evaluated_; }  // worked out now; the rest came from the record
  /// All different recipes in the order in which they were asked for.
  const std::vector<Trial>& trials() const { return trials_; }
  /// The best `count` of them, best first; equal values in the order asked.
  std::vector<Trial> best(std::size_t count) const;
  /// The least value after each trial: never rises.
  std::vector<double> best_so_far() const;
  /// {"HASH": value or null, ...}
  nlohmann::json record() const;

 private:
  Score score_;
  int most_, repeats_ = 0, evaluated_ = 0;
  std::function<void(const nlohmann::json&)> keep_;
  Watch watch_;
  std::map<std::string, double> known_;  // by hash
  std::map<std::string, std::size_t> seen_;
  std::vector<Trial> trials_;
};

}  // namespace ulam
