#include "ulam/measure/catalogue.h"

#include <optional>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam {
namespace {

Parameter integer(const char* name, const char* standard, const char* purpose, double least, double most) {
  return {name, OptionType::integer, standard, purpose, least, most, {}, ""};
}
Parameter flag(const char* name, const char* standard, const char* purpose) {
  return {name, OptionType::boolean, standard, purpose, {}, {}, {}, ""};
}

Parameter groups() { return integer("groups", "64", "groups of rows, the units of the bootstrap", 2, 4096); }
Parameter replicates(const char* standard, const char* purpose) {
  return integer("replicates", standard, purpose, 2, 100000);
}
Parameter subset() {
  return integer("subset", "0", "rows a set, drawn by the seed; 0 = all, at most 2048", 0, 2048);
}
Parameter neighbour(const char* standard) {
  return integer("k", standard, "neighbour whose distance is the radius of a ball", 1, 1000);
}

MeasureEntry entry(MeasureKind kind, const char* name, std::vector<std::string> aliases, const char* purpose,
                   std::vector<Parameter> parameters, const char* paper, const char* cost,
                   const char* composes) {
  MeasureEntry e;
  e.name = name;
  e.aliases = std::move(aliases);
  e.purpose = purpose;
  e.parameters = std::move(parameters);
  e.paper = paper;
  e.cost = cost;
  e.composes = composes;
  e.kind = kind;
  return e;
}

std::vector<MeasureEntry> table() {
  using K = MeasureKind;
  constexpr const char* sets = "two sets of samples, any features";
  constexpr const char* kynkaanniemi = "Kynkaanniemi et al. 2019, arXiv 1904.06991, eq. 1-2";
  constexpr const char* naeem = "Naeem et al. 2020, arXiv 2002.09797, eq. 5-6";
  constexpr const char* minority = "Um, Lee and Ye 2023, arXiv 2301.12334";
  constexpr const char* vehtari = "Vehtari et al. 2021, arXiv 1903.08008";
  constexpr const char* scores = "an ensemble [series, members, ...] and the truth [series, ...]";
  constexpr const char* chains = "chains [chains, draws] or [chains, draws, dimensions]";
  return {
      entry(K::sets, "frechet", {"fid"},
            "squared W2 of the two Gaussians with the sets' means and covariances; 0 = equal moments",
            {groups(), replicates("64", "bootstrap resamples of the groups")},
            "Dowson & Landau 1982, eq. 16; Heusel et al. 2017, arXiv 1706.08500", "n d^2 + replicates d^3",
            sets),
      entry(K::sets, "mmd", {"kid"},
            "squared kernel discrepancy, unbiased: 0 in the mean for equal distributions, with a test",
            {{"kernel", OptionType::text, "polynomial", "kernel", {}, {}, {"polynomial", "gaussian"}, ""},
             {"bandwidth",
              OptionType::real,
              "0",
              "of the Gaussian kernel; 0 = median distance",
              0,
              1e300,
              {},
              ""},
             integer("permutations", "999", "of the test; 0 = no test", 0, 1000000)},
            "Gretton et al. 2012, JMLR 13, eq. 3; Binkowski et al. 2018, arXiv 1801.01401", "n^2 d", sets),
      entry(K::sets, "precision", {}, "share of samples that lie among the reference: fidelity",
            {neighbour("3")}, kynkaanniemi, "n^2 d", sets),
      entry(K::sets, "recall", {}, "share of the reference that lies among the samples: variety",
            {neighbour("3")}, kynkaanniemi, "n^2 d", sets),
      entry(K::sets, "density", {}, "reference balls around a sample, over k: fidelity, robust to outliers",
            {neighbour("5")}, naeem, "n^2 d", sets),
      entry(K::sets, "coverage", {},
            "share of reference balls that hold a sample: variety, robust to outliers", {neighbour("5")},
            naeem, "n^2 d", sets),
      entry(K::sets, "knn", {"avgknn"},
            "mean distance to the nearest real rows: rises towards thin parts of the data, and off it",
            {integer("k", "5", "nearest rows whose distances are averaged", 1, 1000)}, minority, "n^2 d",
            sets),
      entry(
          K::sets, "rarest", {},
          "share of samples among the rarest of the reference, by what the model loses of them in one "
          "reconstruction",
          {{"model", OptionType::text, "", "that scores; else the one that drew the samples", {}, {}, {}, ""},
           {"tail",
            OptionType::real,
            "0.1",
            "share of the reference that counts as rare",
            0.001,
            0.999,
            {},
            ""},
           {"sigma", OptionType::real, "2", "noise level s/a of the reconstruction", 1e-6, 1e6, {}, ""},
           integer("noises", "5", "over which a score is averaged", 1, 1000),
           replicates("64", "bootstrap resamples")},
          minority, "noises evaluations a row", "samples and data of a model, named or in their record"),
      entry(K::sets, "sliced", {"sw2"}, "root mean square over random directions of the W2 of projections",
            {integer("directions", "256", "random directions", 2, 100000),
             replicates("32", "bootstrap resamples of the rows")},
            "Bonneel et al. 2015, J. Math. Imaging Vision 51", "directions n (d + log n + replicates)", sets),
      entry(K::sets, "w1", {"earth-mover"}, "exact optimal transport: mean distance that mass travels",
            {subset()}, "Kiraly & Kovacs 2012, arXiv 1207.6381; del Barrio & Loubes 2019, arXiv 1705.01299",
            "n^2 d + transport; n to 2048", sets),
      entry(K::sets, "w2", {"wasserstein"},
            "exact optimal transport: root mean square distance that mass travels", {subset()},
            "Kiraly & Kovacs 2012, arXiv 1207.6381; del Barrio & Loubes 2019, arXiv 1705.01299",
            "n^2 d + transport; n to 2048", sets),
      entry(K::one_set, "vendi", {"diversity"}, "effective number of different samples, without a reference",
            {groups(), replicates("64", "bootstrap resamples of the groups")},
            "Friedman & Dieng 2023, arXiv 2210.02410, def. 3.1", "n d^2 + replicates d^3",
            "one set of samples, any features"),
      entry(K::pairs, "trajectory", {"rmse"},
            "root mean square difference to a converged reference from the same noise", {}, "", "n d",
            "two sets of samples whose rows pair by id"),
      entry(K::classes, "agreement", {}, "share of samples in which a classifier sees the class asked for",
            {}, "Brown et al. 2001, Statist. Sci. 16 (error)", "n evaluations of the classifier",
            "labelled samples; labelled real rows beside them"),
      entry(K::forecast, "crps", {}, "continuous ranked probability score of an ensemble; lower is better",
            {flag("fair", "true", "unbiased in the number of members")},
            "Gneiting & Raftery 2007, eq. 21; Ferro 2014, QJRMS 140", "n m log m", scores),
      entry(K::forecast, "coverage90", {},
            "share of truths inside the central 90 % interval; any other per cent in place of 90", {},
            "Hyndman & Fan 1996, type 6", "n m log m", scores),
      entry(K::forecast, "width90", {},
            "mean width of the central 90 % interval; any other per cent in place of 90", {},
            "Hyndman & Fan 1996, type 6", "n m log m", scores),
      entry(K::chains, "ess", {}, "effective sample size of the bulk: independent draws worth the chains", {},
            "Vehtari et al. 2021, arXiv 1903.08008; Geyer 1992", "n log n", chains),
      entry(K::chains, "rhat", {}, "split R-hat: 1 when the halves of all chains agree",
            {flag("ranked", "true", "of normal scores, for location and scale; false = of the draws")},
            vehtari, "n log n", chains),
      entry(K::chains, "mcse", {}, "standard error of the mean of all draws", {}, vehtari, "n log n", chains),
  };
}

/// NN of "coverageNN" or "widthNN".
std::optional<double> interval_level(std::string_view name) {
  for (const std::string_view stem : {"coverage", "width"}) {
    if (!name.starts_with(stem) || name.size() > stem.size() + 2) continue;
    const auto percent = parse_integer(name.substr(stem.size()));
    if (percent && *percent >= 1 && *percent <= 99) return static_cast<double>(*percent) / 100;
  }
  return {};
}

/// Parts of the list with the options that follow a comma given back to their measure.
std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> out;
  for (const std::string& part : split_escaped(list, ',')) {
    const bool option = part.find('=') != std::string::npos && part.find(':') == std::string::npos;
    if (option && !out.empty())
      out.back() += (out.back().find(':') == std::string::npos ? ":" : ",") + part;
    else
      out.push_back(part);
  }
  return out;
}

