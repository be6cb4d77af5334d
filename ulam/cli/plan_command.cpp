#include "ulam/cli/plan_command.h"

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/cli/model_source.h"
#include "ulam/draw/plan.h"
#include "ulam/io/json.h"

namespace ulam::cli {
namespace {

constexpr const char* plan_place = "plan";

/// "noise", "edm:sigma_data=0.5".
Head head_from_spec(const std::string& text) {
  const Spec spec = parse_spec(text, "plan: --head");
  Head head;
  head.kind = parse_prediction(spec.name, "plan: --head");
  const std::vector<Parameter> schema = {
      {"sigma_data", OptionType::real, "0.5", "standard deviation of the data", 1e-6, 1e6, {}, ""}};
  head.sigma_data = Options("plan: --head", schema, spec.given).real("sigma_data");
  return head;
}

}  // namespace

const std::vector<Parameter>& plan_parameters() {
  static const std::vector<Parameter> table = {
      {"solver", OptionType::text, "", "solver as NAME or NAME:key=value,...", {}, {}, {}, ""},
      {"steps", OptionType::integer, "8", "steps of the solver", 1, 1e5, {}, ""},
      {"path",
       OptionType::text,
       "",
       "noise path as NAME or NAME:key=value,... (edm where none is given)",
       {},
       {},
       {},
       ""},
      {"grid",
       OptionType::text,
       "",
       "grid as NAME or NAME:key=value,...; the solver's or the path's own",
       {},
       {},
       {},
       ""},
      {"head", OptionType::text, "", "what the model predicts (data where none is given)", {}, {}, {}, ""},
      {"model", OptionType::text, "", "take path and head from this model", {}, {}, {}, ""},
      {"output", OptionType::text, "", "write the plan as JSON to this file", {}, {}, {}, ""},
  };
  return table;
}

std::string plan_text(const Given& given, bool json, bool trust) {
  const Options o(plan_place, plan_parameters(), given);
  if (!o.has("solver")) fail(ErrorKind::option, plan_place, "no solver given; ulam methods lists them");
  if (o.has("model") && (o.has("path") || o.has("head")))
    fail(ErrorKind::option, plan_place,
         "--model brings its path and head; --path and --head cannot stand beside it");
  Path path = Path::edm();
  Head head;
  if (o.has("model")) {
    const Source source = open_model(o.text("model"), {"", "", trust_of(trust)}, model_folders());
    path = source.model->info().path;
    head = source.model->info().head;
  }
  if (o.has("path")) path = Path::from_spec(o.text("path"), "plan: --path");
  if (o.has("head")) head = head_from_spec(o.text("head"));
  const Plan plan = make_plan(o.text("solver"), o.has("grid") ? o.text("grid") : "",
                              static_cast<int>(o.integer("steps")), path, head);
  if (o.has("output")) io::write_json(o.text("output"), plan_json(plan));
  return json ? plan_json(plan).dump(2) + "\n" : format_plan(plan);
}

}  // namespace ulam::cli
