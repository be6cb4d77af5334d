#include "ulam/io/shard_index.h"

#include "tests/io/support.h"

#include "ulam/io/json.h"
#include "ulam/io/quote.h"

namespace ulam::io::shard_index_test {
namespace {
using test::expect_error;

TEST(ShardIndex, NamesEveryTensorAndEveryFileOnce) {
  const ShardIndex index =
      parse_shard_index(parse_json(R"({"metadata": {"total_size": 8}, "weight_map": {"b": "x-2.safetensors",
                     "a": "x-1.safetensors", "c": "x-2.safetensors"}})",
                                   "i"),
                        "i");
  EXPECT_EQ(index.files, (std::vector<std::string>{"x-1.safetensors", "x-2.safetensors"}));
  EXPECT_EQ(index.file_of.at("a"), "x-1.safetensors");
  EXPECT_EQ(index.file_of.at("b"), "x-2.safetensors");
  EXPECT_EQ(index.file_of.at("c"), "x-2.safetensors");
}

TEST(ShardIndex, RefusesWhatIsNoMapOfTensorsToFiles) {
  struct Bad {
    const char* json;
    std::vector<std::string> says;
  };
  for (const Bad& bad : std::vector<Bad>{{"{}", {"index.json", "weight_map"}},
                                         {R"({"weight_map": {}})", {"names no tensor"}},
                                         {R"({"weight_map": ["a.safetensors"]})", {"weight_map"}},
                                         {R"({"weight_map": {"a": 7}})", {"'a'", "must be a name", "number"}},
                                         {R"({"weight_map": {"a": null}})", {"'a'", "null"}},
                                         {"[]", {"index.json"}}}) {
    SCOPED_TRACE(bad.json);
    std::vector<std::string> says = bad.says;
    says.push_back("index.json");
    expect_error(ErrorKind::file, says,
                 [&] { parse_shard_index(parse_json(bad.json, "index.json"), "index.json"); });
  }
}

// An index from elsewhere that made us open a file outside of its folder, or run a pickle.
TEST(ShardIndex, OpensNothingOutsideOfTheFolderAndNoPickles) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"../x.safetensors", "leaves the folder"},
      {"/etc/x.safetensors", "leaves the folder"},
      {"sub/x.safetensors", "leaves the folder"},
      {"..\\x.safetensors", "leaves the folder"},
      {std::string("x\0.safetensors", 14), "leaves the folder"},
      {"x.bin", "pickle"},
      {"x.ckpt", "pickle"},
      {"x.pt", "pickle"},
      {"x.pth", "pickle"},
      {"x.pkl", "pickle"},
      {"x.safetensors.exe", "no .safetensors file"},
      {".safetensors", "no .safetensors file"},
      {"\n\x01", "no .safetensors file"},
      {"", "no .safetensors file"}};
  for (const auto& [name, says] : bad) {
    SCOPED_TRACE(in_quotes(name));
    expect_error(ErrorKind::file, {"i: ", "weight_map", "tensor 'a'", says}, [&, n = name] {
      parse_shard_index(json{{"weight_map", {{"a", n}}}}, "i");
    });
  }
  EXPECT_NO_THROW(check_weights_name("..safetensors.safetensors", "i"));
}

}  // namespace
}  // namespace ulam::io::shard_index_test
