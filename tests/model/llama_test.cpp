#include "ulam/model/llama.h"

#include "tests/model/published_weights.h"
#include "tests/model/support.h"
#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/io/json.h"
#include "ulam/io/tokenizer.h"
#include "ulam/model/convert.h"

namespace ulam::llama_test {
namespace {

using Numbers = std::vector<double>;

io::LlamaFile small_llama(bool shared) {
  const io::LlamaSizes s{8, 5, 2, 4, 2, 7, 40, shared};
  io::LlamaFile file{s, {}};
  std::uint64_t id = 1;
  const auto add = [&](const char* name, std::vector<std::int64_t> shape, double spread) {
    file.weights.arrays.emplace_back(
        name, to_array(test::normals(shape, id++) * spread + (shape.back() == 8 && spread < .2 ? 1 : 0)));
  };
  add("embedding", {7, 8}, 1), add("attention_norm", {2, 8}, .1), add("query", {2, 8, 8}, .6),
      add("key", {2, 4, 8}, .6);
  add("value", {2, 4, 8}, .6), add("attention_out", {2, 8, 8}, .6), add("feed_norm", {2, 8}, .1),
      add("gate", {2, 5, 8}, .6);
  add("down", {2, 8, 5}, .6), add("up", {2, 5, 8}, .6), add("norm", {8}, .1);
  if (!shared) add("output", {7, 8}, 1);
  return file;
}

/// The transformer once more, for one row, in double, with nothing kept between positions.
struct PlainLlama {
  const io::LlamaFile& file;

  Numbers weights(const char* name, std::int64_t layer, std::int64_t layers) const {
    const at::Tensor t = to_tensor(*file.weights.find(name)).to(at::kDouble).reshape({layers, -1});
    const double* data = t.data_ptr<double>() + layer * t.size(1);
    return {data, data + t.size(1)};
  }
  static Numbers times(const Numbers& matrix, const Numbers& x) {
    Numbers out(matrix.size() / x.size());
    for (std::size_t i = 0; i < out.size(); ++i)
      for (std::size_t j = 0; j < x.size(); ++j) out[i] += matrix[i * x.size() + j] * x[j];
    return out;
  }
  static Numbers normed(const Numbers& x, const Numbers& weight) {
    double square = 0;
    for (const double v : x) square += v * v;
    Numbers out(x);
    for (std::size_t i = 0; i < x.size(); ++i)
      out[i] *= weight[i] / std::sqrt(square / static_cast<double>(x.size()) + 1e-5);
    return out;
  }
  void rotate(Numbers& x, std::size_t place) const {
    const auto head = static_cast<std::size_t>(file.sizes.head());
    for (std::size_t i = 0; i < x.size(); i += 2) {
      const double angle = static_cast<double>(place) *
                           std::pow(10000., -static_cast<double>(i % head) / static_cast<double>(head));
      const double a = x[i], b = x[i + 1];
      x[i] = a * std::cos(angle) - b * std::sin(angle);
      x[i + 1] = a * std::sin(angle) + b * std::cos(angle);
    }
  }

