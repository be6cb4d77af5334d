#include "ulam/model/diffusers_weights.h"

#include "tests/io/support.h"
#include "tests/model/support.h"
#include <fstream>
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/io/json.h"
#include "ulam/model/convert.h"

namespace ulam::diffusers::diffusers_weights_test {
namespace {
using io::test::TempFolder;
using nlohmann::json;
using ulam::test::max_difference;
using ulam::test::normals;
using ulam::testing::expect_error;

using Named = std::vector<std::pair<std::string, at::Tensor>>;

void write(const std::string& path, const Named& tensors) {
  io::ArrayFile file;
  for (const auto& [name, tensor] : tensors) file.arrays.emplace_back(name, to_array(tensor));
  io::write_safetensors(path, file);
}
const char* const whole = "diffusion_pytorch_model.safetensors";
const char* const index_name = "diffusion_pytorch_model.safetensors.index.json";

Named two() { return {{"a", normals({2, 3}, 1)}, {"b", normals({4}, 2)}}; }

TEST(DiffusersWeights, GivesTheTensorsOfOneFileOrOfShards) {
  TempFolder one, many;
  const Named tensors = two();
  write(one / whole, tensors);
  write(many / "x-1.safetensors", {tensors[0]});
  write(many / "x-2.safetensors", {tensors[1]});
  io::write_json(many / index_name, {{"weight_map", {{"a", "x-1.safetensors"}, {"b", "x-2.safetensors"}}}});
  std::vector<std::uint64_t> hashes;
  for (const TempFolder* folder : {&one, &many}) {
    Weights w(folder->path());
    EXPECT_EQ(w.bytes(), 40u);
    EXPECT_TRUE(w.has("a"));
    EXPECT_FALSE(w.has("c"));
    EXPECT_EQ(max_difference(w.take("a", {2, 3}), tensors[0].second), 0);
    EXPECT_EQ(max_difference(w.take("b", {4}), tensors[1].second), 0);
    EXPECT_NO_THROW(w.finish());
    hashes.push_back(w.hash());
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

// Caches of converged references stand under this hash.
TEST(DiffusersWeights, TheHashSeesOneBit) {
  TempFolder folder;
  Named tensors = two();
  const auto hash = [&] {
    write(folder / whole, tensors);
    Weights w(folder.path());
    w.take("a", {2, 3});
    w.take("b", {4});
    return w.hash();
  };
  const std::uint64_t before = hash();
  EXPECT_EQ(hash(), before);
  tensors[1].second[3] = std::nextafter(tensors[1].second[3].item<float>(), 9.f);
  EXPECT_NE(hash(), before);
}

TEST(DiffusersWeights, WidensEveryFloatingType) {
  for (const auto type : {at::kHalf, at::kBFloat16, at::kDouble}) {
    TempFolder folder;
    const at::Tensor a = normals({2, 3}, 1).to(type);
    write(folder / (type == at::kHalf ? "diffusion_pytorch_model.fp16.safetensors" : whole), {{"a", a}});
    Weights w(folder.path());
    const at::Tensor got = w.take("a", {2, 3});
    EXPECT_EQ(got.scalar_type(), at::kFloat);
    EXPECT_EQ(max_difference(got, a.to(at::kFloat)), 0);
  }
}

TEST(DiffusersWeights, PrefersTheFullPrecisionToItsVariants) {
  TempFolder folder;
  write(folder / "diffusion_pytorch_model.fp16.safetensors", {{"a", at::ones({1}).to(at::kHalf)}});
  write(folder / whole, {{"a", at::full({1}, 2.f)}});
  EXPECT_EQ(Weights(folder.path()).take("a", {1}).item<float>(), 2);
}

TEST(DiffusersWeights, FindsAttentionUnderItsOldNames) {
  TempFolder folder;
  Named tensors;
  const std::vector<std::pair<std::string, std::string>> names = {
      {"m.to_q.weight", "m.query.weight"},
      {"m.to_k.bias", "m.key.bias"},
      {"m.to_v.weight", "m.value.weight"},
      {"m.to_out.0.weight", "m.proj_attn.weight"}};
  for (std::size_t i = 0; i < names.size(); ++i)
    tensors.emplace_back(names[i].second, at::full({1}, static_cast<float>(i)));
  write(folder / whole, tensors);
  Weights w(folder.path());
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(w.take(names[i].first, {1}).item<float>(), static_cast<float>(i));
  EXPECT_NO_THROW(w.finish());
}

TEST(DiffusersWeights, RefusesTensorsThatDoNotFit) {
  TempFolder folder;
  at::Tensor nan = at::ones({2});
  nan[1] = std::numeric_limits<float>::quiet_NaN();
  write(folder / whole, {{"a", normals({2, 3}, 1)},
                         {"whole", at::ones({2}, at::kLong)},
                         {"nan", nan},
                         {"big", at::full({1}, 1e300, at::kDouble)}});
  Weights w(folder.path());
  expect_error(ErrorKind::file, {folder / whole, "'a'", "[2, 3]", "[3, 2]"}, [&] { w.take("a", {3, 2}); });
  expect_error(ErrorKind::file, {folder / whole, "'a'", "[6]"}, [&] { w.take("a", {6}); });
  expect_error(ErrorKind::file, {"'whole'", "i64", "floating point"}, [&] { w.take("whole", {2}); });
  expect_error(ErrorKind::file, {"'nan'", "NaN or infinity"}, [&] { w.take("nan", {2}); });
  expect_error(ErrorKind::file, {"'big'", "NaN or infinity"}, [&] { w.take("big", {1}); });
  expect_error(ErrorKind::file, {"'c' is missing"}, [&] { w.take("c", {1}); });
}

// Weights of another architecture would otherwise be half used in silence.
TEST(DiffusersWeights, RefusesTensorsThatNobodyTook) {
  TempFolder folder;
  write(folder / whole, two());
  Weights w(folder.path());
  w.take("a", {2, 3});
  expect_error(ErrorKind::file, {folder / whole, "'b'", "no layer"}, [&] { w.finish(); });
  EXPECT_NO_THROW(w.finish({"b"}));
}

TEST(DiffusersWeights, RefusesIndicesThatLie) {
  TempFolder folder;
  const Named tensors = two();
  write(folder / "x-1.safetensors", {tensors[0]});
  write(folder / "x-2.safetensors", {tensors[1]});
  const auto refused = [&](const json& map, ErrorKind kind, const std::vector<std::string>& says) {
    SCOPED_TRACE(says[0]);
    io::write_json(folder / index_name, {{"weight_map", map}});
    expect_error(kind, says, [&] { Weights w(folder.path()); });
  };
  refused({{"a", "x-1.safetensors"}, {"b", "x-3.safetensors"}}, ErrorKind::system,
          {"'x-3.safetensors' is missing"});
  refused({{"a", "x-1.safetensors"}, {"c", "x-2.safetensors"}}, ErrorKind::file,
          {"'c' is not in 'x-2.safetensors'"});
  refused({{"a", "x-2.safetensors"}, {"b", "x-1.safetensors"}}, ErrorKind::file, {"is not in"});
  refused({{"a", "../x-1.safetensors"}}, ErrorKind::file, {"leaves the folder"});
  refused({{"a", "x-1.bin"}}, ErrorKind::file, {"pickle"});
  write(folder / "x-3.safetensors", {tensors[0]});
  refused({{"a", "x-1.safetensors"}, {"b", "x-3.safetensors"}}, ErrorKind::file,
          {"'a' is also in another shard"});
}

TEST(DiffusersWeights, NeverOpensAPickle) {
  TempFolder folder;
  expect_error(ErrorKind::system, {folder.path(), "holds no weights"}, [&] { Weights w(folder.path()); });
  expect_error(ErrorKind::system, {"holds no weights"}, [&] { Weights w(folder / "absent"); });
  std::ofstream(folder / "diffusion_pytorch_model.bin") << "cos\nsystem\n";
  expect_error(ErrorKind::file, {"diffusion_pytorch_model.bin", "pickle", "safe_serialization"},
               [&] { Weights w(folder.path()); });
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_weights_test
