#include "ulam/cli/model_source.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/model/bundle.h"
#include "ulam/problems/read_problem.h"

namespace ulam::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* model_source_place = "model";

Source open_folder(const std::string& folder, const SourceOptions& options) {
  if (is_bundle(folder)) {
    const nlohmann::json network = read_bundle_config(folder).network;
    if (network.is_object() && network.value("kind", nlohmann::json()) == "classifier")
      fail(ErrorKind::unsupported, folder, "is a classifier; it judges samples and cannot be drawn from");
  }
  if (!options.path.empty())
    fail(ErrorKind::option, folder,
         "--path is for exact problems; a network is bound to the path it was trained on");
  if (options.dtype == "float64")
    fail(ErrorKind::unsupported, folder, "--dtype float64 is for exact problems; networks run in float32");
  FolderModel found = load_model_folder(folder, options.trust);
  return {std::move(found.model),   folder,       std::move(found.draw), std::move(found.warnings),
          std::move(found.decoder), options.trust};
}

Source adapted(ProblemPtr problem, const std::string& where, const SourceOptions& options) {
  if (!options.path.empty()) problem = problem->with_path(Path::from_spec(options.path, "--path"));
  if (!options.dtype.empty())
    problem = problem->with_dtype(options.dtype == "float32" ? at::kFloat : at::kDouble);
  return {problem, where, nlohmann::json::object(), {}, nullptr, options.trust};
}

}  // namespace

std::vector<std::string> model_folders() {
  std::vector<std::string> folders;
  if (const char* list = std::getenv("ULAM_MODELS"))
    for (const std::string& folder : split_escaped(list, ':'))
      if (!folder.empty()) folders.push_back(folder);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path folder = program.parent_path();
    folders.push_back((folder / "../share/ulam/models").lexically_normal());
    folders.push_back((folder / "../../models").lexically_normal());
  }
  folders.push_back("models");
  return folders;
}

std::vector<Shipped> shipped_models(const std::vector<std::string>& folders) {
  std::vector<Shipped> found;
  for (const std::string& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename();
      const auto same = [&](const Shipped& s) { return s.name == name; };
      if (is_model_folder(it->path()) && std::none_of(found.begin(), found.end(), same))
        found.push_back({name, it->path()});
    }
  }
  std::sort(found.begin(), found.end(), [](const Shipped& a, const Shipped& b) { return a.name < b.name; });
  return found;
}

Source open_model(const std::string& text, const SourceOptions& options,
                  const std::vector<std::string>& folders) {
  std::error_code error;
  if (fs::path(text).extension() == ".json") return adapted(read_problem(text), text, options);
  if (text.find('/') != std::string::npos || fs::is_directory(text, error)) return open_folder(text, options);
  const std::vector<Shipped> shipped = shipped_models(folders);
  for (const Shipped& s : shipped)
    if (s.name == text) return open_folder(s.folder, options);
  const std::string kind = text.substr(0, text.find(':'));
  std::vector<std::string> names;
  for (const Shipped& s : shipped) names.push_back(s.name);
  for (const ProblemEntry& p : problems()) {
    if (p.name == kind) return adapted(named_problem(text), "problem " + text, options);
    names.push_back(p.name);
  }
  const std::string near = nearest_name(text, names);
  fail(ErrorKind::option, model_source_place,
       "no model {}; valid: {}{}; or a folder of a bundle or of diffusers, or a problem's .json file", text,
       joined(names), near.empty() ? "" : "; nearest: " + near);
}

void show_warnings(const Source& source, std::string_view command) {
  for (const std::string& sentence : source.warnings)
    fmt::print(stderr, "ulam: {}: warning: {}\n", command, sentence);
}

ModelPtr find_model(const std::string& name, const std::string& place, Trust trust) {
  if (is_model_folder(name)) return load_model_folder(name, trust).model;
  std::vector<std::string> names;
  for (const Shipped& s : shipped_models(model_folders())) {
    if (s.name == name) return load_model_folder(s.folder, trust).model;
    names.push_back(s.name);
  }
  if (name.ends_with(".json")) return read_problem(name);
  for (const ProblemEntry& p : problems())
    if (p.name == name.substr(0, name.find(':'))) return named_problem(name);
  if (name.find('/') != std::string::npos) return load_model_folder(name).model;  // says what is missing
  fail_unknown(place, name, names);
}

}  // namespace ulam::cli
