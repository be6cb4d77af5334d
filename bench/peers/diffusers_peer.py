"""diffusers' schedulers on a problem: x0 of rows after exactly the given times, in float64.

A scheduler makes its own table of noise levels from a training table of 1000 entries. Here it is made as usual, and then
its table is replaced by ours, so that both compute on the same levels; everything that step() does is its own.
"""
import importlib
import importlib.metadata
import itertools
import logging
import warnings

import torch

from double import widen

warnings.filterwarnings("ignore", category=FutureWarning)
logging.disable(logging.WARNING)

NAME = "diffusers"
VERSION = importlib.metadata.version("diffusers")

FOLDER = "diffusers.schedulers."
FILES = {
    "DDIMScheduler": "scheduling_ddim",
    "DDPMScheduler": "scheduling_ddpm",
    "PNDMScheduler": "scheduling_pndm",
    "IPNDMScheduler": "scheduling_ipndm",
    "EulerDiscreteScheduler": "scheduling_euler_discrete",
    "EulerAncestralDiscreteScheduler": "scheduling_euler_ancestral_discrete",
    "HeunDiscreteScheduler": "scheduling_heun_discrete",
    "KDPM2DiscreteScheduler": "scheduling_k_dpm_2_discrete",
    "LMSDiscreteScheduler": "scheduling_lms_discrete",
    "DPMSolverMultistepScheduler": "scheduling_dpmsolver_multistep",
    "DPMSolverSinglestepScheduler": "scheduling_dpmsolver_singlestep",
    "DEISMultistepScheduler": "scheduling_deis_multistep",
    "UniPCMultistepScheduler": "scheduling_unipc_multistep",
    "SASolverScheduler": "scheduling_sasolver",
    "EDMEulerScheduler": "scheduling_edm_euler",
    "EDMDPMSolverMultistepScheduler": "scheduling_edm_dpmsolver_multistep",
    "FlowMatchEulerDiscreteScheduler": "scheduling_flow_match_euler_discrete",
    "FlowMatchHeunDiscreteScheduler": "scheduling_flow_match_heun_discrete",
}


def variants():
    """(class, options). Options in capitals are ours: NOISE, and arguments of step() rather than of the class."""
    runs = [
        ("DDIMScheduler", {"ETA": 0.0}),
        ("DDIMScheduler", {"ETA": 0.5, "NOISE": True}),
        ("DDIMScheduler", {"ETA": 1.0, "NOISE": True}),
        ("DDPMScheduler", {"variance_type": "fixed_small", "NOISE": True}),
        ("DDPMScheduler", {"variance_type": "fixed_large", "NOISE": True}),
        ("PNDMScheduler", {"skip_prk_steps": True}),
        ("PNDMScheduler", {"skip_prk_steps": False}),
        ("IPNDMScheduler", {}),
        ("EulerDiscreteScheduler", {}),
        ("EulerAncestralDiscreteScheduler", {"NOISE": True}),
        ("HeunDiscreteScheduler", {}),
        ("KDPM2DiscreteScheduler", {}),
        ("EDMEulerScheduler", {}),
        ("FlowMatchEulerDiscreteScheduler", {}),
        ("FlowMatchHeunDiscreteScheduler", {}),
    ]
    runs += [("LMSDiscreteScheduler", {"ORDER": n}) for n in (1, 2, 3, 4)]
    for name in ("DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler"):
        for algorithm, order in itertools.product(("dpmsolver++", "dpmsolver"), (1, 2, 3)):
            for kind in ("midpoint", "heun"):
                for lower in (False, True):
                    if order == 1 and (kind == "heun" or lower):
                        continue
                    if kind == "heun" and lower:
                        continue
                    runs.append((name, {"algorithm_type": algorithm, "solver_order": order, "solver_type": kind,
                                        "lower_order_final": lower}))
    for algorithm, order in itertools.product(("sde-dpmsolver++", "sde-dpmsolver"), (1, 2, 3)):
        for kind in ("midpoint", "heun"):
            if (order != 2 and kind == "heun") or (order == 3 and algorithm == "sde-dpmsolver"):
                continue
            runs.append(("DPMSolverMultistepScheduler",
                         {"algorithm_type": algorithm, "solver_order": order, "solver_type": kind,
                          "lower_order_final": False, "NOISE": True}))
    for order, lower in itertools.product((1, 2, 3), (False, True)):
        runs.append(("DEISMultistepScheduler", {"solver_order": order, "lower_order_final": lower}))
        runs.append(("EDMDPMSolverMultistepScheduler", {"solver_order": order, "lower_order_final": lower}))
    for order, kind, data, lower, corrector in itertools.product(
            (1, 2, 3), ("bh1", "bh2"), (True, False), (False, True), (True, False)):
        if lower and not data:
            continue
        runs.append(("UniPCMultistepScheduler",
                     {"solver_order": order, "solver_type": kind, "predict_x0": data, "lower_order_final": lower,
                      "CORRECTOR": corrector}))
    runs += [("UniPCMultistepScheduler", {"solver_order": order, "solver_type": "bh2", "predict_x0": True,
                                          "lower_order_final": True, "CORRECTOR": True, "SKIP": 1})
             for order in (1, 2, 3)]
    for predictor, corrector in ((1, 1), (2, 2), (3, 3), (3, 4)):
        for tau in (0.0, 1.0):
            runs.append(("SASolverScheduler",
                         {"predictor_order": predictor, "corrector_order": corrector, "lower_order_final": False,
                          "TAU": tau, **({"NOISE": True} if tau else {})}))
    return runs