  /// Logits after the last token.
  Numbers operator()(const std::vector<std::int64_t>& tokens) const {
    const io::LlamaSizes& s = file.sizes;
    const auto head = static_cast<std::size_t>(s.head()), heads = static_cast<std::size_t>(s.heads),
               shared = static_cast<std::size_t>(s.heads / s.key_heads);
    std::vector<Numbers> x;
    for (const std::int64_t token : tokens) x.push_back(weights("embedding", token, s.vocabulary));
    for (std::int64_t l = 0; l < s.layers; ++l) {
      const auto w = [&](const char* name) { return weights(name, l, s.layers); };
      std::vector<Numbers> keys, values, next;
      for (std::size_t p = 0; p < x.size(); ++p) {
        const Numbers h = normed(x[p], w("attention_norm"));
        Numbers q = times(w("query"), h), k = times(w("key"), h);
        rotate(q, p), rotate(k, p);
        keys.push_back(k), values.push_back(times(w("value"), h));
        Numbers mixed(x[p].size());
        for (std::size_t i = 0; i < heads; ++i) {
          Numbers weight(p + 1);
          double sum = 0;
          for (std::size_t j = 0; j <= p; ++j) {
            double dot = 0;
            for (std::size_t e = 0; e < head; ++e) dot += q[i * head + e] * keys[j][i / shared * head + e];
            sum += weight[j] = std::exp(dot / std::sqrt(static_cast<double>(head)));
          }
          for (std::size_t j = 0; j <= p; ++j)
            for (std::size_t e = 0; e < head; ++e)
              mixed[i * head + e] += weight[j] / sum * values[j][i / shared * head + e];
        }
        Numbers y = times(w("attention_out"), mixed);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] += x[p][i];
        const Numbers f = normed(y, w("feed_norm"));
        Numbers gate = times(w("gate"), f), up = times(w("up"), f);
        for (std::size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
        const Numbers down = times(w("down"), gate);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] += down[i];
        next.push_back(y);
      }
      x = next;
    }
    return times(weights(s.shared_output ? "embedding" : "output", 0, 1),
                 normed(x.back(), weights("norm", 0, 1)));
  }
};

at::Tensor line(const std::vector<std::int64_t>& tokens) {
  return at::tensor(tokens, at::kLong).view({1, -1});
}

at::Tensor last(const at::Tensor& logits) { return logits.select(1, logits.size(1) - 1); }

TEST(Llama, AnswersAsAPlainSecondImplementationTokenByToken) {
  for (const bool shared : {true, false}) {
    const io::LlamaFile file = small_llama(shared);
    const LanguageModelPtr model = make_llama(file, "small", "test");
    const PlainLlama plain{file};
    TextState state = model->start(1);
    std::vector<std::int64_t> tokens;
    for (int i = 0; i < 20; ++i) {  // past the first room of the memory
      tokens.push_back((3 * i + i / 3) % 7);
      const at::Tensor logits = last(model->forward(line({tokens.back()}), state));
      const Numbers expected = plain(tokens);
      for (std::int64_t v = 0; v < 7; ++v)
        ASSERT_NEAR(logits[0][v].item<double>(), expected[static_cast<std::size_t>(v)], 2e-5) << i;
    }
  }
}

// What speculative drawing stands on: several tokens at once, rows of several lengths, tokens taken back.
TEST(Llama, OneCallOrSeveralRowsAloneOrTogetherGiveTheSame) {
  const LanguageModelPtr model = make_llama(small_llama(true), "small", "test");
  TextState together = model->start(2);
  const at::Tensor first = model->forward(at::tensor({1, 2, 3, 4, 5, -1}, at::kLong).view({2, 3}), together);
  EXPECT_EQ(together.lengths, (std::vector<std::int64_t>{3, 2}));
  const at::Tensor second = model->forward(at::tensor({6, -1, 0, 1}, at::kLong).view({2, 2}), together);
  TextState a = model->start(1), b = model->start(1);
  EXPECT_LT(test::max_difference(model->forward(line({1, 2, 3}), a), first.narrow(0, 0, 1)), 1e-5);
  EXPECT_LT(test::max_difference(model->forward(line({6}), a)[0][0], second[0][0]), 1e-5);
  EXPECT_LT(test::max_difference(model->forward(line({4, 5, 0}), b)[0][2], second[1][0]), 1e-5);
  EXPECT_LT(test::max_difference(model->forward(line({1}), b)[0][0], second[1][1]), 1e-5);

  model->forward(line({2, 2, 2}), b);
  TextState fresh = model->start(1);
  const at::Tensor whole = model->forward(line({4, 5, 0, 1, 2, 3}), fresh);
  b.cut(0, 5);
  EXPECT_LT(test::max_difference(last(model->forward(line({3}), b)), last(whole)), 1e-5);
}

TEST(Llama, ACopyOfAStateIsAFork) {
  const LanguageModelPtr model = make_llama(small_llama(true), "small", "test");
  TextState one = model->start(1);
  model->forward(line({1, 2, 3}), one);
  TextState two = one;
  const at::Tensor of_one = model->forward(line({4}), one);
  model->forward(line({5, 6}), two);
  TextState again = one.chosen({0, 0});
  TextState whole = model->start(1);
  EXPECT_LT(test::max_difference(last(model->forward(line({1, 2, 3, 4}), whole)), last(of_one)), 1e-5);
  const at::Tensor both = model->forward(at::tensor({0, 1}, at::kLong).view({2, 1}), again);
  EXPECT_LT(test::max_difference(model->forward(line({0}), one)[0], both[0]), 1e-5);
  EXPECT_EQ(two.lengths[0], 5);
}

TEST(Llama, RefusesAFullContextABadTokenAndBadWeights) {
  io::LlamaFile file = small_llama(true);
  const LanguageModelPtr model = make_llama(file, "small", "test");
  TextState state = model->start(1);
  model->forward(at::zeros({1, 40}, at::kLong), state);
  EXPECT_THROW(model->forward(line({1}), state), Error);
  EXPECT_EQ(state.lengths[0], 40);
  TextState fresh = model->start(1);
  EXPECT_THROW(model->forward(line({7}), fresh), Error);
  EXPECT_EQ(model->forward(at::empty({1, 0}, at::kLong), fresh).sizes(), (at::IntArrayRef{1, 0, 7}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(file.weights.arrays[3].second.bytes.data(), &nan, 4);
  EXPECT_THROW(make_llama(file, "small", "test"), Error);
  file.weights.arrays.pop_back();
  EXPECT_THROW(make_llama(file, "small", "test"), Error);
}

// karpathy's stories260K: its first logits, its greedy text, token for token.
TEST(Llama, ThePublishedModelTellsItsStory) {
  const std::string file = test::published_file("stories260K.bin"),
                    pieces = test::published_file("stories260K.tok512.bin"),
                    told = test::published_file("stories260K.golden.json");
  if (file.empty() || pieces.empty() || told.empty()) GTEST_SKIP() << test::no_published;
  const LanguageModelPtr model = load_llama(file);
  const io::Tokenizer tokenizer = io::read_tokenizer(pieces);
  const nlohmann::json golden = io::read_json(told);
  ASSERT_EQ(tokenizer.size(), model->info().vocabulary);
  const auto ids = golden.at("greedy_token_ids").get<std::vector<std::int64_t>>();
  TextState state = model->start(1);
  std::vector<std::int64_t> tokens = {golden.at("start_token").get<std::int64_t>()};
  while (tokens.size() < ids.size()) {
    const at::Tensor logits = last(model->forward(line({tokens.back()}), state))[0];
    if (tokens.size() <= 2) {
      const auto expected =
          golden.at("logits_first16_at_pos0_and_1").at(tokens.size() - 1).get<std::vector<double>>();
      for (std::size_t v = 0; v < expected.size(); ++v)
        EXPECT_NEAR(logits[static_cast<std::int64_t>(v)].item<double>(), expected[v], 1e-4);
    }
    tokens.push_back(logits.argmax().item<std::int64_t>());
  }
  EXPECT_EQ(tokens, ids);
  EXPECT_EQ(tokenizer.decode(tokens), golden.at("greedy_text").get<std::string>());
  // The prompt in one call ends where the tokens one by one did.
  TextState at_once = model->start(1);
  const at::Tensor logits = last(model->forward(line({ids.begin(), ids.end() - 1}), at_once));
  EXPECT_EQ(logits.argmax().item<std::int64_t>(), ids.back());
}

}  // namespace
}  // namespace ulam::llama_test
