#include "ulam/model/diffusers_weights.h"

#include <filesystem>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/io/json.h"
#include "ulam/io/quote.h"
#include "ulam/io/shard_index.h"
#include "ulam/model/convert.h"

namespace ulam::diffusers {
namespace {

namespace fs = std::filesystem;

bool weights_file_there(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Of a name of today, the one that older files have; "" where it never changed.
std::string older(const std::string& name) {
  for (const auto& [now, then] : {std::pair{".to_q.", ".query."},
                                  {".to_k.", ".key."},
                                  {".to_v.", ".value."},
                                  {".to_out.0.", ".proj_attn."}})
    if (const auto at = name.find(now); at != name.npos)
      return name.substr(0, at) + then + name.substr(at + std::string(now).size());
  return "";
}

[[noreturn]] void no_weights(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> seen;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    seen.push_back(it->path().filename());
  std::sort(seen.begin(), seen.end());
  for (const std::string& name : seen)
    if (name.ends_with(".bin") || name.ends_with(".ckpt") || name.ends_with(".pt") || name.ends_with(".pth"))
      io::check_weights_name(name, folder);
  fail(ErrorKind::system, folder,
       "holds no weights; diffusion_pytorch_model.safetensors, or its index and shards, are needed");
}

}  // namespace

Weights::Weights(const std::string& folder) : folder_(folder) {
  const fs::path at = folder;
  for (const char* stem : {"diffusion_pytorch_model", "model"})
    for (const char* variant : {"", ".fp16", ".bf16"}) {
      const fs::path whole = at / fmt::format("{}{}.safetensors", stem, variant);
      if (weights_file_there(whole)) {
        open(whole);
        return;
      }
      for (const fs::path& index : {at / fmt::format("{}.safetensors.index{}.json", stem, variant),
                                    at / fmt::format("{}{}.safetensors.index.json", stem, variant)}) {
        if (!weights_file_there(index)) continue;
        const io::ShardIndex shards = io::parse_shard_index(io::read_json(index), index.string());
        for (const std::string& file : shards.files) {
          if (!weights_file_there(at / file))
            fail(ErrorKind::system, index.string(), "the shard {} is missing", io::in_quotes(file));
          open(at / file);
        }
        for (const auto& [tensor, file] : shards.file_of) {
          const auto found = tensors_.find(tensor);
          if (found == tensors_.end() || fs::path(files_[found->second.file]->path()).filename() != file)
            fail(ErrorKind::file, index.string(), "tensor {} is not in {}, where the index puts it",
                 io::in_quotes(tensor), io::in_quotes(file));
        }
        return;
      }
    }
  no_weights(folder);
}

void Weights::open(const std::string& path) {
  files_.push_back(std::make_unique<io::SafetensorsFile>(path));
  for (const io::TensorHeader& t : files_.back()->header().tensors)
    if (!tensors_.emplace(t.name, Place{files_.size() - 1, &t}).second)
      fail(ErrorKind::file, path, "tensor {} is also in another shard", io::in_quotes(t.name));
}

at::Tensor Weights::take(const std::string& name, const std::vector<std::int64_t>& shape) {
  auto found = tensors_.find(name);
  if (found == tensors_.end()) found = tensors_.find(older(name));
  if (found == tensors_.end()) fail(ErrorKind::file, folder_, "tensor '{}' is missing", name);
  Place& place = found->second;
  const io::SafetensorsFile& file = *files_[place.file];
  const io::TensorHeader& header = *place.header;
  if (header.shape != shape)
    fail(ErrorKind::file, file.path(), "tensor {} has shape {}, the configuration needs {}",
         io::in_quotes(header.name), io::shape_text(header.shape), io::shape_text(shape));
  at::ScalarType type = at::kFloat;
  switch (header.dtype) {
    case io::Dtype::f32:
      break;
    case io::Dtype::f16:
      type = at::kHalf;
      break;
    case io::Dtype::bf16:
      type = at::kBFloat16;
      break;
    case io::Dtype::f64:
      type = at::kDouble;
      break;
    default:
      fail(ErrorKind::file, file.path(), "tensor {} holds {}, weights are floating point",
           io::in_quotes(header.name), io::name_of(header.dtype));
  }
  at::Tensor raw = at::empty(shape, type);
  const std::span<std::byte> bytes(static_cast<std::byte*>(raw.data_ptr()), raw.nbytes());
  file.read(header, bytes);
  hash_ = hash_bytes(name, hash_);
  const std::uint64_t own = hash_block({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  hash_ = hash_bytes({reinterpret_cast<const char*>(&own), sizeof own}, hash_);
  at::Tensor value = raw.to(at::kFloat);
  if (!at::isfinite(value).all().item<bool>())
    fail(ErrorKind::file, file.path(), "tensor {} holds NaN or infinity", io::in_quotes(header.name));
  place.taken = true;
  return value;
}

void Weights::finish(const std::vector<std::string>& spare) const {
  for (const auto& [name, place] : tensors_) {
    if (place.taken) continue;
    bool may = false;
    for (const std::string& start : spare) may = may || name.starts_with(start);
    if (!may)
      fail(ErrorKind::file, files_[place.file]->path(),
           "tensor {} belongs to no layer that the configuration names", io::in_quotes(name));
  }
}

std::uint64_t Weights::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [name, place] : tensors_) sum += place.header->end - place.header->begin;
  return sum;
}

}  // namespace ulam::diffusers
