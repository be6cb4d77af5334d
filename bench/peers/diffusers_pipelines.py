"""Runs whole pipelines of diffusers, a small network under every scheduler, and a small DiT pipeline up to its pictures, and
stores where they end: tests/cli/golden/diffusers_draws.safetensors and dit_pipeline.safetensors.

    ../peers-venv/bin/python bench/peers/diffusers_pipelines.py

Weights, start states and noise are made by arithmetic (weights.py) on both sides. Configurations are stored as diffusers
writes them. States are stored as the variance-preserving x where a scheduler works on x / a.
"""
import importlib
import json
import logging
import pathlib
import sys
import warnings

import numpy as np
import torch

import diffusers_networks
import weights

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "cli" / "golden"
NETWORK = diffusers_networks.SMALL | diffusers_networks.MIXED
ROWS = 2

# name -> scheduler, its options, steps; "clipped": DDIM takes the noise from the clipped data estimate.
CASES = {
    "ddim": ("DDIM", {"clip_sample": False}, 10),
    "ddim_clip": ("DDIM", {}, 10),
    "ddim_offset": ("DDIM", {"clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1, "beta_schedule": "scaled_linear",
                             "beta_start": 0.00085, "beta_end": 0.012}, 20),
    "ddim_zero_snr": ("DDIM", {"clip_sample": False, "rescale_betas_zero_snr": True, "prediction_type": "v_prediction",
                               "timestep_spacing": "trailing"}, 10),
    "ddim_sample": ("DDIM", {"clip_sample_range": 0.8, "prediction_type": "sample", "beta_schedule": "squaredcos_cap_v2"}, 8),
    "ddpm": ("DDPM", {}, 10),
    "ddpm_large": ("DDPM", {"variance_type": "fixed_large", "beta_schedule": "squaredcos_cap_v2", "prediction_type": "sample",
                            "clip_sample": False}, 10),
    "ddpm_sigmoid": ("DDPM", {"beta_schedule": "sigmoid", "thresholding": True, "sample_max_value": 1.5}, 10),
    "ddpm_laplace": ("DDPM", {"beta_schedule": "laplace", "clip_sample_range": 2.0}, 10),
    "ddpm_table": ("DDPM", {"trained_betas": [0.002 * (i + 1) ** 1.5 for i in range(20)], "num_train_timesteps": 20}, 20),
    "euler": ("EulerDiscrete", {"timestep_spacing": "trailing"}, 10),
    "euler_v": ("EulerDiscrete", {"timestep_spacing": "trailing", "prediction_type": "v_prediction"}, 10),
    "dpmpp": ("DPMSolverMultistep", {"timestep_spacing": "trailing"}, 10),
    "dpmpp_heun": ("DPMSolverMultistep", {"timestep_spacing": "trailing", "solver_type": "heun", "lower_order_final": False,
                                          "thresholding": True}, 20),
    "dpmpp_lin": ("DPMSolverMultistep", {}, 10),
    "dpmpp_leading": ("DPMSolverMultistep", {"timestep_spacing": "leading", "steps_offset": 1}, 20),
    "dpmpp_third": ("DPMSolverMultistep", {"solver_order": 3}, 20),
    "dpm_noise": ("DPMSolverMultistep", {"timestep_spacing": "trailing", "algorithm_type": "dpmsolver",
                                         "final_sigmas_type": "sigma_min"}, 10),
    "dpmpp_sde": ("DPMSolverMultistep", {"timestep_spacing": "trailing", "algorithm_type": "sde-dpmsolver++"}, 10),
    "dpmpp_single": ("DPMSolverSinglestep", {}, 10),
    "dpm_single": ("DPMSolverSinglestep", {"final_sigmas_type": "sigma_min"}, 10),
    "deis": ("DEISMultistep", {}, 10),
    "deis_trailing": ("DEISMultistep", {"timestep_spacing": "trailing", "solver_order": 3, "lower_order_final": False}, 20),
    "heun": ("HeunDiscrete", {}, 10),
    "heun_v": ("HeunDiscrete", {"timestep_spacing": "trailing", "prediction_type": "v_prediction"}, 8),
    "dpm2": ("KDPM2Discrete", {}, 10),
    "ancestral": ("EulerAncestralDiscrete", {"timestep_spacing": "trailing"}, 10),
    "lms": ("LMSDiscrete", {"timestep_spacing": "trailing"}, 10),
    "lms_lin": ("LMSDiscrete", {}, 10),
    "pndm": ("PNDM", {"timestep_spacing": "trailing"}, 20),
    "unipc": ("UniPCMultistep", {"timestep_spacing": "trailing", "lower_order_final": True}, 10),
    "unipc_lin": ("UniPCMultistep", {}, 20),
    "edm": ("EDMEuler", {}, 10),
    "edm_dpmpp": ("EDMDPMSolverMultistep", {"sigma_data": 0.7}, 10),
    "flow": ("FlowMatchEulerDiscrete", {}, 8),
    "flow_shift": ("FlowMatchEulerDiscrete", {"shift": 3.0}, 8),
}


# name -> scheduler, its options, steps, guidance scale. The pipeline's null class is 1000, so there are as many classes.
DIT_CASES = {
    "ddim": ("DDIM", {"clip_sample": False}, 10, 1.0),
    "ddim_guided": ("DDIM", {"clip_sample": False}, 10, 4.0),
    "dpmpp_guided": ("DPMSolverMultistep", {"timestep_spacing": "trailing"}, 10, 2.5),
}
DIT_NETWORK = diffusers_networks.DIT | {"num_embeds_ada_norm": 1000}
DIT_VAE = diffusers_networks.VAE | {"scaling_factor": 0.5}
DIT_LABELS = [7, 999]


