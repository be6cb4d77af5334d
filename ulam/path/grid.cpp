#include "ulam/path/grid.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/path/grid_rules.h"

namespace ulam {
namespace {

Parameter final_parameter(const char* standard) {
  return {"final",
          OptionType::text,
          standard,
          "last time: \"end\" = the path's t_data, \"clean\" = its time with s = 0",
          {},
          {},
          {"end", "clean"},
          ""};
}
Parameter least_rho() {
  return {"least_rho", OptionType::real,
          "0.002",     "s/a that spaces the last step where s = 0 at t_data",
          1e-12,       1e12,
          {},          ""};
}
Parameter most_rho() {
  return {"most_rho", OptionType::real,
          "80",       "s/a that spaces the first step where a = 0 at t_noise",
          1e-12,      1e12,
          {},         ""};
}
Parameter skip_last() {
  return {"skip_last", OptionType::boolean,
          "false",     "leave the last of N + 1 indices out, where N are asked for",
          {},          {},
          {},          ""};
}
Parameter exponent(const char* standard) {
  return {"exponent", OptionType::real, standard, "k of the power rule", 0.05, 100, {}, ""};
}

/// Ends a rule for t_noise .. t_data in the clean time if that is asked for: its last step then goes there.
template <typename Rule>
std::vector<double> ended(const Path& path, int steps, const Options& o, Rule rule) {
  if (o.text("final") == "end" || path.t_clean() == path.t_data()) return rule(steps);
  if (std::isnan(path.t_clean()))
    fail(ErrorKind::option, "grid",
         "final=clean is not possible on the path {}: no time has s = 0; use final=end",
         path.json().at("kind").get<std::string>());
  if (steps == 1) return {path.t_noise(), path.t_clean()};
  std::vector<double> times = rule(steps - 1);
  times.push_back(path.t_clean());
  return times;
}

/// Discrete rules name the evaluated indices; the draw then goes on to the clean time, or to index 0.
/// `skipped`: how many indices the rule has at its end that are not evaluated.
template <typename Rule>
std::vector<double> ended_table(const char* name, const Path& path, int steps, const Options& o, int skipped,
                                Rule rule) {
  const int table = path.table_size();
  if (table == 0)
    fail(ErrorKind::option, "grid", "{} needs a path with a table (discrete), this one is {}", name,
         path.json().at("kind").get<std::string>());
  if (steps > table - skipped)
    fail(ErrorKind::option, "grid", "{}{} has at most {} steps on this path, {} asked for", name,
         skipped > 0 ? " with skip_last" : "", table - skipped, steps);
  std::vector<double> times = rule(table, steps + skipped);
  times.resize(static_cast<std::size_t>(steps));
  if (o.text("final") == "clean") {
    times.push_back(path.t_clean());
  } else if (times.back() > path.t_data()) {
    times.push_back(path.t_data());
  } else {
    if (steps + 1 > table)
      fail(ErrorKind::option, "grid", "{} with final=end has at most {} steps on this path, {} asked for",
           name, table - 1, steps);
    times = rule(table, steps + 1);
  }
  return times;
}

std::vector<double> make_time(const Path& path, int steps, const Options& o) {
  return ended(path, steps, o, [&](int n) { return power_grid(path, n, 1); });
}
std::vector<double> make_time2(const Path& path, int steps, const Options& o) {
  return ended(path, steps, o, [&](int n) { return power_grid(path, n, 2); });
}
std::vector<double> make_power(const Path& path, int steps, const Options& o) {
  return ended(path, steps, o, [&](int n) { return power_grid(path, n, o.real("exponent")); });
}
std::vector<double> make_logsnr(const Path& path, int steps, const Options& o) {
  return ended(path, steps, o,
               [&](int n) { return logsnr_grid(path, n, o.real("least_rho"), o.real("most_rho")); });
}
std::vector<double> make_rho(const Path& path, int steps, const Options& o) {
  return ended(path, steps, o, [&](int n) { return rho_grid(path, n, 1, 0, o.real("most_rho")); });
}
std::vector<double> make_karras(const Path& path, int steps, const Options& o) {
  return ended(path, steps, o, [&](int n) {
    return rho_grid(path, n, o.real("exponent"), o.real("least_rho"), o.real("most_rho"));
  });
}
std::vector<double> make_cosine(const Path& path, int steps, const Options& o) {
  return ended(path, steps, o, [&](int n) { return cosine_grid(path, n); });
}
std::vector<double> make_leading(const Path& path, int steps, const Options& o) {
  return ended_table("leading", path, steps, o, o.flag("skip_last") ? 1 : 0, [&](int table, int n) {
    return leading_times(table, n, static_cast<int>(o.integer("offset")));
  });
}
std::vector<double> make_trailing(const Path& path, int steps, const Options& o) {
  return ended_table("trailing", path, steps, o, 0, trailing_times);
}
std::vector<double> make_linspace(const Path& path, int steps, const Options& o) {
  return ended_table("linspace", path, steps, o, o.flag("skip_last") ? 1 : 0, linspace_times);
}

GridEntry entry(std::string name, std::vector<std::string> aliases, std::string purpose, std::string paper,
                std::string composes, std::vector<Parameter> parameters,
                std::vector<double> (*make)(const Path&, int, const Options&)) {
  GridEntry e;
  e.name = std::move(name);
  e.aliases = std::move(aliases);
  e.purpose = std::move(purpose);
  e.parameters = std::move(parameters);
  e.paper = std::move(paper);
  e.cost = "none";
  e.composes = std::move(composes);
  e.make = make;
  return e;
}

}  // namespace

const std::vector<GridEntry>& grids() {
  static const std::vector<GridEntry> entries = {
      entry("time", {"uniform", "t"}, "uniform in t", "Song et al. 2021, arXiv 2011.13456", "any path",
            {final_parameter("end")}, make_time),
      entry("time2", {"t2", "quadratic"}, "uniform in the square root of t",
            "Zhang and Chen 2022, arXiv 2204.13902", "any path", {final_parameter("end")}, make_time2),
      entry("power", {}, "uniform in t^(1/exponent)", "Zhang and Chen 2022, arXiv 2204.13902", "any path",
            {exponent("2"), final_parameter("end")}, make_power),
      entry("logsnr", {"lambda", "lam"}, "uniform in log(a/s); infinite ends spaced by least_rho, most_rho",
            "Lu et al. 2022, arXiv 2206.00927, sec. 3.3", "any path",
            {least_rho(), most_rho(), final_parameter("end")}, make_logsnr),
      entry("rho", {}, "uniform in s/a; an infinite end spaced by most_rho",
            "Zhang and Chen 2022, arXiv 2204.13902", "any path", {most_rho(), final_parameter("end")},
            make_rho),
      entry("karras", {"edm", "rho7"},
            "uniform in (s/a)^(1/exponent); infinite ends spaced by least_rho, most_rho",
            "Karras et al. 2022, arXiv 2206.00364, eq. 5", "any path",
            {exponent("7"), least_rho(), most_rho(), final_parameter("end")}, make_karras),
      entry("cosine", {}, "a quarter cosine in t: small steps at the noise end",
            "Chang et al. 2022, arXiv 2202.04200, sec. 3.3 (as a mask schedule)", "any path",
            {final_parameter("end")}, make_cosine),
      entry("leading", {}, "indices i floor(T/N) + offset", "Lin et al. 2024, arXiv 2305.08891, table 2",
            "discrete paths",
            {{"offset", OptionType::integer, "0", "added to every index", 0, 1e6, {}, ""},
             skip_last(),
             final_parameter("clean")},
            make_leading),
      entry("trailing", {}, "indices round(T - i T/N) - 1, from the last entry on",
            "Lin et al. 2024, arXiv 2305.08891, table 2", "discrete paths", {final_parameter("clean")},
            make_trailing),
      entry("linspace", {}, "indices evenly spaced over the whole table, rounded",
            "Lin et al. 2024, arXiv 2305.08891, table 2", "discrete paths",
            {skip_last(), final_parameter("clean")}, make_linspace),
  };
  return entries;
}

std::vector<double> make_grid(const std::string& spec, const Path& path, int steps) {
  const std::string place = "grid " + spec;
  if (steps < 1) fail(ErrorKind::option, place, "{} steps asked for, at least 1 needed", steps);
  const Spec parsed = parse_spec(spec, place);
  const GridEntry& e = find_entry(grids(), parsed.name, place);
  const std::vector<double> times = e.make(path, steps, Options(place, e.parameters, parsed.given));
  check_grid(times, path, place);
  return times;
}

std::string standard_grid(const Path& path) {
  const std::string kind = path.json().at("kind").get<std::string>();
  if (kind == "edm") return "karras:final=clean";
  if (kind == "ve") return "karras";
  if (kind == "vp") return "time2";
  if (kind == "discrete") return "trailing";
  return "time";
}

void check_grid(const std::vector<double>& times, const Path& path, const std::string& place) {
  if (times.size() < 2)
    fail(ErrorKind::option, place, "{} time{} given, at least 2 needed", times.size(),
         times.size() == 1 ? "" : "s");
  const double least = std::isnan(path.t_clean()) ? path.t_data() : std::min(path.t_data(), path.t_clean());
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!(times[i] >= least && times[i] <= path.t_noise()))
      fail(ErrorKind::option, place, "times[{}] = {} is outside {} .. {} of the path", i, times[i], least,
           path.t_noise());
    if (i > 0 && !(times[i] < times[i - 1]))
      fail(ErrorKind::option, place, "times[{}] = {} is not below times[{}] = {}", i, times[i], i - 1,
           times[i - 1]);
  }
}

}  // namespace ulam
