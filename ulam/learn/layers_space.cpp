#include "ulam/learn/layers_space.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ulam/base/error.h"

namespace ulam {

struct LayersSpace::Parts {
  std::vector<double> fine;
  int evaluations = 0;
  double end = 0;
  Host host;
  std::vector<std::string> modules;
  double mutation = 0;

  /// One evaluation: its place in `fine` and the modules that it leaves out, rising.
  struct Asked {
    std::size_t place = 0;
    std::vector<std::size_t> out{};
    friend auto operator<=>(const Asked&, const Asked&) = default;
  };
  using Candidate = std::vector<Asked>;  // places rise

  std::size_t whole() const { return modules.size(); }
  std::size_t budget() const { return whole() * static_cast<std::size_t>(evaluations); }
  std::size_t executed(const Candidate& c) const {
    std::size_t sum = 0;
    for (const Asked& a : c) sum += whole() - a.out.size();
    return sum;
  }
  bool taken(const Candidate& c, std::size_t place) const {
    return std::any_of(c.begin(), c.end(), [&](const Asked& a) { return a.place == place; });
  }
  std::size_t free_place(const Candidate& c, Dice& dice) const {
    std::size_t p = 0;
    do p = dice.below(fine.size());
    while (taken(c, p));
    return p;
  }
  std::vector<std::size_t> some(std::size_t count, Dice& dice) const {
    std::vector<std::size_t> out;
    while (out.size() < count) {
      const std::size_t m = dice.below(whole());
      if (std::find(out.begin(), out.end(), m) == out.end()) out.push_back(m);
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  /// Evaluations come until the next would not fit, and go where there are too many.
  void fill(Candidate& c, double most, Dice& dice) const {
    while (executed(c) > budget()) c.erase(c.begin() + static_cast<std::ptrdiff_t>(dice.below(c.size())));
    while (c.size() < fine.size()) {
      std::size_t count = dice.below(static_cast<std::size_t>(most * static_cast<double>(whole())) + 1);
      const std::size_t room = budget() - executed(c);
      if (room + count < whole()) count = whole() - room;  // as many as make it fit, if so many may go
      if (static_cast<double>(count) > most * static_cast<double>(whole())) break;
      c.push_back({free_place(c, dice), some(count, dice)});
    }
    std::sort(c.begin(), c.end());
  }

  UnifiedRecipe recipe(const Candidate& c) const {
    std::vector<double> times;
    for (const Asked& a : c) times.push_back(fine[a.place]);
    times.push_back(end);
    UnifiedRecipe r = host(times);
    std::vector<std::vector<std::string>> names;
    for (const Asked& a : c) {
      names.emplace_back();
      for (const std::size_t m : a.out) names.back().push_back(modules[m]);
    }
    if (std::any_of(names.begin(), names.end(), [](const auto& n) { return !n.empty(); }))
      r.left_out = std::move(names);
    return r;
  }
  Candidate candidate(const UnifiedRecipe& r) const {
    Candidate c;
    for (std::size_t k = r.skip_first ? 1 : 0; k + 1 < r.times.size(); ++k) {
      const auto at = std::lower_bound(fine.begin(), fine.end(), r.times[k], std::greater<>());
      if (at == fine.end() || *at != r.times[k])
        fail(ErrorKind::option, "layers", "{} is not a time of the list", r.times[k]);
      c.push_back({static_cast<std::size_t>(at - fine.begin())});
    }
    for (std::size_t k = 0; k < r.left_out.size(); ++k)
      for (const std::string& name : r.left_out[k]) {
        const auto at = std::find(modules.begin(), modules.end(), name);
        if (at == modules.end()) fail(ErrorKind::option, "layers", "there is no module '{}'", name);
        c[k].out.push_back(static_cast<std::size_t>(at - modules.begin()));
      }
    for (Asked& a : c) std::sort(a.out.begin(), a.out.end());
    return c;
  }

  UnifiedRecipe random(double most, Dice& dice) const {
    Candidate c;
    fill(c, most, dice);
    return recipe(c);
  }
  UnifiedRecipe mutated(const UnifiedRecipe& from, double most, Dice& dice) const {
    Candidate c = candidate(from);
    const std::size_t least = static_cast<std::size_t>(most * static_cast<double>(whole()));
    for (Asked& a : c) {
      if (dice.chance(mutation) && c.size() < fine.size()) a.place = free_place(c, dice);
      for (std::size_t& m : a.out)
        if (dice.chance(mutation) && a.out.size() < whole()) {
          std::size_t other = 0;
          do other = dice.below(whole());
          while (std::find(a.out.begin(), a.out.end(), other) != a.out.end());
          m = other;
        }
      if (a.out.empty() && dice.chance(mutation)) a.out = some(dice.below(least + 1), dice);
      std::sort(a.out.begin(), a.out.end());
    }
    fill(c, most, dice);
    return recipe(c);
  }
  std::optional<UnifiedRecipe> crossed(const UnifiedRecipe& one, const UnifiedRecipe& two, double most,
                                       Dice& dice) const {
    const Candidate a = candidate(one), b = candidate(two);
    const Candidate& longer = a.size() < b.size() ? b : a;
    Candidate child;
    for (std::size_t k = 0; k < longer.size(); ++k) {
      const Candidate& from = k < std::min(a.size(), b.size()) ? (dice.chance(0.5) ? a : b) : longer;
      if (taken(child, from[k].place)) return {};
      child.push_back(from[k]);
    }
    if (executed(child) > budget()) return {};
    fill(child, most, dice);
    return recipe(child);
  }
};

LayersSpace::LayersSpace(std::vector<double> fine, int evaluations, double end, Host host,
                         std::vector<std::string> modules, double mutation) {
  if (modules.empty()) fail(ErrorKind::option, "layers", "the model has no module that can be left out");
  if (evaluations < 1 || static_cast<std::size_t>(evaluations) > fine.size())
    fail(ErrorKind::option, "layers", "{} of {} times, valid: 1 to all", evaluations, fine.size());
  if (!std::is_sorted(fine.begin(), fine.end(), std::greater<>()) || !(end < fine.back()))
    fail(ErrorKind::option, "layers", "the times to choose from must fall and lie above the end {}", end);
  auto parts = std::make_shared<Parts>();
  parts->fine = std::move(fine);
  parts->evaluations = evaluations;
  parts->end = end;
  parts->host = std::move(host);
  parts->modules = std::move(modules);
  parts->mutation = mutation;
  parts_ = std::move(parts);
}

SearchSpace LayersSpace::at(double most, std::vector<UnifiedRecipe> start) const {
  SearchSpace space;
  space.start = std::move(start);
  space.random = [p = parts_, most](Dice& dice) { return p->random(most, dice); };
  space.mutate = [p = parts_, most](const UnifiedRecipe& r, Dice& dice) { return p->mutated(r, most, dice); };
  space.cross = [p = parts_, most](const UnifiedRecipe& a, const UnifiedRecipe& b, Dice& dice) {
    return p->crossed(a, b, most, dice);
  };
  return space;
}

int LayersSpace::executed(const UnifiedRecipe& recipe) const {
  return static_cast<int>(parts_->executed(parts_->candidate(recipe)));
}
int LayersSpace::budget() const { return static_cast<int>(parts_->budget()); }

void evolve_layers(const SearchSpace& times, const LayersSpace& layers, Search& search,
                   const LayersOptions& options, std::uint64_t seed) {
  GenerationOptions now = options.generations;
  now.epochs = options.first_epochs;
  evolve_in_generations(times, search, now, seed);
  const int rest = options.generations.epochs - options.first_epochs;
  now.epochs = 2;  // the best so far with random ones and mutants, then their offspring
  for (int epoch = 2; epoch <= rest && !search.done(); epoch += 2) {
    std::vector<UnifiedRecipe> best;
    for (Trial& t : search.best(static_cast<std::size_t>(now.top))) best.push_back(std::move(t.recipe));
    evolve_in_generations(layers.at(options.most * epoch / rest, std::move(best)), search, now,
                          seed + static_cast<std::uint64_t>(epoch));
  }
}

}  // namespace ulam
