#pragma once
// What guidance terms carry from step to step.
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace ulam {

/// A tensor with a row a sample. Zeros stand for "nothing yet": rows that join others without it get zeros.
struct Remembered {
  std::string name;  // "0.momentum": the term's place among the field's terms, and its own word
  at::Tensor rows;   // [rows, ...]
};
using TermMemory = std::vector<Remembered>;

/// The tensor of that name; undefined where there is none.
at::Tensor recall(const TermMemory& memory, const std::string& name);
/// Puts `rows` there, in place of what had that name.
void remember(TermMemory& memory, const std::string& name, at::Tensor rows);

}  // namespace ulam
