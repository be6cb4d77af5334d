#include "ulam/all/catalogue.h"

#include <set>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::catalogue_test {
namespace {

// Help, docs and error sentences are generated from these texts: a missing one would leave a hole in all of
// them.
TEST(Catalogue, EveryEntryIsComplete) {
  for (const Method& m : methods(catalogue())) {
    EXPECT_FALSE(m.entry.name.empty());
    EXPECT_FALSE(m.entry.purpose.empty()) << m.entry.name;
    for (const Parameter& p : m.entry.parameters)
      EXPECT_FALSE(p.purpose.empty()) << m.entry.name << " " << p.name;
  }
}

TEST(Catalogue, DefaultsPassTheirOwnSchema) {
  for (const Method& m : methods(catalogue()))
    EXPECT_NO_THROW(Options(m.entry.name, m.entry.parameters, {})) << m.kind << " " << m.entry.name;
}

TEST(Catalogue, NamesAndAliasesAreUniqueWithinAKind) {
  std::set<std::string> seen;
  for (const Method& m : methods(catalogue())) {
    EXPECT_TRUE(seen.insert(m.kind + "/" + m.entry.name).second) << m.kind << "/" << m.entry.name;
    for (const std::string& alias : m.entry.aliases)
      EXPECT_TRUE(seen.insert(m.kind + "/" + alias).second) << m.kind << "/" << alias;
  }
}

TEST(Catalogue, ANameOfSeveralKindsGivesAllAndASlashPicksOne) {
  const auto all = methods(catalogue());
  const auto both = find_methods(all, "cosine", "methods");
  ASSERT_EQ(both.size(), 2u);
  EXPECT_NE(both[0].kind, both[1].kind);
  const auto one = find_methods(all, "path/cosine", "methods");
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].kind, "path");
}

// Docs and `ulam methods` find every room here; one left out would be invisible to users.
TEST(Catalogue, EveryKindIsListed) {
  std::set<std::string> kinds;
  for (const Method& m : methods(catalogue())) kinds.insert(m.kind);
  EXPECT_EQ(kinds, (std::set<std::string>{"solver", "grid", "path", "network", "problem", "measure", "guide",
                                          "post", "edit"}));
}

TEST(Catalogue, UnknownNamesAndKindsGetTheNearest) {
  const auto all = methods(catalogue());
  const auto sentence = [&](const char* name) -> std::string {
    try {
      find_methods(all, name, "methods");
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_NE(sentence("dim").find("nearest: ddim"), std::string::npos);
  EXPECT_NE(sentence("solvr/ddim").find("nearest: solver"), std::string::npos);
}

}  // namespace
}  // namespace ulam::catalogue_test