RUNS = variants()


def module_of(name):
    return widen(importlib.import_module(FOLDER + FILES[name]))


def repeat_inner(levels, both_ends):
    """s0 s1 s1 s2 s2 .. : the levels of the halves of two-stage steps; the last twice only where it has a second half."""
    inner = levels[1:] if both_ends else levels[1:-1]
    parts = [levels[:1], inner.repeat_interleave(2)]
    return torch.cat(parts if both_ends else parts + [levels[-1:]])


class Levels:
    """The given times in the peers' terms."""

    def __init__(self, path, times):
        marginals = [path.at(t) for t in times]
        self.flow = path.kind == "flow"
        self.a = torch.tensor([a for a, _ in marginals])
        self.s = torch.tensor([s for _, s in marginals])
        self.rho = self.s / self.a
        self.steps = len(times) - 1
        self.clean = times[-1] == 0 and marginals[-1][1] == 0
        if self.flow:  # their flow tables hold s and take a = 1 - s
            self.sigmas, self.va, self.vs = self.s, self.a, self.s
        else:  # the variance-preserving coordinates of the same rho
            self.va = 1 / torch.sqrt(1 + self.rho**2)
            self.vs = self.rho * self.va
            self.sigmas = self.rho


def start_noise(module, noise):
    """Lets the module's randn_tensor hand out the given noise in turn; zeros where there is none."""
    if noise is None:
        module.randn_tensor = lambda shape, **_: torch.zeros(shape)
        return None
    queue = iter(noise)
    module.randn_tensor = lambda *_, **__: next(queue)
    return queue


