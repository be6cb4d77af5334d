#include "ulam/run/job_export.h"

#include <algorithm>
#include <filesystem>

#include "ulam/base/error.h"
#include "ulam/io/atomic_file.h"
#include "ulam/io/digest.h"
#include "ulam/io/npy_header.h"
#include "ulam/io/npz.h"
#include "ulam/io/safetensors.h"
#include "ulam/io/safetensors_header.h"
#include "ulam/io/zip.h"
#include "ulam/run/job_care.h"
#include "ulam/run/job_folder.h"

namespace ulam {
namespace {

io::ByteView bytes_of(const std::string& text) { return io::as_byte_view(text); }

std::uint64_t size_of(const io::Array& head) { return *io::checked_byte_count(head.dtype, head.shape); }

}  // namespace

JobExport::JobExport(const std::string& folder) : folder_(folder) {
  const JobStatus status = job_status(folder);
  manifest_ = status.manifest;
  if (!status.finished())
    fail(ErrorKind::option, folder,
         "{} of {} samples are drawn; the command that started the job draws the rest, then it can be "
         "exported",
         status.samples, manifest_.count);
  const JobPaths paths{folder};
  hashes_.resize(static_cast<std::size_t>(manifest_.shards()));
  for (const JobEntry& entry : LedgerFile(paths.ledger(), job_id(manifest_), false).read_new())
    if (entry.shard >= 0 && entry.shard < manifest_.shards())
      hashes_[static_cast<std::size_t>(entry.shard)].push_back(entry.hash);
  for (const auto& [name, array] : shard(0).arrays) {
    io::Array head{array.dtype, array.shape, {}};
    head.shape[0] = manifest_.count;
    if (!io::checked_byte_count(head.dtype, head.shape))
      fail(ErrorKind::shape, folder, "the array '{}' of all samples is too large for any file", name);
    heads_.emplace_back(name, std::move(head));
  }
}

io::ArrayFile JobExport::shard(std::int64_t number) const {
  const std::string path = JobPaths{folder_}.shard(number);
  const io::Bytes bytes = io::read_file(path);
  const std::uint64_t hash = hash_bytes(io::as_text(bytes));
  const auto& known = hashes_[static_cast<std::size_t>(number)];
  if (std::find(known.begin(), known.end(), hash) == known.end())
    fail(
        ErrorKind::file, path,
        "its bytes are not those of the ledger; ulam job repair removes it, and the command that started the "
        "job draws it again");
  io::ArrayFile file = io::parse_safetensors(bytes, path);
  const std::int64_t rows = manifest_.range(number).count;
  if (file.arrays.empty()) fail(ErrorKind::file, path, "holds no array");
  for (const auto& [name, array] : file.arrays)
    if (array.shape.empty() || array.shape[0] != rows)
      fail(ErrorKind::file, path, "the array '{}' has the shape {}, {} rows are needed", name,
           io::shape_text(array.shape), rows);
  return file;
}

void JobExport::stream(const std::string& name, const Sink& sink) const {
  const io::Array* head = nullptr;
  for (const auto& [known, array] : heads_)
    if (known == name) head = &array;
  for (std::int64_t k = 0; k < manifest_.shards(); ++k) {
    const io::ArrayFile file = shard(k);
    const io::Array* array = file.find(name);
    if (array == nullptr || head == nullptr || array->dtype != head->dtype ||
        !std::equal(array->shape.begin() + 1, array->shape.end(), head->shape.begin() + 1, head->shape.end()))
      fail(ErrorKind::file, JobPaths{folder_}.shard(k), "has no array '{}' like that of shard 0", name);
    sink(array->bytes);
  }
}

void JobExport::write(const std::string& path, const std::map<std::string, std::string>& metadata) const {
  const std::string kind = std::filesystem::path(path).extension();
  if (kind == ".npy") {
    for (const auto& [name, head] : heads_) {
      if (name != "samples") continue;
      io::AtomicFile output(path);
      output.write(io::npy_header(head.dtype, head.shape));
      stream(name, [&](io::ByteView bytes) { output.write(bytes); });
      output.commit();
      return;
    }
    fail(ErrorKind::file, folder_, "the shards hold no array 'samples'; export to .npz or .safetensors");
  }
  if (kind == ".safetensors") {
    std::vector<io::TensorHeader> tensors;
    std::uint64_t end = 0;
    for (const auto& [name, head] : heads_) {
      tensors.push_back({name, head.dtype, head.shape, end, end + size_of(head)});
      end = tensors.back().end;
    }
    io::AtomicFile output(path);
    output.write(io::safetensors_header(tensors, metadata));
    for (const auto& [name, head] : heads_) stream(name, [&](io::ByteView bytes) { output.write(bytes); });
    output.commit();
    return;
  }
  if (kind != ".npz")
    fail(ErrorKind::option, path, "unknown kind of file for a job, valid: .npy, .npz, .safetensors");
  io::AtomicFile output(path);
  io::ZipWriter zip;
  for (const auto& [name, head] : heads_) {
    const std::string top = io::npy_header(head.dtype, head.shape);
    std::uint32_t crc = io::crc32_of(bytes_of(top));
    stream(name, [&](io::ByteView bytes) { crc = io::crc32_of(bytes, crc); });
    output.write(zip.begin(name + ".npy", top.size() + size_of(head), crc));
    output.write(top);
    stream(name, [&](io::ByteView bytes) { output.write(bytes); });
  }
  if (!metadata.empty()) {
    const std::string texts = nlohmann::json(metadata).dump(2) + "\n";
    output.write(zip.begin("metadata.json", texts.size(), io::crc32_of(bytes_of(texts))));
    output.write(texts);
  }
  output.write(zip.finish());
  output.commit();
}

}  // namespace ulam
