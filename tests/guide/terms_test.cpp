#include "ulam/guide/terms.h"

#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::terms_test {
namespace {

ModelPtr any(const std::string& name) {
  if (name == "judge") return std::make_shared<guide_test::Judge>();
  return guide_test::classes();
}

// A record holds these texts; a draw that is repeated must be guided in the same way.
TEST(Terms, SpecsReadBack) {
  for (const char* spec :
       {"cfg:scale=3", "cfg:scale=3,rescale=0.7,low=0.2,high=2,table=1/0.5", "pag:strength=2",
        "pag:strength=1.5,modules=mid.attention0/up1.attention0", "seg:strength=2,blur=3",
        "slg:strength=1,stop=0.5", "autoguidance:model=weak,scale=1.5", "sims:model=weak,omega=0.5,high=5",
        "gfcg:classifier=judge,model=weak,strength=2,confusion=wrong"})
    EXPECT_EQ(make_term(spec, any)->spec(), spec);
  EXPECT_EQ(text_of(make_terms("cfg:scale=3+pag:strength=2", any)), "cfg:scale=3+pag:strength=2");
  EXPECT_TRUE(make_terms("", any).empty());
}

TEST(Terms, UnknownNamesAreASentence) {
  testing::expect_error(ErrorKind::option, {"cgf", "cfg"}, [] { make_term("cgf", any); });
  testing::expect_error(ErrorKind::option, {"scal", "scale"}, [] { make_term("cfg:scal=2", any); });
}

TEST(Terms, TheHashIsThatOfTheOtherModels) {
  EXPECT_EQ(models_hash(make_terms("cfg+pag", any)), 0u);
  EXPECT_NE(models_hash(make_terms("sims:model=weak", any)),
            models_hash(make_terms("gfcg:classifier=judge", any)));
}

}  // namespace
}  // namespace ulam::terms_test
