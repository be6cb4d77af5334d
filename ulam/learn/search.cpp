#include "ulam/learn/search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"

namespace ulam {
namespace {

constexpr const char* search_place = "search";
constexpr double worst = std::numeric_limits<double>::infinity();

std::string key_of(const UnifiedRecipe& recipe) { return fmt::format("{:016x}", recipe_hash(recipe)); }

}  // namespace

Search::Search(Score score, int most, const nlohmann::json& record,
               std::function<void(const nlohmann::json&)> keep, Watch watch)
    : score_(std::move(score)), most_(most), keep_(std::move(keep)), watch_(std::move(watch)) {
  if (most < 1) fail(ErrorKind::option, search_place, "{} candidates, valid: at least 1", most);
  if (record.is_null()) return;
  if (!record.is_object()) fail(ErrorKind::option, search_place, "the record is not an object");
  for (const auto& [key, value] : record.items()) {
    if (!value.is_number() && !value.is_null())
      fail(ErrorKind::option, search_place, "the record's value of {} is not a number", key);
    known_[key] = value.is_null() ? worst : value.get<double>();
  }
}

Search::Search(Score score, int most) : Search(std::move(score), most, nlohmann::json()) {}

std::optional<double> Search::ask(const UnifiedRecipe& recipe) {
  const std::string key = key_of(recipe);
  if (const auto seen = seen_.find(key); seen != seen_.end()) {
    ++repeats_;
    return trials_[seen->second].value;
  }
  if (done()) return {};
  const auto known = known_.find(key);
  double value = worst;
  if (known != known_.end()) {
    value = known->second;
  } else {
    value = score_(recipe);
    if (watch_.cancelled() && !std::isfinite(value)) return {};
    if (!std::isfinite(value)) value = worst;
    known_[key] = value;
    ++evaluated_;
    if (keep_) keep_(this->record());
  }
  seen_[key] = trials_.size();
  trials_.push_back({recipe, value});
  return value;
}

std::vector<Trial> Search::best(std::size_t count) const {
  std::vector<Trial> out = trials_;
  std::stable_sort(out.begin(), out.end(), [](const Trial& a, const Trial& b) { return a.value < b.value; });
  if (out.size() > count) out.resize(count);
  return out;
}

std::vector<double> Search::best_so_far() const {
  std::vector<double> out;
  double least = worst;
  for (const Trial& t : trials_) out.push_back(least = std::min(least, t.value));
  return out;
}

nlohmann::json Search::record() const {
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [key, value] : known_)
    out[key] = std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
  return out;
}

}  // namespace ulam
