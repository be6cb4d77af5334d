#include "ulam/cli/label_choice.h"

#include <algorithm>
#include <numeric>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/options.h"
#include "ulam/base/text.h"

namespace ulam::cli {
namespace {

/// All names, or the first of many.
std::string listed_names(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  if (names.size() <= most) return joined(names);
  return joined({names.begin(), names.begin() + most}) + fmt::format(" and {} more", names.size() - most);
}

/// The class of that name: whole (ignoring case), or the only one with a name that begins with or contains
/// it.
std::int64_t class_named(const std::string& text, const ConditionInfo& condition, const std::string& place) {
  const auto lowered = [](std::string s) {
    std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return std::tolower(c); });
    return s;
  };
  const std::string wanted = lowered(text);
  std::vector<std::int64_t> containing;
  for (std::size_t i = 0; i < condition.class_names.size(); ++i) {
    const std::string name = lowered(condition.class_names[i]);
    if (name == wanted) return static_cast<std::int64_t>(i);
    if (!wanted.empty() && name.find(wanted) != std::string::npos)
      containing.push_back(static_cast<std::int64_t>(i));
  }
  if (containing.size() == 1) return containing.front();
  const std::string near = nearest_name(text, condition.class_names);
  fail(ErrorKind::option, place, "no class \"{}\"; valid: 0 to {}{}, cycle, none{}", text,
       condition.classes - 1, condition.class_names.empty() ? "" : ", " + listed_names(condition.class_names),
       near.empty() ? "" : "; nearest: " + near);
}

}  // namespace

LabelChoice::LabelChoice(const std::string& text, const ConditionInfo& condition, const std::string& place)
    : condition_(condition) {
  if (text.empty() || text == "cycle") {
    labels_.resize(static_cast<std::size_t>(std::max(1, condition.classes)));
    std::iota(labels_.begin(), labels_.end(), 0);
    return;
  }
  if (text == "none") {
    if (!condition.null_class) fail(ErrorKind::option, place, "the model has no null class; give a class");
    labels_ = {condition.classes};
    return;
  }
  const auto add = [&](long label) {
    if (label < 0 || label >= condition.classes)
      fail(ErrorKind::option, place, "class {} must be from 0 to {}", label, condition.classes - 1);
    labels_.push_back(label);
  };
  for (const std::string& part : split_escaped(text, ',')) {
    const std::size_t dash = part.find('-');
    const auto single = parse_integer(part);
    const auto first = dash == std::string::npos ? std::nullopt : parse_integer(part.substr(0, dash));
    const auto last = dash == std::string::npos ? std::nullopt : parse_integer(part.substr(dash + 1));
    if (single) {
      add(*single);
    } else if (first && last) {
      add(*first);
      add(*last);
      labels_.pop_back();
      if (*last < *first) fail(ErrorKind::option, place, "the range {} falls", part);
      for (long label = *first + 1; label <= *last; ++label) labels_.push_back(label);
    } else {
      labels_.push_back(class_named(part, condition, place));
    }
  }
}

std::string LabelChoice::caption_of(std::uint64_t id) const {
  const std::int64_t label = label_of(id);
  if (label >= condition_.classes) return "";
  const auto index = static_cast<std::size_t>(label);
  return index < condition_.class_names.size() ? condition_.class_names[index] : std::to_string(label);
}

std::optional<LabelChoice> label_choice(const std::string& text, const ModelInfo& info,
                                        const std::string& place) {
  for (const ConditionInfo& c : info.conditions)
    if (c.name == "label" && c.classes > 0) return LabelChoice(text, c, place);
  if (!text.empty()) fail(ErrorKind::unsupported, place, "the model {} has no classes", info.name);
  return std::nullopt;
}

at::Tensor labels_of(const LabelChoice& choice, const std::vector<std::uint64_t>& ids) {
  std::vector<std::int64_t> labels;
  for (const std::uint64_t id : ids) labels.push_back(choice.label_of(id));
  return at::tensor(labels, at::kLong);
}

}  // namespace ulam::cli
