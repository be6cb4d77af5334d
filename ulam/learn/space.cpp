#include "ulam/learn/space.h"

#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"

namespace ulam {
namespace {

// Chosen places in the list of fine times, rising, none twice.
using Places = std::vector<std::size_t>;

class Times {
 public:
  Times(std::vector<double> fine, int count, double end, Host host, double mutation)
      : fine_(std::move(fine)),
        count_(static_cast<std::size_t>(count)),
        end_(end),
        host_(std::move(host)),
        mutation_(mutation) {}

  UnifiedRecipe recipe(Places places) const {
    std::sort(places.begin(), places.end());
    std::vector<double> times;
    for (const std::size_t p : places) times.push_back(fine_[p]);
    times.push_back(end_);
    return host_(times);
  }
  UnifiedRecipe even() const {
    Places places;
    for (std::size_t k = 0; k < count_; ++k) places.push_back(fine_.size() - 1 - k * (fine_.size() / count_));
    return recipe(std::move(places));
  }
  UnifiedRecipe random(Dice& dice) const {
    Places places;
    while (places.size() < count_) add(places, dice);
    return recipe(std::move(places));
  }
  UnifiedRecipe mutated(const UnifiedRecipe& from, Dice& dice) const {
    Places places = places_of(from);
    for (std::size_t k = 0; k < places.size(); ++k) {
      if (!dice.chance(mutation_) || places.size() == fine_.size()) continue;
      add(places, dice);
      places[k] = places.back();
      places.pop_back();
    }
    return recipe(std::move(places));
  }
  std::optional<UnifiedRecipe> crossed(const UnifiedRecipe& a, const UnifiedRecipe& b, Dice& dice) const {
    const Places from = places_of(a), other = places_of(b);
    Places child;
    for (std::size_t k = 0; k < count_; ++k) child.push_back(dice.chance(0.5) ? from[k] : other[k]);
    Places sorted = child;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return {};
    return recipe(std::move(child));
  }

 private:
  // One more place that is not taken.
  void add(Places& places, Dice& dice) const {
    std::size_t p = 0;
    do p = dice.below(fine_.size());
    while (std::find(places.begin(), places.end(), p) != places.end());
    places.push_back(p);
  }
  Places places_of(const UnifiedRecipe& recipe) const {
    Places places;
    for (std::size_t k = recipe.skip_first ? 1 : 0; k + 1 < recipe.times.size(); ++k) {
      const auto at = std::lower_bound(fine_.begin(), fine_.end(), recipe.times[k], std::greater<>());
      if (at == fine_.end() || *at != recipe.times[k])
        fail(ErrorKind::option, "times", "{} is not a time of the list", recipe.times[k]);
      places.push_back(static_cast<std::size_t>(at - fine_.begin()));
    }
    return places;
  }

  std::vector<double> fine_;
  std::size_t count_;
  double end_;
  Host host_;
  double mutation_;
};

}  // namespace

SearchSpace times_space(std::vector<double> fine, int count, double end, Host host, double mutation) {
  if (count < 1 || static_cast<std::size_t>(count) > fine.size())
    fail(ErrorKind::option, "times", "{} of {} times, valid: 1 to all", count, fine.size());
  if (!std::is_sorted(fine.begin(), fine.end(), std::greater<>()) ||
      std::adjacent_find(fine.begin(), fine.end()) != fine.end() || !(end < fine.back()))
    fail(ErrorKind::option, "times", "the times to choose from must fall and lie above the end {}", end);
  const auto times = std::make_shared<const Times>(std::move(fine), count, end, std::move(host), mutation);
  SearchSpace space;
  space.start = {times->even()};
  space.random = [times](Dice& dice) { return times->random(dice); };
  space.mutate = [times](const UnifiedRecipe& from, Dice& dice) { return times->mutated(from, dice); };
  space.cross = [times](const UnifiedRecipe& a, const UnifiedRecipe& b, Dice& dice) {
    return times->crossed(a, b, dice);
  };
  return space;
}

}  // namespace ulam