def run(name, kind, options, steps, network):
    import diffusers

    module = importlib.import_module(getattr(diffusers, kind + "Scheduler").__module__)
    noise = iter(diffusers_networks.inputs(f"{name}.noise{i}", (ROWS, 3, 8, 8)) for i in range(steps))
    if hasattr(module, "randn_tensor"):
        module.randn_tensor = lambda shape, **_: next(noise)
    scheduler = getattr(diffusers, kind + "Scheduler")(**options)
    scheduler.set_timesteps(steps)
    start = diffusers_networks.inputs(f"{name}.start", (ROWS, 3, 8, 8))
    x = start * scheduler.init_noise_sigma if hasattr(scheduler, "init_noise_sigma") else start
    more = {"use_clipped_model_output": True} if kind == "DDIM" else {}
    tables = hasattr(scheduler, "sigmas") and hasattr(scheduler, "betas") and not kind.startswith(("DPM", "DEIS", "UniPC"))
    first = x / (1 + scheduler.sigmas[0] ** 2) ** 0.5 if tables else x.clone()
    times = []
    with torch.no_grad():
        for i, t in enumerate(scheduler.timesteps):
            given = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
            if kind.startswith("Flow"):
                times.append(float(scheduler.sigmas[i]))
            x = scheduler.step(network(given, t.float() if torch.is_tensor(t) else t).sample, t, x, **more).prev_sample
    assert torch.isfinite(x).all(), name
    described = {"scheduler": scheduler.to_json_string(), "steps": steps, "evaluations": len(scheduler.timesteps)}
    if kind.startswith("Flow"):  # in the path's own time t: s = shift t / (1 + (shift - 1) t)
        shift = options.get("shift", 1.0)
        described["times"] = [s / (shift - (shift - 1) * s) for s in times] + [0.0]
    print(f"{name:16} {float(x.abs().max()):10.4g}")
    return described, {"start": first, "end": x}


def main():
    from diffusers import UNet2DModel
    from safetensors.numpy import save_file

    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = UNet2DModel(**NETWORK).eval()
    listed = weights.fill(network)
    tensors, described = {}, {}
    for name, (kind, options, steps) in CASES.items():
        described[name], given = run(name, kind, options, steps, network)
        for key, value in given.items():
            tensors[f"{name}.{key}"] = np.ascontiguousarray(value.numpy())
    GOLDEN.mkdir(exist_ok=True)
    config = json.loads(network.to_json_string())
    save_file(tensors, GOLDEN / "diffusers_draws.safetensors",
              metadata={"cases": json.dumps(described, separators=(",", ":")),
                        "network": json.dumps({"config": config, "tensors": listed}, separators=(",", ":"))})
    print((GOLDEN / "diffusers_draws.safetensors").stat().st_size, "bytes")


def dit():
    import tempfile

    import diffusers
    from diffusers.pipelines.dit import pipeline_dit
    from safetensors.numpy import save_file

    torch.manual_seed(0)
    torch.set_num_threads(1)
    parts, listed = {}, {}
    for part, network in (("transformer", diffusers.DiTTransformer2DModel(**DIT_NETWORK)), ("vae", diffusers.AutoencoderKL(**DIT_VAE))):
        parts[part] = network.eval()
        listed[part] = {"tensors": weights.fill(network), "config": json.loads(network.to_json_string())}
    tensors, described = {}, {}
    for name, (kind, options, steps, scale) in DIT_CASES.items():
        scheduler = getattr(diffusers, kind + "Scheduler")(**options)
        pipeline = diffusers.DiTPipeline(**parts, scheduler=scheduler)
        pipeline.set_progress_bar_config(disable=True)
        start = diffusers_networks.inputs(f"dit.{name}.start", (len(DIT_LABELS), 4, 8, 8))
        pipeline_dit.randn_tensor = lambda *_, **__: start.clone()
        pictures = pipeline(DIT_LABELS, guidance_scale=scale, num_inference_steps=steps, output_type="np").images
        assert np.isfinite(pictures).all(), name
        with tempfile.TemporaryDirectory() as folder:
            pipeline.save_pretrained(folder)
            index = json.loads((pathlib.Path(folder) / "model_index.json").read_text())
        described[name] = {"scheduler": scheduler.to_json_string(), "steps": steps, "scale": scale, "labels": DIT_LABELS, "index": index}
        tensors[f"{name}.start"] = np.ascontiguousarray(start.numpy())
        tensors[f"{name}.end"] = np.ascontiguousarray(2 * pictures.transpose(0, 3, 1, 2) - 1).astype(np.float32)
        inside = np.abs(tensors[f"{name}.end"]) < 1
        print(f"{name:16} {inside.mean():10.4g} of the pixels are within the range")
    save_file(tensors, GOLDEN / "dit_pipeline.safetensors",
              metadata={"cases": json.dumps(described, separators=(",", ":")), "parts": json.dumps(listed, separators=(",", ":"))})
    print((GOLDEN / "dit_pipeline.safetensors").stat().st_size, "bytes")


if __name__ == "__main__":
    if "draws" in sys.argv[1:] or len(sys.argv) == 1:
        main()
    if "dit" in sys.argv[1:] or len(sys.argv) == 1:
        dit()
