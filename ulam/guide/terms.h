#pragma once
// Guidance terms by name: "cfg:scale=3", "pag:strength=2,high=5".
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ulam/base/catalogue.h"
#include "ulam/guide/term.h"

namespace ulam {

/// Opens the other models that terms name: a weaker model, a classifier.
using ModelFinder = std::function<ModelPtr(const std::string& name)>;

struct TermEntry : Entry {
  TermPtr (*make)(const Options& options, const ModelFinder& find, const std::string& place);
};
/// cfg, apg, cg, minority, pag, seg, slg, autoguidance, sims, gfcg, observe, layout, rescale.
const std::vector<TermEntry>& terms();

/// Throws Error(option) with the valid names and the nearest; what `find` throws.
TermPtr make_term(const std::string& spec, const ModelFinder& find, const std::string& place = "--guide");
/// Several, joined by "+", in their order. "" is none.
Terms make_terms(const std::string& specs, const ModelFinder& find, const std::string& place = "--guide");
/// The specs joined by "+": make_terms reads them back.
std::string text_of(const Terms& terms);
/// Whether all of them are Term::of_time().
bool of_time(const Terms& terms);
/// 64-bit hash of the other models that the terms ask; 0 where they ask none.
std::uint64_t models_hash(const Terms& terms);

}  // namespace ulam