def run(name, options, model, times, start, noise):
    """End rows at the last time, or None where the scheduler cannot take these times."""
    lv = Levels(model.path, times)
    options = dict(options)
    ours = {k: options.pop(k) for k in list(options) if k.isupper()}
    flow_only = name.startswith("FlowMatch")
    has_flow = name in ("DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "UniPCMultistepScheduler",
                        "DEISMultistepScheduler", "SASolverScheduler")
    if flow_only != lv.flow and not (lv.flow and has_flow):
        return None
    if lv.clean and options.get("algorithm_type", "").endswith("dpmsolver"):
        return None  # refused by the class: the noise form has no limit there
    module = module_of(name)
    make = getattr(module, name)
    steps = lv.steps
    final = {"final_sigmas_type": "zero" if lv.clean else "sigma_min"}
    if name in ("DDIMScheduler", "DDPMScheduler", "PNDMScheduler"):
        return run_table(module, make, name, options, ours, model, times, start, noise)
    if name in ("DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "UniPCMultistepScheduler",
                "EDMDPMSolverMultistepScheduler"):
        options.update(final)
    if name == "UniPCMultistepScheduler":
        options["disable_corrector"] = list(range(ours.get("SKIP", 0) if ours["CORRECTOR"] else steps))
    if has_flow:
        options["prediction_type"] = "sample"
        if lv.flow:
            options["use_flow_sigmas"] = True
    if name == "SASolverScheduler":
        tau = ours["TAU"]
        options["tau_func"] = lambda t: torch.tensor(tau)
    scheduler = make(**options)
    scheduler.set_timesteps(steps)
    scheduler.timesteps = torch.arange(steps, dtype=torch.get_default_dtype()) + 0.5
    scheduler.num_inference_steps = steps
    if name == "IPNDMScheduler":
        return run_ipndm(scheduler, model, lv, start)
    queue = start_noise(module, noise if ours.get("NOISE") else None)
    if name in ("HeunDiscreteScheduler", "FlowMatchHeunDiscreteScheduler", "KDPM2DiscreteScheduler"):
        return run_two_stages(scheduler, name, model, lv, start)
    scheduler.sigmas = lv.sigmas.clone()
    if hasattr(scheduler, "order_list"):
        scheduler.order_list = scheduler.get_order_list(steps)
        if len(scheduler.order_list) != steps or scheduler.config.lower_order_final != options["lower_order_final"]:
            return None  # its drivers without lower orders at the end need a multiple of the order
    if name.startswith("DPMSolver") and scheduler.config.algorithm_type.startswith("sde"):
        scheduler.model_outputs = [None] * scheduler.config.solver_order
    scheduler.set_begin_index(0)
    unscaled = name.startswith("EDM") or name in (
        "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "LMSDiscreteScheduler")
    # unscaled: coordinates x/a and sigma = rho; else a x0 + s eps with (a, s) = (va, vs).
    ca, cs = (torch.ones_like(lv.va), lv.rho) if unscaled else (lv.va, lv.vs)
    x = start * (ca[0] / lv.a[0] if lv.a[0] > 0 else 1.0)
    for i, t in enumerate(scheduler.timesteps):
        if unscaled:
            scheduler.scale_model_input(x, t)
        clean = model.denoise(x, ca[i], cs[i])
        if has_flow:
            answer = clean  # prediction_type sample
        elif flow_only:
            answer = (x - clean) / cs[i]  # velocity eps - x0
        elif name.startswith("EDM"):
            d = scheduler.config.sigma_data
            answer = (clean - d**2 / (cs[i]**2 + d**2) * x) / (cs[i] * d / (cs[i]**2 + d**2) ** 0.5)
        else:
            answer = (x - ca[i] * clean) / cs[i]
        more = {}
        if name == "LMSDiscreteScheduler":
            more["order"] = ours["ORDER"]
        if name == "DPMSolverMultistepScheduler" and queue is not None:
            more["variance_noise"] = next(queue)
        x = scheduler.step(answer, t, x, return_dict=False, **more)[0]
    return x * (lv.a[-1] / ca[-1])


def run_table(module, make, name, options, ours, model, times, start, noise):
    """Schedulers that read alphas_cumprod by integer time: entry k is level N - k."""
    if name == "PNDMScheduler":
        return run_pndm(make, options, model, times, start)
    lv = Levels(model.path, times)
    if lv.clean and name == "DDPMScheduler":
        return None  # a variance of 0 is raised to 1e-20 there
    steps = lv.steps
    scheduler = make(num_train_timesteps=steps, clip_sample=False, **options)
    scheduler.set_timesteps(steps)
    scheduler.alphas_cumprod = (lv.va**2).flip(0)
    queue = start_noise(module, noise if ours.get("NOISE") else None)
    if name == "DDPMScheduler":
        scheduler.timesteps = torch.arange(steps, -1, -1)
    x = start * (lv.va[0] / lv.a[0])
    for i, t in enumerate(range(steps, 0, -1)):
        clean = model.denoise(x, lv.va[i], lv.vs[i])
        more = {}
        if name == "DDIMScheduler":
            more["eta"] = ours["ETA"]
            if queue is not None:
                more["variance_noise"] = next(queue)
        x = scheduler.step((x - lv.va[i] * clean) / lv.vs[i], t, x, return_dict=False, **more)[0]
    return x * (lv.a[-1] / lv.va[-1])


def run_pndm(make, options, model, times, start):
    """Its Runge-Kutta steps also read halfway times: entry 2k is level N - k, odd ones the middle in time."""
    halves = [t for a, b in zip(times, times[1:]) for t in (a, (a + b) / 2)] + [times[-1]]
    lv = Levels(model.path, halves)
    steps = len(times) - 1
    scheduler = make(num_train_timesteps=2 * steps, steps_offset=2, timestep_spacing="leading", **options)
    scheduler.set_timesteps(steps)
    scheduler.alphas_cumprod = (lv.va**2).flip(0)
    x = start * (lv.va[0] / lv.a[0])
    for t in scheduler.timesteps:
        i = 2 * steps - int(t)
        clean = model.denoise(x, lv.va[i], lv.vs[i])
        x = scheduler.step((x - lv.va[i] * clean) / lv.vs[i], int(t), x, return_dict=False)[0]
    return x * (lv.a[-1] / lv.va[-1])


def run_ipndm(scheduler, model, lv, start):
    """Its "betas" are s and its answer is the velocity a eps - s x0."""
    scheduler.betas, scheduler.alphas = lv.vs.clone(), lv.va.clone()
    scheduler.set_begin_index(0)
    x = start * (lv.va[0] / lv.a[0])
    for i, t in enumerate(scheduler.timesteps):
        clean = model.denoise(x, lv.va[i], lv.vs[i])
        eps = (x - lv.va[i] * clean) / lv.vs[i]
        x = scheduler.step(lv.va[i] * eps - lv.vs[i] * clean, t, x, return_dict=False)[0]
    return x * (lv.a[-1] / lv.va[-1])


def run_two_stages(scheduler, name, model, lv, start):
    """Two calls of step() a step; one in the last step where it ends without noise."""
    flow = lv.flow
    levels = lv.s if flow else lv.rho
    scheduler.sigmas = repeat_inner(levels, not lv.clean)
    seen = scheduler.sigmas.clone()  # the level at which each call of the model happens
    if name == "KDPM2DiscreteScheduler":
        between = levels.log().lerp(levels.roll(1).log(), 0.5).exp()
        scheduler.sigmas_interpol = torch.cat([between[:1], between[1:].repeat_interleave(2), between[-1:]])
        seen[1::2] = between[1:][: len(seen[1::2])]
        scheduler.sigmas = torch.cat([levels[:1], levels[1:].repeat_interleave(2), levels[-1:]])
    calls = 2 * lv.steps - (1 if lv.clean else 0)
    scheduler.timesteps = torch.arange(calls, dtype=torch.get_default_dtype()) + 0.5
    scheduler.set_begin_index(0)
    x = start if flow else start / lv.a[0]
    # Call 2k sees level k, call 2k + 1 the level at the end of the step (or between, for KDPM2).
    for i, t in enumerate(scheduler.timesteps):
        if not flow:
            scheduler.scale_model_input(x, t)
        s = seen[i] if i % 2 else levels[i // 2]
        a = 1 - s if flow else torch.ones_like(s)
        clean = model.denoise(x, a, s)
        answer = (x - clean) / s if flow else (x - a * clean) / s  # velocity or noise
        x = scheduler.step(answer, t, x, return_dict=False)[0]
    return x if flow else x * lv.a[-1]
