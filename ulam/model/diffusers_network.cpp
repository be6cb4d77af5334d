#include "ulam/model/diffusers_network.h"

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/base/options.h"
#include "ulam/io/json.h"
#include "ulam/io/python_json.h"
#include "ulam/io/quote.h"
#include "ulam/model/diffusers_dit.h"
#include "ulam/model/diffusers_unet.h"

namespace ulam::diffusers {

int NetworkFile::in_channels() const {
  return std::visit([](const auto& c) { return c.in_channels; }, config);
}

int NetworkFile::out_channels() const {
  return std::visit([](const auto& c) { return c.out_channels; }, config);
}

int NetworkFile::classes() const {
  return std::visit([](const auto& c) { return c.classes; }, config);
}

const std::vector<std::string>& NetworkFile::warnings() const {
  return std::visit([](const auto& c) -> const std::vector<std::string>& { return c.warnings; }, config);
}

std::vector<std::int64_t> NetworkFile::shape() const {
  if (const Unet2dConfig* u = unet()) return {u->in_channels, u->height, u->width};
  const auto& d = std::get<DitConfig>(config);
  return {d.in_channels, d.size, d.size};
}

NetworkFile read_network_file(const std::string& folder) {
  static const std::vector<std::string> known = {"UNet2DModel", "DiTTransformer2DModel",
                                                 "Transformer2DModel"};
  NetworkFile file;
  file.place = folder + "/config.json";
  file.json = io::read_python_json(file.place);
  file.kind = io::get_text(file.json, "_class_name", file.place);
  if (file.kind == known[0]) {
    file.config = parse_unet2d(file.json, file.place);
  } else if (file.kind == known[1] || file.kind == known[2]) {
    file.config = parse_dit(file.json, file.place);
  } else {
    const std::string near = nearest_name(file.kind, known);
    fail(ErrorKind::unsupported, file.place, "the network {} is not known here; valid: {}{}",
         io::in_quotes(file.kind), joined(known), near.empty() ? "" : "; nearest: " + near);
  }
  return file;
}

std::shared_ptr<const Network> load_network(const NetworkFile& file, const std::string& folder,
                                            std::uint64_t& hash) {
  Weights weights(folder);
  std::shared_ptr<const Network> network;
  if (const Unet2dConfig* u = file.unet())
    network = make_unet2d(file.json, *u, &weights);
  else
    network = make_dit(file.json, std::get<DitConfig>(file.config), &weights);
  // Positions follow from the configuration; some files hold them all the same.
  if (file.unet())
    weights.finish();
  else
    weights.finish({"pos_embed.pos_embed"});
  hash = hash_bytes(file.json.dump(), weights.hash());
  return network;
}

}  // namespace ulam::diffusers
