#include "ulam/cli/text_command.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/version.h"
#include "ulam/cli/draw_job.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/threads.h"
#include "ulam/io/atomic_file.h"
#include "ulam/io/digest.h"
#include "ulam/io/tokenizer.h"
#include "ulam/model/llama.h"
#include "ulam/run/text_draw.h"

namespace ulam::cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* text_command_place = "draw";

std::string tokenizer_of(const Options& text, const std::string& model) {
  if (text.has("tokenizer")) return text.text("tokenizer");
  const fs::path path(model), folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::vector<std::string> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(path.stem().string() + ".tok") && name.ends_with(".bin"))
      found.push_back(entry.path().string());
  }
  if (found.size() == 1) return found.front();
  const fs::path standard = folder / "tokenizer.bin";
  if (found.empty() && fs::exists(standard, error)) return standard.string();
  fail(ErrorKind::option, "draw --tokenizer", "{} beside {}; name the file of the pieces",
       found.empty() ? "neither " + path.stem().string() + ".tok*.bin nor tokenizer.bin lies"
                     : "several tokenizers lie",
       model);
}

void refuse_other_options(const TextTask& task) {
  const std::vector<std::string> known = {"model", "count", "ids", "first-id", "seed", "threads"};
  for (const auto& [name, value] : task.draw)
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail(ErrorKind::option, text_command_place,
           "--{} says nothing to a language model; valid: --count, --ids, --first-id, --seed, "
           "--threads, --prompt, --tokens, --temperature, --tokenizer",
           name);
  check_ids(task.draw);
  for (const std::string& output : task.outputs)
    if (!output.ends_with(".txt") && !output.ends_with(".json"))
      fail(ErrorKind::option, "draw --output", "{} is no place for texts, which go into .txt or .json",
           output);
}

/// Bytes that a terminal would obey are left out.
std::string printable(const std::string& text) {
  std::string out;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\n' || c == '\t') out += c;
  return out;
}

std::string joined_texts(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : "\n---\n\n") + text + "\n";
  return out;
}

}  // namespace

const std::vector<Parameter>& text_parameters() {
  using T = OptionType;
  static const std::vector<Parameter> table = {
      {"prompt", T::text, "", "of a language model (.bin): how the texts begin", {}, {}, {}, ""},
      {"tokens", T::integer, "256", "of a language model: most tokens a text gets", 0, 1e9, {}, ""},
      {"temperature", T::real, "1", "of a language model: 0 takes the likeliest token", 0, 1e6, {}, ""},
      {"tokenizer",
       T::text,
       "",
       "of a language model: file of the pieces; the one beside the model",
       {},
       {},
       {},
       ""},
  };
  return table;
}

bool names_text_model(const Given& draw) {
  const auto model = draw.find("model");
  return model != draw.end() && model->second.ends_with(".bin");
}

int run_text(const TextTask& task) {
  refuse_other_options(task);
  const Options o(text_command_place, draw_parameters(), task.draw),
      t(text_command_place, text_parameters(), task.text);
  use_threads(static_cast<int>(o.integer("threads")));
  const std::string& file = o.text("model");
  TextRequest request;
  request.model = load_llama(file);
  const std::string pieces = tokenizer_of(t, file);
  const io::Tokenizer tokenizer = io::read_tokenizer(pieces);
  const LanguageInfo& info = request.model->info();
  if (tokenizer.size() != info.vocabulary)
    fail(ErrorKind::file, pieces, "has {} pieces, the model {} takes {}", tokenizer.size(), info.name,
         info.vocabulary);
  const std::string prompt = t.has("prompt") ? t.text("prompt") : "";
  if (prompt.size() > static_cast<std::size_t>(info.context) * tokenizer.longest())
    fail(ErrorKind::option, "draw --prompt", "has {} bytes, more than {} tokens hold", prompt.size(),
         info.context);
  request.prompt = tokenizer.encode(prompt);
  request.ids = ids_of(o, 1);
  request.tokens = t.integer("tokens");
  request.temperature = t.real("temperature");
  request.seed = static_cast<std::uint64_t>(o.integer("seed"));
  request.ends = {io::Tokenizer::begin, io::Tokenizer::end};

  CancelToken cancel;
  Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet || task.outputs.empty(), stderr), stderr, monotonic_seconds);
  request.watch = {[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const TextResult result = draw_text(request);
  interrupt.hold();
  view.finish();

  nlohmann::json record = {{"command", "draw"},
                           {"version", version},
                           {"options", o.json()},
                           {"text", t.json()},
                           {"model_hash", io::digest_text(info.hash)},
                           {"evaluations", result.spent.evaluations},
                           {"seconds", result.spent.seconds},
                           {"cancelled", result.cancelled}};
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < result.tokens.size(); ++i) {
    std::vector<std::int64_t> all = request.prompt;
    all.insert(all.end(), result.tokens[i].begin(), result.tokens[i].end());
    texts.push_back(tokenizer.decode(all));
    record["samples"].push_back({{"id", result.ids[i]}, {"text", texts.back()}, {"tokens", all}});
  }
  const std::string document = record.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  for (const std::string& output : task.outputs)
    io::write_file_atomic(output, output.ends_with(".json") ? document : joined_texts(texts));
  if (task.json) {
    fmt::print("{}", document);
  } else if (task.outputs.empty()) {
    fmt::print("{}", printable(joined_texts(texts)));
  } else if (!task.quiet) {
    fmt::print("{} texts, {} tokens, {} evaluations, {}\n", texts.size(), result.spent.tokens,
               result.spent.evaluations, duration_text(result.spent.seconds));
    for (const std::string& output : task.outputs) fmt::print("wrote {}\n", output);
  }
  return result.cancelled ? exit_cancelled : exit_ok;
}

}  // namespace ulam::cli
