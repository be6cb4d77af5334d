#pragma once
// Independent pieces of unequal size on libtorch's threads.
#include <cstddef>
#include <functional>

namespace ulam {

/// Calls piece(i) once for every i below `count`, without gradients; each thread takes the next that is left.
/// The first exception is thrown on when all threads have stopped.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& piece);

}  // namespace ulam
