#pragma once
// The arithmetic of one pair of normals, in IEEE add, multiply and square root and integers only, so that
// every compiler and instruction set gives the same bits. Private to the kernels.
//
// Box and Muller 1958: z0 = r cos(a), z1 = r sin(a), r^2 = -2 ln u, u = (w0 + 1) / 2^32, a = 2 pi w1 / 2^32.
// The polynomials are minimax fits of degree 7 (log, relative error 6e-9), 2 and 2 (sine and cosine, below
// 4e-9), so float rounding is what remains: each number is within 1e-6 of the formula.
#include <bit>
#include <cstdint>

#include "ulam/kernels/isa.h"

namespace ulam::kernels {

/// r^2 = -2 ln((w + 1) / 2^32), between 0 and 44.37. Near u = 1 it works on 1 - u, which the bits give
/// exactly.
ULAM_INLINE float squared_radius(std::uint32_t w) {
  constexpr std::uint32_t root_half = 0x3F3504F3u;  // the bits of sqrt(1/2)
  // u > sqrt(1/2), as a mask: a branch would keep compilers from vectorising.
  const std::uint32_t near_one = 0u - static_cast<std::uint32_t>(w > 0xB504F333u);
  const std::uint32_t shifted = std::bit_cast<std::uint32_t>(static_cast<float>(w) + 1.0f) - root_half;
  const std::int32_t exponent =
      ((static_cast<std::int32_t>(shifted) >> 23) - 32) & static_cast<std::int32_t>(~near_one);
  const float mantissa =
      std::bit_cast<float>((shifted & 0x007FFFFFu) + root_half);  // in [sqrt(1/2), sqrt(2))
  const float below_one = static_cast<float>(static_cast<std::int32_t>(~w & 0x7FFFFFFFu)) * -0x1p-32f;
  const float f = std::bit_cast<float>((std::bit_cast<std::uint32_t>(below_one) & near_one) |
                                       (std::bit_cast<std::uint32_t>(mantissa - 1.0f) & ~near_one));
  float p = -0.0763633028f;
  p = p * f + 0.127636582f;
  p = p * f - 0.13160497f;
  p = p * f + 0.14201504f;
  p = p * f - 0.166233018f;
  p = p * f + 0.200012356f;
  p = p * f - 0.250008225f;
  p = p * f + 0.333333313f;
  p = p * f - 0.5f;
  const float log_mantissa = f + (f * f) * p;
  return -2.0f * (static_cast<float>(exponent) * 0.693147181f + log_mantissa);
}

struct Direction {
  float cosine, sine;
};

/// Cosine and sine of 2 pi w / 2^32: a quadrant and a remainder in [-pi/4, pi/4), both exact in integers.
ULAM_INLINE Direction direction(std::uint32_t w) {
  const std::uint32_t quadrant = (w + 0x20000000u) >> 30;
  const std::int32_t rest = static_cast<std::int32_t>(w - (quadrant << 30));
  const float t = static_cast<float>(rest) * 1.46291808e-9f;  // pi / 2^31
  const float y = t * t;
  const float s = t + (t * y) * (-0.166666552f + y * (0.008332178f + y * -0.000195172965f));
  const float c =
      1.0f + (y * -0.5f + (y * y) * (0.0416666456f + y * (-0.00138873688f + y * 2.44385501e-05f)));
  const std::uint32_t sine = std::bit_cast<std::uint32_t>(s), cosine = std::bit_cast<std::uint32_t>(c);
  const std::uint32_t odd = 0u - (quadrant & 1u);
  const std::uint32_t x = (cosine & ~odd) | (sine & odd), z = (sine & ~odd) | (cosine & odd);
  return {std::bit_cast<float>(x ^ (((quadrant + 1u) & 2u) << 30)),
          std::bit_cast<float>(z ^ ((quadrant & 2u) << 30))};
}

}  // namespace ulam::kernels
