#include "ulam/cli/compare_measures.h"

#include <utility>

#include "ulam/base/error.h"
#include "ulam/cli/measure_input.h"
#include "ulam/measure/measure.h"
#include "ulam/model/convert.h"

namespace ulam::cli {
namespace {

constexpr const char* compare_measures_place = "compare: --what";

std::vector<ChosenMeasure> chosen(const std::string& what) {
  std::vector<ChosenMeasure> list = parse_measures(what, compare_measures_place);
  for (const ChosenMeasure& m : list)
    if (m.kind != MeasureKind::sets && m.kind != MeasureKind::one_set && m.kind != MeasureKind::classes)
      fail(ErrorKind::option, compare_measures_place,
           "{} does not measure draws against data; ulam measure does it", m.name);
  return list;
}

MeasureSet opened(const ComparedTo& options, const std::string& text, std::uint64_t stream) {
  MeasureSetOptions reading;
  reading.count = options.count;
  reading.seed = options.seed;
  reading.stream = stream;
  MeasureSet set = open_measure_set(text, reading);
  keep_some(set, options.count, options.seed);
  return set;
}

}  // namespace

RealData real_data(const ComparedTo& options) {
  const auto list = chosen(options.what);
  const MeasureSet reference = opened(options, options.data, 1);
  MeasureSet drawn;
  drawn.set = reference.set;  // rows of the same shape
  drawn.model = options.model;
  const ChosenFeatures features = choose_features(options.features, drawn, *reference.set);

  MeasureInput base;
  base.reference = reference.set;
  base.features = features.map;
  if (features.model && !features.model->info().outputs.empty()) base.classifier = features.model;
  base.eight_bit = features.model != nullptr && is_picture(reference.set->shape());
  base.seed = options.seed;
  base.watch.cancel = options.watch.cancel;
  for (const ChosenMeasure& m : list)
    if (m.name == "rarest") {
      base.rare_scores = rare_scores_of(m, options.model, base.watch);
      work_out_scores(m, base);
    }

  RealData out;
  const bool spaces = list.front().kind != MeasureKind::classes;
  MeasureInput first = base;
  first.samples = options.floor.empty() ? reference.set : opened(options, options.floor, 2).set;
  if (spaces) {
    work_out_features(first);
    base.reference_features = first.reference_features;
  }
  if (!options.floor.empty()) out.floor = run_measures(list, first);
  out.measure = [base, list, labels = options.labels](const at::Tensor& samples, const std::string& name) {
    MeasureInput input = base;
    input.samples = in_memory(samples, name, labels);
    return run_measures(list, std::move(input));
  };
  return out;
}

}  // namespace ulam::cli
