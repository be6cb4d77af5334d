// Keeping a layout: broken if the gradient were not of the energy between the two passes, if the bound let a
// row's share through, or if what is switched off cost anything.
#include "ulam/guide/layout.h"

#include "tests/guide/support.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

#include "ulam/model/convert.h"
#include "ulam/model/network_model.h"

namespace ulam::layout_test {
namespace {

using guide_test::one;
using testing::expect_error;

constexpr double sigma = .7;

ModelPtr network() {
  ModelInfo info;
  info.name = "small";
  info.head = {Prediction::edm, 0.5};
  return std::make_shared<NetworkModel>(std::shared_ptr<const Network>(test::filled(test::small_unet())),
                                        info);
}
at::Tensor pictures(std::uint64_t id = 1) { return test::normals({3, 1, 8, 8}, id); }
Conditions conditions(const at::Tensor& source) {
  return {{"label", at::tensor({0, 1, 2}, at::kLong)},
          {source_condition, source.unsqueeze(1)},
          {source_label_condition, at::tensor({2, 2, 0}, at::kLong)}};
}
guide_test::Priced asked(const ModelPtr& model, const std::string& specs, Conditions c) {
  if (specs.empty())
    for (const char* name : {source_condition, source_label_condition}) c.erase(name);
  return guide_test::ask(model, make_terms(specs, guide_test::no_model), sigma, pictures(), &c);
}
at::Tensor answer(const ModelPtr& model, const std::string& specs, const at::Tensor& source = pictures(2)) {
  return asked(model, specs, conditions(source)).prediction;
}
/// What a change of the prediction is of the noise.
at::Tensor of_noise(const at::Tensor& change) {
  const ModelInfo info = network()->info();
  return change.to(at::kDouble) * to_noise(info.head, info.path.at(sigma)).of_p;
}
at::Tensor norms(const at::Tensor& x) { return x.to(at::kDouble).flatten(1).norm(2, 1); }
bool is_map(const std::string& tap) { return tap.ends_with(".map"); }

/// Activations with the source's labels.
std::map<std::string, at::Tensor> activations(const ModelPtr& model, const at::Tensor& x,
                                              bool own_label = false) {
  Call call;
  call.wanted_taps = model->info().taps;
  const Conditions c = conditions(x);
  model->forward(x, at::full({3}, sigma, at::kDouble),
                 {{"label", c.at(own_label ? "label" : source_label_condition)}}, call);
  return call.taps;
}
/// The energy of every row, written out.
at::Tensor energy(const ModelPtr& model, const at::Tensor& x, double attention, double features, bool style) {
  const auto now = activations(model, x), then = activations(model, pictures(2)),
             styled = activations(model, x, true);
  at::Tensor sum = at::zeros({3}, at::kDouble);
  for (const auto& [name, value] : now)
    if (is_map(name))
      sum = sum + (value - then.at(name)).to(at::kDouble).square().flatten(1).mean(1) * attention;
  const at::Tensor e =
      ((style ? styled : now).at("up0.block0") - then.at("up0.block0")).to(at::kDouble).flatten(1);
  return sum + (style ? e.square() : e.abs()).mean(1) * features;
}

TEST(Layout, MapsAreShares) {
  const auto all = activations(network(), pictures());
  int maps = 0;
  for (const auto& [name, value] : all) {
    if (!is_map(name)) continue;
    ++maps;
    EXPECT_EQ(value.size(1), 2) << name;  // heads
    EXPECT_LT((value.sum(-1) - 1).abs().max().item<double>(), 1e-5) << name;
  }
  EXPECT_EQ(maps, 3);  // down, middle, up
}

// The noise prediction gains the energy's gradient, by central differences along random directions.
TEST(Layout, TheNoiseGainsTheGradientOfTheEnergy) {
  const ModelPtr model = network();
  struct Case {
    const char* spec;
    double attention, features;
    bool style;
  };
  for (const Case& c : {Case{"layout:attention=1000,features=0", 1000, 0, false},
                        Case{"layout:attention=0,features=10,form=style", 0, 10, true},
                        Case{"layout:attention=300,features=5", 300, 5, false}}) {
    const at::Tensor gained = of_noise(answer(model, c.spec) - answer(model, ""));
    for (std::uint64_t k = 0; k < 4; ++k) {
      at::Tensor u = pictures(50 + k);
      u = u / norms(u).view({3, 1, 1, 1}).to(at::kFloat);
      const double h = 2e-2;
      const at::Tensor slope = (energy(model, pictures() + u * h, c.attention, c.features, c.style) -
                                energy(model, pictures() - u * h, c.attention, c.features, c.style)) /
                               (2 * h);
      const at::Tensor expected = (gained * u).flatten(1).sum(1);
      EXPECT_LT((slope - expected).abs().max().item<double>(), .03 * norms(gained).max().item<double>())
          << c.spec << ' ' << k;
    }
    ASSERT_GT(norms(gained).min().item<double>(), 1e-3) << c.spec;
  }
}

TEST(Layout, AtTheSourceItselfNothingIsGained) {
  const ModelPtr model = network();
  Conditions c = conditions(pictures());
  c["label"] = c.at(source_label_condition);
  for (const auto& [with, without] :
       {std::pair{"layout", ""}, {"cfg:scale=3+layout+rescale:least=2,most=2", "cfg:scale=3"}})
    EXPECT_TRUE(at::equal(asked(model, with, c).prediction, asked(model, without, c).prediction)) << with;
}

// Weights are bound to a scale of states; with a fixed share they do not matter, which squared norms would
// fail.
TEST(Rescale, AFixedShareIsExactInEveryRow) {
  const ModelPtr model = network();
  const at::Tensor plain = answer(model, "cfg:scale=3"), null = answer(model, "cfg:scale=0"),
                   d = norms(plain - null);
  at::Tensor first;
  for (const char* layout : {"layout:attention=1000,features=3", "layout:attention=4000,features=12"}) {
    const at::Tensor guided =
        answer(model, std::string("cfg:scale=3+") + layout + "+rescale:least=0.8,most=0.8");
    const at::Tensor ratio = norms(guided - plain) / d;
    EXPECT_LT((ratio - .8).abs().max().item<double>(), 2e-5) << layout;
    if (first.defined()) {
      EXPECT_LT((guided - first).abs().max().item<double>(), 1e-4);
    }
    first = guided;
  }
}

TEST(Rescale, InsideTheRangeNothingMovesAndOutsideItsEndsHold) {
  const ModelPtr model = network();
  const at::Tensor plain = answer(model, "cfg:scale=3"), null = answer(model, "cfg:scale=0"),
                   d = norms(plain - null);
  const std::string guided = "cfg:scale=3+layout:attention=1000,features=3";
  const at::Tensor free = norms(answer(model, guided) - plain) / d;
  const double least = free.min().item<double>(), most = free.max().item<double>();
  ASSERT_GT(most, 1.01 * least);  // rows differ, so that a norm over the batch would show
  const auto ratio = [&](double low, double high) {
    return norms(answer(model, fmt::format("{}+rescale:least={},most={}", guided, low, high)) - plain) / d;
  };
  EXPECT_LT((ratio(least / 2, most * 2) - free).abs().max().item<double>(), 2e-5 * most);
  const double middle = (least + most) / 2;
  EXPECT_LT((ratio(0, middle) - free.clamp_max(middle)).abs().max().item<double>(), 2e-5 * most);
  EXPECT_LT((ratio(middle, 10 * most) - free.clamp_min(middle)).abs().max().item<double>(), 2e-5 * most);
}

// guide_test::ask holds every ledger against the promise; here the numbers of the paper.
TEST(Layout, CostsFourEvaluationsWithClassesAndNothingWhenOff) {
  const ModelPtr model = network();
  const Conditions c = conditions(pictures(2));
  const auto cost = [&](const std::string& specs) {
    return guide_test::ask(model, make_terms(specs, guide_test::no_model), sigma, pictures(), &c)
               .evaluations /
           3;
  };
  EXPECT_EQ(cost("cfg:scale=3+layout+rescale"), 4);
  EXPECT_EQ(cost("cfg:scale=3+layout:form=style+rescale"), 5);
  EXPECT_EQ(cost("cfg:scale=3+layout:attention=0,features=0+rescale"), 2);
  EXPECT_EQ(cost("cfg:scale=3+layout:high=0.1"), 2);
  EXPECT_TRUE(at::equal(answer(model, "cfg:scale=3+layout:high=0.1+rescale"), answer(model, "cfg:scale=3")));
}

TEST(Layout, WhatCannotServeIsRefused) {
  const ModelPtr model = network();
  expect_error(ErrorKind::unsupported, {"layout", "attention"},
               [] { Field(guide_test::classes(), 0, {}, one("layout")); });
  expect_error(ErrorKind::option, {"no module 'nowhere'", "mid.block0"},
               [&] { Field(model, 0, {}, one("layout:module=nowhere")); });
  expect_error(ErrorKind::unsupported, {"rescale", "null class"}, [] {
    Field(problem_from_json({{"problem", "gaussian"}, {"mean", {0}}, {"variances", {1}}}, "test.json", ""), 0,
          {}, one("rescale"));
  });
  expect_error(ErrorKind::option, {"least = 2", "most = 1"}, [] { one("rescale:least=2,most=1"); });
  const Conditions plain{{"label", at::zeros({3}, at::kLong)}};
  expect_error(ErrorKind::option, {"guide.source", "ulam edit"},
               [&] { guide_test::ask(model, one("layout"), sigma, pictures(), &plain); });
  Conditions longer = conditions(pictures(2));
  longer[source_condition] = longer[source_condition].repeat({1, 2, 1, 1, 1});
  expect_error(ErrorKind::shape, {"plan of 0 steps", "[3, 1, 1, 8, 8]"},
               [&] { guide_test::ask(model, one("layout"), sigma, pictures(), &longer); });
  Context within;
  within.stage = 1;
  const Conditions c = conditions(pictures(2));
  expect_error(ErrorKind::unsupported, {"between the nodes"}, [&] {
    Ledger ledger;
    Field(model, 0, {}, one("layout"))
        .answer(pictures(), at::full({3}, sigma, at::kDouble), c, within, ledger, {});
  });
}

}  // namespace
}  // namespace ulam::layout_test
