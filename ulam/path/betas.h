#pragma once
// Tables of betas for discrete paths.
#include <string_view>
#include <vector>

namespace ulam {

/// n betas evenly spaced from first to last (Ho et al. 2020: 1000, 1e-4, 0.02). n >= 1.
std::vector<double> linear_betas(int n, double first = 1e-4, double last = 0.02);
/// n betas whose square roots are evenly spaced (latent diffusion: 1000, 0.00085, 0.012).
std::vector<double> scaled_linear_betas(int n, double first = 0.00085, double last = 0.012);
/// beta_i = min(1 - f(i+1)/f(i), most), f(i) = cos^2(pi/2 (i/n + o)/(1 + o)), o = .008 (Nichol and Dhariwal
/// 2021, eq. 17).
std::vector<double> cosine_betas(int n, double offset = 0.008, double most = 0.999);
/// The table whose sqrt(abar) is shifted and scaled so that the first entry stays and the last is 0; the last
/// beta is exactly 1 (Lin et al. 2024, arXiv 2305.08891, Alg. 1).
std::vector<double> zero_terminal_betas(const std::vector<double>& betas);

/// Throws Error(option) naming the index unless every beta is finite and in (0, 1); the last of two or more
/// may be 1.
void check_betas(const std::vector<double>& betas, std::string_view place);
/// log sqrt(abar_i), i = 0..T-1; -infinity at the end when the last beta is 1 or `zero_terminal_snr`. Summed
/// in log1p, so that 1 - abar keeps its relative precision.
std::vector<double> log_a_table(const std::vector<double>& betas, bool zero_terminal_snr);

}  // namespace ulam
