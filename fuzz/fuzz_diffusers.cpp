// Feeds bytes to the readers of diffusers' configurations: the networks', an autoencoder's, a scheduler's, a
// pipeline's and an index of shards. Each must accept or throw ulam::Error. What an accepted network or
// autoencoder says of its levels must hold together; an accepted scheduler's path must be finite where it is
// used and its spacing a known grid; an accepted index names files of its folder only, and a pipeline known
// parts.
#include <cmath>
#include <cstdlib>

#include "ulam/base/error.h"
#include "ulam/io/python_json.h"
#include "ulam/io/shard_index.h"
#include "ulam/model/diffusers_dit_config.h"
#include "ulam/model/diffusers_pipeline.h"
#include "ulam/model/diffusers_scheduler.h"
#include "ulam/model/diffusers_unet_config.h"
#include "ulam/model/diffusers_vae_config.h"
#include "ulam/path/grid.h"

namespace {

using nlohmann::json;

void expect(bool holds) {
  if (!holds) std::abort();
}

template <typename Work>
void attempt(Work work) {
  try {
    work();
  } catch (const ulam::Error& error) {
    for (const char* c = error.what(); *c != 0; ++c) expect(*c >= 0x20);
  }
}

void network(const json& j) {
  const auto c = ulam::diffusers::parse_unet2d(j, "config");
  expect(!c.channels.empty() && c.down.size() == c.channels.size() && c.up.size() == c.channels.size());
  expect(c.height > 0 && c.width > 0 && c.in_channels > 0 && c.out_channels > 0 && c.time_dim > 0 &&
         c.layers > 0);
  for (const int n : c.channels) expect(n > 0 && n <= 65536);
}

void transformer(const json& j) {
  const auto c = ulam::diffusers::parse_dit(j, "config");
  expect(c.width() > 0 && c.width() <= 65536 && c.width() % 4 == 0 && c.layers > 0 && c.classes > 0);
  expect(c.in_channels > 0 && c.out_channels > 0 && c.patch > 0 && c.grid() * c.patch == c.size);
  expect(c.grid() > 0 && c.grid() * c.grid() <= 16384);
}

void autoencoder(const json& j) {
  const auto c = ulam::diffusers::parse_vae(j, "config");
  expect(!c.channels.empty() && c.down.size() == c.channels.size() && c.up.size() == c.channels.size());
  for (const int n : c.channels) expect(n > 0 && n % c.groups == 0);
  expect(c.factor() >= 1 && c.factor() <= 1 << 15 && c.latent_channels > 0 && c.layers > 0 && c.scale > 0);
  const auto channels = static_cast<std::size_t>(c.latent_channels);
  expect((c.mean.empty() || c.mean.size() == channels) && (c.std.empty() || c.std.size() == channels));
  for (const double s : c.std) expect(s > 0);
}

void pipeline(const json& j) {
  const auto p = ulam::diffusers::parse_pipeline_index(j, "index");
  expect(p.network == "unet" || p.network == "transformer");
  for (const auto& [name, kind] : p.autoencoders) expect(name == "vae" || name == "vqvae");
  for (const auto& [number, name] : p.class_names) expect(number >= 0);
  attempt([&] {
    for (const std::string& name : ulam::diffusers::class_names_of(p.class_names, 5, "index"))
      for (const char c : name) expect(static_cast<unsigned char>(c) >= 0x20);
  });
}

void scheduler(const json& j) {
  const auto s = ulam::diffusers::parse_scheduler(j, "scheduler");
  const ulam::Marginal first = s.path.at(s.path.t_noise()), last = s.path.at(s.path.t_data());
  expect(std::isfinite(first.a) && std::isfinite(first.s) && first.s > 0);
  expect(std::isfinite(last.a) && last.a > 0);
  // A grid may refuse what the path cannot have (steps, ends), by its own sentence.
  attempt([&] { ulam::make_grid(s.draw.at("grid").get<std::string>(), s.path, 2); });
}

void index(const json& j) {
  for (const std::string& file : ulam::io::parse_shard_index(j, "index").files)
    expect(file.find('/') == file.npos && file.ends_with(".safetensors"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  json value;
  try {
    value = ulam::io::parse_python_json(ulam::io::as_text(std::as_bytes(std::span(data, size))), "fuzz");
  } catch (const ulam::Error&) {
    return 0;
  }
  attempt([&] { network(value); });
  attempt([&] { transformer(value); });
  attempt([&] { autoencoder(value); });
  attempt([&] { pipeline(value); });
  attempt([&] { scheduler(value); });
  attempt([&] { index(value); });
  return 0;
}
