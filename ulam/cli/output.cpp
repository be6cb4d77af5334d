#include "ulam/cli/output.h"

#include <cctype>
#include <filesystem>
#include <unistd.h>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/io/grid.h"
#include "ulam/io/json.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/png.h"
#include "ulam/io/safetensors.h"
#include "ulam/learn/dataset.h"
#include "ulam/model/convert.h"

namespace ulam::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* keyword = "ulam";

/// Enlargement that keeps a page of many pictures below the size that a page may have.
io::PageStyle page_style(const ModelInfo& info, std::int64_t samples) {
  io::PageStyle style;
  if (samples > 256 || info.shape[1] * info.shape[2] > 128 * 128) style.scale = 1;
  return style;
}

OutputKind kind_of(const std::string& path) {
  std::string extension = fs::path(path).extension();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (extension == ".png") return OutputKind::png;
  if (extension == ".npy") return OutputKind::npy;
  if (extension == ".npz") return OutputKind::npz;
  if (extension == ".safetensors") return OutputKind::safetensors;
  fail(ErrorKind::option, path, "unknown kind of file, valid: .png, .npy, .npz, .safetensors");
}

io::Array page_of(const Drawn& drawn, const ModelInfo& info) {
  io::PageStyle style = page_style(info, drawn.samples.size(0));
  style.columns = drawn.columns;
  return io::make_page(picture_array(drawn.samples, info.data_low, info.data_high), drawn.captions, style);
}

io::ArrayFile arrays_with(const Drawn& drawn, const nlohmann::json& record) {
  io::ArrayFile file = arrays_of(drawn);
  file.metadata[keyword] = record.dump();
  return file;
}

}  // namespace

io::ArrayFile arrays_of(const Drawn& drawn) {
  io::ArrayFile file;
  const auto n = static_cast<std::int64_t>(drawn.ids.size());
  file.arrays.emplace_back("samples", to_array(drawn.samples));
  const std::vector<std::int64_t> ids(drawn.ids.begin(), drawn.ids.end());
  file.arrays.emplace_back("ids", io::make_array<std::int64_t>({n}, ids));
  if (!drawn.labels.empty())
    file.arrays.emplace_back("label", io::make_array<std::int64_t>({n}, drawn.labels));
  return file;
}

Output check_output(const std::string& path, const ModelInfo& info, std::int64_t samples) {
  const Output output{path, kind_of(path)};
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  std::error_code error;
  if (!fs::is_directory(folder, error))
    fail(ErrorKind::system, path, "the folder {} is not there", folder.string());
  if (fs::is_directory(path, error)) fail(ErrorKind::system, path, "is a folder");
  if (access(folder.c_str(), W_OK) != 0 && !fs::exists(path, error))
    fail(ErrorKind::system, path, "the folder {} cannot be written to", folder.string());
  if (output.kind != OutputKind::png) return output;
  if (!is_picture(info.shape))
    fail(ErrorKind::unsupported, path, "rows of shape {} are no pictures; write .npy, .npz or .safetensors",
         shape_text(info.shape));
  const int scale = page_style(info, samples).scale == 1 ? 1 : static_cast<int>(128 / info.shape[2]) + 1;
  const double pixels = 1.6 * scale * scale * static_cast<double>(info.shape[1] * info.shape[2] * samples);
  if (pixels > double{1 << 28})
    fail(ErrorKind::option, path, "{} pictures are too many for one page; write .npy, .npz or .safetensors",
         samples);
  return output;
}

std::string standard_output(const ModelInfo& info) {
  const std::string name = info.name.empty() ? "samples" : info.name;
  return name + (is_picture(info.shape) ? ".png" : ".npy");
}

void write_output(const Output& output, const Drawn& drawn, const ModelInfo& info,
                  const nlohmann::json& record) {
  switch (output.kind) {
    case OutputKind::png:
      io::write_png(output.path, page_of(drawn, info), {{keyword, record.dump()}});
      break;
    case OutputKind::npy:
      io::write_npy(output.path, to_array(drawn.samples));
      io::write_json(output.path + ".json", record);
      break;
    case OutputKind::npz:
      io::write_npz(output.path, arrays_with(drawn, record));
      break;
    case OutputKind::safetensors:
      io::write_safetensors(output.path, arrays_with(drawn, record));
      break;
  }
}

nlohmann::json read_record(const std::string& path) {
  if (fs::path(path).extension() == ".json") return io::read_json(path);
  std::map<std::string, std::string> texts;
  switch (kind_of(path)) {
    case OutputKind::png:
      texts = io::read_png(path).text;
      break;
    case OutputKind::npy:
      return io::read_json(path + ".json");
    case OutputKind::npz:
      texts = io::read_npz(path).metadata;
      break;
    case OutputKind::safetensors:
      texts = io::read_safetensors_metadata(path);
      break;
  }
  const auto found = texts.find(keyword);
  if (found == texts.end()) fail(ErrorKind::file, path, "holds no record of a draw by Ulam");
  return io::parse_json(found->second, path);
}

}  // namespace ulam::cli