/// Kinds that take the same two files may stand in one list.
int input_of(MeasureKind kind) {
  switch (kind) {
    case MeasureKind::forecast:
      return 1;
    case MeasureKind::chains:
      return 2;
    default:
      return 0;
  }
}

}  // namespace

const std::vector<MeasureEntry>& measures() {
  static const std::vector<MeasureEntry> entries = table();
  return entries;
}

std::vector<ChosenMeasure> parse_measures(std::string_view list, std::string_view place) {
  std::vector<ChosenMeasure> out;
  for (const std::string& part : parts_of(list)) {
    if (part.empty()) {
      std::vector<std::string> names;
      for (const MeasureEntry& e : measures()) names.push_back(e.name);
      fail(ErrorKind::option, place, "a name is empty in '{}'; valid: {}", list, joined(names));
    }
    const Spec spec = parse_spec(part, place);
    ChosenMeasure chosen;
    const auto level = interval_level(spec.name);
    const std::string name = !level ? spec.name : spec.name.starts_with("width") ? "width90" : "coverage90";
    const MeasureEntry& e = find_entry(measures(), name, place);
    chosen.name = e.name;
    chosen.kind = e.kind;
    chosen.level = level.value_or(0);
    chosen.options = Options(std::string(place) + " " + e.name, e.parameters, spec.given);
    if (!out.empty() && input_of(out.front().kind) != input_of(chosen.kind))
      fail(ErrorKind::option, place, "{} takes {}, {} takes {}; ask for them one after the other",
           out.front().name, find_entry(measures(), out.front().name, place).composes, chosen.name,
           e.composes);
    out.push_back(std::move(chosen));
  }
  return out;
}

}  // namespace ulam
