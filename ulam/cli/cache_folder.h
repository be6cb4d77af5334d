#pragma once
#include <string>

namespace ulam::cli {

/// Where results that took long are kept: $ULAM_CACHE, else $XDG_CACHE_HOME/ulam, else ~/.cache/ulam; ""
/// without a home.
std::string cache_folder();

}  // namespace ulam::cli
