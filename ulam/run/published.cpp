#include "ulam/run/published.h"

#include "ulam/base/error.h"
#include "ulam/path/grid.h"

namespace ulam {

std::vector<std::pair<std::string, std::string>> published_candidates(const Path& path) {
  const std::vector<std::string> specs = {"ddim",
                                          "heun",
                                          "midpoint",
                                          "rk4",
                                          "rhork",
                                          "deis:degree=1",
                                          "deis:degree=2",
                                          "deis",
                                          "deis:variable=rho,degree=1",
                                          "deis:variable=rho,degree=2",
                                          "lms",
                                          "deis:variable=logsnr,degree=1",
                                          "deis:variable=logsnr,degree=2",
                                          "ipndm:order=2",
                                          "ipndm:order=3",
                                          "ipndm",
                                          "dpm",
                                          "dpm:kind=inner",
                                          "dpm:order=3",
                                          "dpmpp",
                                          "dpmpp:variant=heun",
                                          "dpmpp:order=3",
                                          "dpmpp:order=3,legacy",
                                          "dpmpp:lower=0",
                                          "dpmpp:kind=single",
                                          "dpmpp:kind=single,order=3",
                                          "unipc:order=2",
                                          "unipc",
                                          "unipc:order=2,variant=bh1",
                                          "unipc:lower=0",
                                          "ghvb",
                                          "ddim+dualfast",
                                          "ddim+afs",
                                          "ipndm:order=2+afs",
                                          "ipndm:order=3+afs",
                                          "deis:degree=2+afs",
                                          "dpmpp+afs",
                                          "unipc:order=2+afs"};
  std::vector<std::string> grids = {""};
  const std::string own = standard_grid(path);
  for (const char* grid : {"karras", "logsnr", "time", "time2"}) {
    if (own.substr(0, own.find(':')) == grid) continue;
    for (const char* final : {"clean", "end"}) {
      const std::string spec = std::string(grid) + ":final=" + final;
      try {
        if (make_grid(spec, path, 4).back() != make_grid(own, path, 4).back()) continue;
        grids.push_back(spec);
        break;
      } catch (const Error&) {  // the grid does not suit the path
      }
    }
  }
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& spec : specs)
    for (const std::string& grid : grids) out.emplace_back(spec, grid);
  return out;
}

}  // namespace ulam
