#pragma once
// Files that a draw writes, and the record in each of them that says how to repeat it.
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/io/array.h"
#include "ulam/model/model.h"

namespace ulam::cli {

enum class OutputKind { png, npy, npz, safetensors };

struct Output {
  std::string path;
  OutputKind kind;
};

/// What is written: rows [n, shape...] with their ids, class numbers (empty without classes) and captions
/// (empty or n).
struct Drawn {
  at::Tensor samples;
  std::vector<std::uint64_t> ids;
  std::vector<std::int64_t> labels;
  std::vector<std::string> captions;
  int columns = 0;  // of a page; 0: nearly square
};

/// Checks before anything is drawn: a known extension, a folder that is there, and for a .png pictures of one
/// or three channels, few enough for one page. Throws Error(option | system | unsupported).
Output check_output(const std::string& path, const ModelInfo& info, std::int64_t samples);
/// check_output where the user named no file: NAME.png for pictures, else NAME.npy.
std::string standard_output(const ModelInfo& info);

/// The arrays "samples", "ids" and, with classes, "label".
io::ArrayFile arrays_of(const Drawn& drawn);

/// Writes atomically. The record goes into the PNG's text chunk "ulam", into the metadata of npz and
/// safetensors, and beside an npy, which has no place for it, as FILE.npy.json. npz and safetensors hold
/// "samples", "ids" and "label" (with classes).
void write_output(const Output& output, const Drawn& drawn, const ModelInfo& info,
                  const nlohmann::json& record);

/// The record of a file that write_output wrote. Throws Error(file) when it has none, and what the readers
/// throw.
nlohmann::json read_record(const std::string& path);

}  // namespace ulam::cli
