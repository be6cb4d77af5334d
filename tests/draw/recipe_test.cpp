#include "ulam/draw/recipe.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::recipe_test {
namespace {

using testing::error_text;

// Order conditions of explicit Runge-Kutta methods (Butcher): a wrong entry breaks one of them.
TEST(Tableau, SatisfyTheirOrderConditions) {
  for (const auto& [t, order] : {std::pair{tableau_euler(), 1},
                                 {tableau_heun(), 2},
                                 {tableau_midpoint(), 2},
                                 {tableau_kutta3(), 3},
                                 {tableau_rk4(), 4}}) {
    double b = 0, bc = 0, bc2 = 0, bac = 0, bc3 = 0, bcac = 0, bac2 = 0, baac = 0;
    for (std::size_t i = 0; i < t.stages(); ++i) {
      double row = 0, ac = 0, ac2 = 0, aac = 0;
      for (std::size_t j = 0; j < i; ++j) {
        row += t.a[i][j];
        ac += t.a[i][j] * t.c[j];
        ac2 += t.a[i][j] * t.c[j] * t.c[j];
        for (std::size_t k = 0; k < j; ++k) aac += t.a[i][j] * t.a[j][k] * t.c[k];
      }
      EXPECT_NEAR(row, t.c[i], 1e-15);
      b += t.b[i], bc += t.b[i] * t.c[i], bc2 += t.b[i] * t.c[i] * t.c[i], bac += t.b[i] * ac;
      bc3 += t.b[i] * t.c[i] * t.c[i] * t.c[i], bcac += t.b[i] * t.c[i] * ac, bac2 += t.b[i] * ac2,
          baac += t.b[i] * aac;
    }
    EXPECT_NEAR(b, 1, 1e-15);
    if (order >= 2) {
      EXPECT_NEAR(bc, 1. / 2, 1e-15);
    }
    if (order >= 3) {
      EXPECT_NEAR(bc2, 1. / 3, 1e-15);
    }
    if (order >= 3) {
      EXPECT_NEAR(bac, 1. / 6, 1e-15);
    }
    if (order >= 4) {
      EXPECT_NEAR(bc3, 1. / 4, 1e-15);
    }
    if (order >= 4) {
      EXPECT_NEAR(bcac, 1. / 8, 1e-15);
    }
    if (order >= 4) {
      EXPECT_NEAR(bac2, 1. / 12, 1e-15);
    }
    if (order >= 4) {
      EXPECT_NEAR(baac, 1. / 24, 1e-15);
    }
  }
}

TEST(Recipe, SpecsAreCanonicalAndParseToTheSame) {
  for (const std::string& spec : testing::all_specs()) {
    const Recipe recipe = make_recipe(spec);
    EXPECT_EQ(make_recipe(recipe.solver).solver, recipe.solver) << spec;
  }
  EXPECT_NE(make_recipe("ddim:eta=0.5").solver, make_recipe("ddim").solver);
}

TEST(Recipe, AliasesAreTheSameSolver) {
  EXPECT_EQ(make_recipe("ancestral").solver, make_recipe("ddpm").solver);
  EXPECT_EQ(make_recipe("edm").solver, make_recipe("heun").solver);
}

TEST(Recipe, UnknownNamesGetTheValidOnes) {
  const std::string text = error_text([] { make_recipe("ddmi"); });
  EXPECT_NE(text.find("--solver"), std::string::npos) << text;
  EXPECT_NE(text.find("ddim"), std::string::npos) << text;
  EXPECT_NE(error_text([] { make_recipe("ddpm:variance=huge"); }).find("large"), std::string::npos);
  EXPECT_NE(error_text([] { make_recipe("exp:prediction=v"); }).find("noise"), std::string::npos);
  EXPECT_NE(error_text([] { make_recipe("exp:eta=-0.1"); }).find("eta"), std::string::npos);
}

TEST(Recipe, HistoryAndRegistersFollowFromTheSteps) {
  Recipe recipe;
  recipe.steps.push_back({.rule = {}, .order = 3});
  EXPECT_EQ(recipe.history(), 2);
  EXPECT_EQ(recipe.scratch(), 0);
  EXPECT_EQ(make_recipe("rk4").history(), 0);
  EXPECT_EQ(make_recipe("rk4").scratch(), 4);
  EXPECT_EQ(make_recipe("euler").scratch(), 0);
}

}  // namespace
}  // namespace ulam::recipe_test
