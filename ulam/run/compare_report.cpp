#include "ulam/run/compare_report.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/io/digest.h"
#include "ulam/io/grid.h"
#include "ulam/learn/dataset.h"
#include "ulam/model/convert.h"
#include "ulam/run/html.h"
#include "ulam/run/plot.h"

namespace ulam {
namespace {

/// Names of all figures, in the order in which they first come.
std::vector<std::string> figure_names(const CompareResult& result) {
  std::vector<std::string> names;
  for (const CompareCell& cell : result.cells)
    for (const Figure& f : cell.figures)
      if (std::find(names.begin(), names.end(), f.name) == names.end()) names.push_back(f.name);
  return names;
}

const Figure* find(const std::vector<Figure>& figures, const std::string& name) {
  for (const Figure& f : figures)
    if (f.name == name) return &f;
  return nullptr;
}

/// Figures of which more is better.
bool more_is_better(const std::string& name) {
  for (const char* good : {"precision", "recall", "density", "coverage", "agreement", "vendi"})
    if (name.starts_with(good)) return true;
  return false;
}

/// The cell of each budget that leads in `name` by two standard errors of the difference.
std::vector<const CompareCell*> leaders(const CompareResult& result, const std::string& name) {
  std::map<int, std::vector<const CompareCell*>> budgets;
  for (const CompareCell& cell : result.cells)
    if (find(cell.figures, name) != nullptr) budgets[cell.budget].push_back(&cell);
  std::vector<const CompareCell*> out;
  const double sign = more_is_better(name) ? -1 : 1;
  for (auto& [budget, cells] : budgets) {
    std::sort(cells.begin(), cells.end(), [&](const CompareCell* a, const CompareCell* b) {
      return sign * find(a->figures, name)->value < sign * find(b->figures, name)->value;
    });
    if (cells.size() < 2) continue;
    const Figure &first = *find(cells[0]->figures, name), &second = *find(cells[1]->figures, name);
    if (sign * (second.value - first.value) > 2 * std::hypot(first.error, second.error))
      out.push_back(cells[0]);
  }
  return out;
}

std::string chart_of(const CompareResult& result, const std::string& name) {
  Chart chart;
  chart.title = fmt::format("{} against evaluations", name);
  chart.x_label = "evaluations a sample";
  chart.y_label = name;
  chart.log_x = true;
  chart.log_y = !more_is_better(name);
  for (std::size_t i = 0; i < result.names.size(); ++i) {
    Series series{result.names[i], {}};
    for (const CompareCell& cell : result.cells)
      if (const Figure* f = find(cell.figures, name); f != nullptr && cell.contender == i)
        series.points.push_back({static_cast<double>(cell.evaluations), f->value, f->error});
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  for (const Figure& f : result.floor)
    if (f.name == name) chart.levels.push_back({"real against real", f.value});
  return svg_chart(chart);
}

io::Array strip_of(const at::Tensor& rows, const ModelInfo& info) {
  io::PageStyle style;
  style.columns = static_cast<int>(rows.size(0));
  style.scale = static_cast<int>(std::max<std::int64_t>(1, 84 / info.shape[2]));
  style.gap = 4;
  style.background = 0;
  return io::make_page(picture_array(rows, info.data_low, info.data_high), {}, style);
}

void add_strips(HtmlPage& page, const CompareResult& result, const ModelInfo& info) {
  page.heading("The same noise, different ways");
  page.paragraph("Each column starts from the same noise in every strip.");
  for (const CompareReference& r : result.references)
    page.picture(
        strip_of(r.reference.samples.narrow(0, 0, std::min<std::int64_t>(8, r.reference.samples.size(0))),
                 info),
        fmt::format("{}: converged reference, {} evaluations", r.model, 4 * r.reference.steps));
  for (const CompareCell& cell : result.cells)
    if (cell.kept.defined())
      page.picture(strip_of(cell.kept, info),
                   fmt::format("{}, {} evaluations", result.names[cell.contender], cell.evaluations));
}

}  // namespace

std::vector<std::vector<std::string>> compare_table(const CompareResult& result) {
  const std::vector<std::string> names = figure_names(result);
  std::vector<std::vector<std::string>> rows = {{"contender", "budget", "evaluations", "steps"}};
  rows[0].insert(rows[0].end(), names.begin(), names.end());
  rows[0].emplace_back("remarks");
  for (const CompareCell& cell : result.cells) {
    std::vector<std::string> row = {result.names[cell.contender], std::to_string(cell.budget),
                                    std::to_string(cell.evaluations), std::to_string(cell.steps)};
    for (const std::string& name : names) {
      const Figure* f = find(cell.figures, name);
      row.push_back(f == nullptr ? "-" : figure_text(f->value, f->error));
    }
    row.push_back(cell.why);
    rows.push_back(std::move(row));
  }
  if (!result.floor.empty()) {
    std::vector<std::string> row = {"real against real", "-", "-", "-"};
    for (const std::string& name : names) {
      const Figure* f = find(result.floor, name);
      row.push_back(f == nullptr ? "-" : figure_text(f->value, f->error));
    }
    row.emplace_back("the floor: what a perfect sampler would show");
    rows.push_back(std::move(row));
  }
  return rows;
}

nlohmann::json compare_json(const CompareResult& result) {
  nlohmann::json cells = nlohmann::json::array(), references = nlohmann::json::array();
  for (const CompareCell& cell : result.cells) {
    nlohmann::json j = {{"contender", result.names[cell.contender]},
                        {"budget", cell.budget},
                        {"evaluations", cell.evaluations},
                        {"steps", cell.steps},
                        {"plan", io::digest_text(cell.plan)},
                        {"figures", figures_json(cell.figures)},
                        {"spent", cell.spent.evaluations}};
    if (!cell.why.empty()) j["why"] = cell.why;
    cells.push_back(std::move(j));
  }
  for (const CompareReference& r : result.references)
    references.push_back({{"model", r.model},
                          {"end", r.end},
                          {"steps", r.reference.steps},
                          {"change", r.reference.change},
                          {"converged", r.reference.converged},
                          {"spent", r.reference.evaluations}});
  return {{"cells", cells},
          {"references", references},
          {"samples", result.samples},
          {"seed", result.seed},
          {"floor", figures_json(result.floor)},
          {"spent", result.spent.evaluations},
          {"cancelled", result.cancelled}};
}

std::string compare_page(const CompareResult& result, const ModelInfo& info, const std::string& command) {
  HtmlPage page(fmt::format("{} at equal evaluations", info.name));
  page.paragraph(fmt::format("{} samples of each, seed {}. This repeats it:", result.samples, result.seed));
  page.command(command);
  if (result.cancelled) page.paragraph("The run was cut short; only finished draws are shown.");
  for (const CompareReference& r : result.references)
    page.paragraph(fmt::format(
        "trajectory is the root mean square difference per number to a converged reference of {} from the "
        "same "
        "noise "
        "(Runge-Kutta 4, {} steps; its last doubling changed it by {:.2g}{}).",
        r.model, r.reference.steps, r.reference.change, r.reference.converged ? "" : ": not converged"));
  std::vector<std::vector<bool>> marks;
  const std::vector<std::vector<std::string>> table = compare_table(result);
  const std::vector<std::string> names = figure_names(result);
  marks.assign(table.size(), std::vector<bool>(table[0].size()));
  for (std::size_t n = 0; n < names.size(); ++n) {
    page.figure(chart_of(result, names[n]),
                "Bars are one standard error. Every contender gets the same noise and no more evaluations "
                "than its budget.");
    const auto lead = leaders(result, names[n]);
    for (std::size_t c = 0; c < result.cells.size(); ++c)
      if (std::find(lead.begin(), lead.end(), &result.cells[c]) != lead.end()) marks[c + 1][4 + n] = true;
  }
  page.heading("All figures");
  page.paragraph("Marked: leads its budget by more than two standard errors of the difference.");
  page.table(table, marks);
  if (is_picture(info.shape)) add_strips(page, result, info);
  return page.text();
}

}  // namespace ulam
