#include "ulam/guide/post_operation.h"

#include "ulam/base/text.h"
#include "ulam/guide/clip.h"
#include "ulam/guide/threshold.h"

namespace ulam {

const std::vector<PostOperationEntry>& post_operations() {
  static const std::vector<PostOperationEntry> table = {threshold_entry(), clip_entry()};
  return table;
}

PostOperationPtr make_post_operation(const std::string& spec, const std::string& place) {
  const Spec parsed = parse_spec(spec, place);
  const PostOperationEntry& entry = find_entry(post_operations(), parsed.name, place);
  return entry.make(Options(place + " " + entry.name, entry.parameters, parsed.given));
}

PostOperations make_post_operations(const std::string& specs, const std::string& place) {
  PostOperations operations;
  if (specs.empty()) return operations;
  for (const std::string& spec : split_escaped(specs, '+'))
    operations.push_back(make_post_operation(spec, place));
  return operations;
}

std::string text_of(const PostOperations& operations) {
  std::string out;
  for (const PostOperationPtr& operation : operations) {
    if (!out.empty()) out += '+';
    out += escaped(operation->spec(), '+');
  }
  return out;
}

}  // namespace ulam
