"""k-diffusion's samplers on a problem: x0 of rows after the given times, in float64."""
import importlib
import importlib.metadata
import sys
import types

import torch


def load_sampling():
    """k_diffusion.sampling without the package's training half and its dependencies (torchvision and others)."""
    folder = importlib.metadata.distribution("k-diffusion").locate_file("k_diffusion")
    package = types.ModuleType("k_diffusion")
    package.__path__ = [str(folder)]
    sys.modules["k_diffusion"] = package
    stubs = ["torchvision", "torchvision.transforms", "torchvision.transforms.functional"]
    stubs = [name for name in stubs if name not in sys.modules]
    for name in stubs:
        sys.modules[name] = types.ModuleType(name)
        if "." in name:
            parent, child = name.rsplit(".", 1)
            setattr(sys.modules[parent], child, sys.modules[name])
    try:
        return importlib.import_module("k_diffusion.sampling")
    finally:
        for name in stubs:
            del sys.modules[name]


sampling = load_sampling()
NAME = "k-diffusion"
VERSION = importlib.metadata.version("k-diffusion")

# name, options; "noise": True where the sampler is handed the setting's noise.
RUNS = [
    ("sample_euler", {}),
    ("sample_heun", {}),
    ("sample_dpm_2", {}),
    *[("sample_lms", {"order": n}) for n in (1, 2, 3, 4)],
    ("sample_dpmpp_2m", {}),
    ("sample_dpmpp_2s_ancestral", {"eta": 0.0}),
    ("sample_dpmpp_sde", {"eta": 0.0}),
    ("sample_dpmpp_2m_sde", {"eta": 0.0, "solver_type": "midpoint"}),
    ("sample_dpmpp_2m_sde", {"eta": 0.0, "solver_type": "heun"}),
    ("sample_dpmpp_3m_sde", {"eta": 0.0}),
    ("sample_euler_ancestral", {"eta": 1.0, "noise": True}),
    ("sample_euler_ancestral", {"eta": 0.5, "noise": True}),
    ("sample_dpm_2_ancestral", {"eta": 1.0, "noise": True}),
    ("sample_dpmpp_2s_ancestral", {"eta": 1.0, "noise": True}),
    ("sample_dpmpp_sde", {"eta": 1.0, "noise": True}),
    ("sample_dpmpp_2m_sde", {"eta": 1.0, "solver_type": "midpoint", "noise": True}),
    ("sample_dpmpp_2m_sde", {"eta": 1.0, "solver_type": "heun", "noise": True}),
    ("sample_dpmpp_2m_sde", {"eta": 0.5, "solver_type": "midpoint", "noise": True}),
    ("sample_dpmpp_3m_sde", {"eta": 1.0, "noise": True}),
    # Its grid is its own: uniform in log sigma between the ends, blocks of orders 3, 3, .., 2, 1.
    *[("sample_dpm_fast", {"n": n}) for n in (6, 7, 8, 9)],
]


def injected(noise):
    queue = iter(noise)
    return lambda *_: next(queue)


def run(name, options, model, times, start, noise):
    """End rows at the last time, or None where the sampler does not take these times."""
    path = model.path
    rho = [path.rho(t) for t in times]
    if not all(r < float("inf") for r in rho):
        return None  # sigma is infinite where a = 0
    options = dict(options)
    with_noise = options.pop("noise", False)

    def denoiser(x, sigma, **_):
        # Its coordinates are x/a and sigma = s/a: the path with a = 1.
        return model.denoise(x, 1.0, sigma.flatten()[0])

    sigmas = torch.tensor(rho)
    a_start, a_end = path.at(times[0])[0], path.at(times[-1])[0]
    x = start / a_start
    if with_noise:
        options["noise_sampler"] = injected(noise)
    elif "eta" in options:
        options["noise_sampler"] = lambda *_: torch.zeros_like(start)
    function = getattr(sampling, name)
    if name == "sample_dpm_fast":
        if rho[-1] == 0:
            return None
        end = function(denoiser, x, sigmas[-1], sigmas[0], disable=True, **options)
    else:
        end = function(denoiser, x, sigmas, disable=True, **options)
    return end * a_end
