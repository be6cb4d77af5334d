#pragma once
// `ulam methods`: the catalogue as a table, as details of one method, as JSON, as Markdown.
#include <string>

#include <nlohmann/json.hpp>

#include "ulam/all/catalogue.h"

namespace ulam::cli {

enum class MethodsForm { text, json, markdown };

/// All methods, or those called `name` with their parameters when it is not "". Throws Error(option) for an
/// unknown name.
std::string methods_text(const std::vector<Method>& all, const std::string& name, MethodsForm form);
nlohmann::json method_json(const Method& method);

}  // namespace ulam::cli
