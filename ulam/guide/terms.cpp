#include "ulam/guide/terms.h"

#include <algorithm>

#include "ulam/base/key.h"
#include "ulam/base/text.h"
#include "ulam/guide/apg.h"
#include "ulam/guide/autoguidance.h"
#include "ulam/guide/cfg.h"
#include "ulam/guide/classifier_guidance.h"
#include "ulam/guide/gfcg.h"
#include "ulam/guide/layout.h"
#include "ulam/guide/observe.h"
#include "ulam/guide/perturbed.h"

namespace ulam {

const std::vector<TermEntry>& terms() {
  static const std::vector<TermEntry> table = {
      cfg_entry(),     apg_entry(),    cg_entry(),           minority_entry(), pag_entry(),
      seg_entry(),     slg_entry(),    autoguidance_entry(), sims_entry(),     gfcg_entry(),
      observe_entry(), layout_entry(), rescale_entry()};
  return table;
}

TermPtr make_term(const std::string& spec, const ModelFinder& find, const std::string& place) {
  const Spec parsed = parse_spec(spec, place);
  const TermEntry& entry = find_entry(terms(), parsed.name, place);
  const std::string where = place + " " + entry.name;
  return entry.make(Options(where, entry.parameters, parsed.given), find, where);
}

Terms make_terms(const std::string& specs, const ModelFinder& find, const std::string& place) {
  Terms out;
  if (specs.empty()) return out;
  for (const std::string& spec : split_escaped(specs, '+')) out.push_back(make_term(spec, find, place));
  return out;
}

std::string text_of(const Terms& terms) {
  std::string out;
  for (const TermPtr& term : terms) {
    if (!out.empty()) out += '+';
    out += escaped(term->spec(), '+');
  }
  return out;
}

bool of_time(const Terms& terms) {
  return std::all_of(terms.begin(), terms.end(), [](const TermPtr& term) { return term->of_time(); });
}

std::uint64_t models_hash(const Terms& terms) {
  std::string all;
  for (const TermPtr& term : terms)
    for (const ModelPtr& model : term->models()) all += std::to_string(model->info().hash) + ' ';
  return all.empty() ? 0 : hash_bytes(all);
}

}  // namespace ulam
