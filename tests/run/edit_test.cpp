// The whole of an edit on a small random network: what is off must cost nothing and change nothing.
#include "ulam/run/edit.h"

#include "tests/errors.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

#include "ulam/model/network_model.h"

namespace ulam::edit_test {
namespace {

using testing::expect_error;

ModelPtr network(const nlohmann::json& config = test::small_unet()) {
  ModelInfo info;
  info.name = "small";
  info.head = {Prediction::edm, 0.5};
  return std::make_shared<NetworkModel>(std::shared_ptr<const Network>(test::filled(config)), info);
}

EditRequest request() {
  EditRequest r;
  r.model = network();
  r.pictures = test::normals({2, 1, 8, 8}, 1) * .5;
  r.from = at::tensor({0, 1}, at::kLong);
  r.to = at::tensor({2, 2}, at::kLong);
  r.steps = 10;
  return r;
}
double apart(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).square().mean().sqrt().item<double>();
}

TEST(Edit, KeepingNothingIsThePlainEditBitForBit) {
  EditRequest r = request();
  r.guided = 0;
  EXPECT_TRUE([&] {
    const EditResult e = edit(r);
    return at::equal(e.plain, e.edited) && !at::equal(e.plain, e.reconstructed);
  }());
}

TEST(Edit, TheSameClassAtScaleOneIsTheWayBack) {
  EditRequest r = request();
  r.to = r.from;
  r.scale = 1;
  r.guided = 0;
  const EditResult e = edit(r);
  EXPECT_TRUE(at::equal(e.plain, e.reconstructed));
  EXPECT_TRUE(at::equal(e.of_plain.moved, e.of_reconstructed.moved));
}

TEST(Edit, KeepingTheLayoutKeepsMoreOfIt) {
  EditRequest r = request();
  r.rescale = {1, 1};
  const EditResult e = edit(r);
  EXPECT_LT(e.of_edited.moved.mean().item<double>(), e.of_plain.moved.mean().item<double>());
  EXPECT_EQ(e.of_source.moved.abs().max().item<double>(), 0);
  EXPECT_FALSE(e.of_edited.reached.defined());
}

// 10 up, 10 back, 20 plain; edited 2 a step and 4 in the first 7.
TEST(Edit, CostsWhatItPromises) {
  const EditResult e = edit(request());
  EXPECT_EQ(e.spent.evaluations, 2 * (10 + 10 + 20 + 7 * 4 + 3 * 2));
  EXPECT_EQ(e.nodes.sizes(), (at::IntArrayRef{2, 11, 1, 8, 8}));
}

// A row alone is the row among others, to the float rounding of batched products.
TEST(Edit, RowsDoNotDependOnOneAnother) {
  EditRequest r = request();
  const EditResult both = edit(r);
  r.pictures = r.pictures.narrow(0, 1, 1);
  r.from = r.from.narrow(0, 1, 1);
  r.to = r.to.narrow(0, 1, 1);
  EXPECT_LT(apart(edit(r).edited, both.edited.narrow(0, 1, 1)), 1e-3);
}

TEST(Edit, AJudgeTellsTheClassReached) {
  ModelInfo info;
  info.name = "judge";
  info.head = {Prediction::edm, 0.5};
  EditRequest r = request();
  r.judge = std::make_shared<NetworkModel>(
      std::shared_ptr<const Network>(test::filled(test::small_classifier())), info);
  const EditResult e = edit(r);
  ASSERT_TRUE(e.of_edited.reached.defined());
  EXPECT_TRUE(e.of_edited.reached.gt(0).logical_and(e.of_edited.reached.lt(1)).all().item<bool>());
}

TEST(Edit, WhatDoesNotFitIsRefusedBeforeTheFirstEvaluation) {
  const auto refused = [](ErrorKind kind, const std::vector<std::string>& says, auto change) {
    EditRequest r = request();
    change(r);
    r.watch.progress = [](const Progress&) { ADD_FAILURE() << "it began"; };
    expect_error(kind, says, [&] { edit(r); });
  };
  refused(ErrorKind::option, {"no model"}, [](EditRequest& r) { r.model = nullptr; });
  refused(ErrorKind::shape, {"[2, 1, 4, 4]", "[1, 8, 8]"}, [](EditRequest& r) {
    r.pictures = at::zeros({2, 1, 4, 4});
  });
  refused(ErrorKind::shape, {"'from'", "2 classes"},
          [](EditRequest& r) { r.from = at::zeros({3}, at::kLong); });
  refused(ErrorKind::option, {"'to'", "0 to 2"}, [](EditRequest& r) { r.to = at::full({2}, 3, at::kLong); });
  refused(ErrorKind::option, {"guided = 2"}, [](EditRequest& r) { r.guided = 2; });
  refused(ErrorKind::unsupported, {"null class"}, [](EditRequest& r) {
    nlohmann::json c = test::small_unet();
    c["classes"] = 0;
    r.model = network(c);
  });
  refused(ErrorKind::unsupported, {"layout", "attention"}, [](EditRequest& r) {
    nlohmann::json c = test::small_unet();
    c["attention"] = nlohmann::json::array();
    r.model = network(c);
  });
}

TEST(Edit, ACancelledEditGivesNothing) {
  EditRequest r = request();
  CancelToken cancel;
  cancel.cancel();
  r.watch.cancel = &cancel;
  const EditResult e = edit(r);
  EXPECT_TRUE(e.cancelled);
  EXPECT_FALSE(e.edited.defined());
}

}  // namespace
}  // namespace ulam::edit_test
