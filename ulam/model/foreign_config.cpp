#include "ulam/model/foreign_config.h"

#include "ulam/base/error.h"
#include "ulam/io/json.h"
#include "ulam/io/quote.h"
#include "ulam/model/network_config.h"

namespace ulam {
namespace {

/// A name within the bundle's own folder.
std::string plain_file(const nlohmann::json& network, const std::string& place) {
  const std::string file = io::get_text(network, "file", place);
  const bool plain = !file.empty() && file != "." && file != ".." && file.find('/') == file.npos &&
                     file.find('\\') == file.npos && file.find('\0') == file.npos;
  if (!plain)
    fail(ErrorKind::file, place, "'file' must be the name of a file in the bundle's own folder, got {}",
         io::in_quotes(file));
  return file;
}

}  // namespace

bool is_foreign(const BundleConfig& config) {
  if (!config.network.is_object()) return false;
  const auto kind = config.network.find("kind");
  return kind != config.network.end() && (*kind == "torchscript" || *kind == "aotinductor");
}

ForeignConfig parse_foreign_config(const BundleConfig& bundle, const std::string& place) {
  NetworkConfig fields(bundle.network, place);
  ForeignConfig c;
  c.kind = fields.choice("kind", "", {"torchscript", "aotinductor"});
  fields.text("file");
  c.file = plain_file(bundle.network, place);
  c.shape = fields.shape("shape");
  c.dtype = fields.choice("dtype", "float32", {"float32", "float64"}) == "float32" ? at::kFloat : at::kDouble;
  c.time = fields.choice("time", "path", {"path", "c_noise"}) == "path" ? ForeignConfig::Time::path
                                                                        : ForeignConfig::Time::c_noise;
  c.scaled = fields.choice("input", "plain", {"plain", "scaled"}) == "scaled";
  const int named = static_cast<int>(bundle.classes.size());
  c.classes = fields.integer("classes", named, 0, 100000);
  c.null_class = fields.flag("null_class", false);
  fields.finish();
  if (named > 0 && c.classes != named)
    fail(ErrorKind::option, place, "{} class names for {} classes", named, c.classes);
  if (c.null_class && c.classes == 0)
    fail(ErrorKind::option, place, "'null_class' stands for no class of a network that has none");
  return c;
}

}  // namespace ulam
