"""Ulam: the best samples a generative model can give for a budget of evaluations.

    import ulam
    draws = ulam.draw("fashion", steps=6, count=16, label=9)
    draws.samples                # torch.Tensor [16, 1, 28, 28]

    def denoiser(x, sigma, **conditions):       # any callable; k-diffusion's convention as it is
        return x / (1 + sigma.view(-1, 1) ** 2)
    ulam.draw(ulam.model(denoiser, shape=(4,)), solver="dpmpp", steps=12, count=100)
"""
import os as _os

import torch as _torch  # its libraries must be there before ours

from . import _ulam
from ._ulam import Draws, Energy, Model
from .errors import (
    BudgetError,
    CancelledError,
    Error,
    FileError,
    NumericError,
    OptionError,
    ShapeError,
    SystemFault,
    UnsupportedError,
)
from .progress import Bar as _Bar

__version__ = _ulam.version
__all__ = [
    "Draws", "Energy", "Model", "draw", "energy", "evaluations", "methods", "model", "open", "reward", "Error",
    "OptionError", "ShapeError", "FileError", "SystemFault", "UnsupportedError", "NumericError", "BudgetError", "CancelledError",
]

_models = _os.path.join(_os.path.dirname(__file__), "models")


def open(name, *, path="", dtype="", trust=False):  # noqa: A001 (the word that users expect)
    """A shipped model by name ("fashion"), a folder (a bundle of Ulam, or what diffusers saved), an exact problem
    ("tp1", "ring:width=0.05") or a problem's .json file. `path` and `dtype` ("float32", "float64") are for problems.

    trust: open bundles too whose network is a program (TorchScript, AOTInductor). Such a file can run any code when it
    is opened; without trust it is refused.
    """
    return _ulam.open(_os.fspath(name), path, dtype, _models, bool(trust))


def model(function, shape, *, path="edm", prediction="data", sigma_data=0.5, classes=0, null_class=False,
          dtype=_torch.float32, row_limit=0, name="model"):
    """Any callable function(x, t, **conditions) -> tensor like x, as a model.

    shape: of one row. path and prediction: what t and the answer mean; the standard, "edm" and "data", is
    k-diffusion's convention model(x, sigma, **conditions). t is [rows] in x's dtype; with `classes`, label is int64
    [rows], and with `null_class` the number `classes` stands for none. Rows must not depend on one another. What the
    function raises comes out of draw() as it is.
    """
    return _ulam.of_callable(function, list(shape), path, prediction, sigma_data, classes, null_class,
                             str(dtype).removeprefix("torch."), row_limit, name)


def energy(function, scale=1.0, *, low=0.0, high=float("inf"), start=0.0, stop=1.0, sigma=False, name=None):
    """A term for `guide=` from any function(x0) -> [rows] of data estimates x0 [rows, ...]: samples for which it is low.

    torch differentiates it, and the model too: the score loses scale times the gradient of function(D(x_t)). Where the
    function is affine that draws from the data tilted by exp(-scale function), elsewhere from something near it.
    sigma=True: the function is told how noisy the state is, function(x0, sigma) with sigma = s/a [rows].
    The term acts where low < sigma <= high, and from the share `start` of the steps to `stop`. Rows must not depend on one
    another. What the function raises comes out of draw() as it is.
    """
    return _ulam.energy(function, scale, low, high, start, stop, sigma,
                        getattr(function, "__name__", "function") if name is None else name)


def reward(function, scale=1.0, **window):
    """The same for a function that is to be high: an energy of -function. `window` as for energy()."""
    return energy(function, -scale, **window)


def _guide(guide):
    return [] if guide is None else [guide] if isinstance(guide, (str, Energy)) else list(guide)


def _given(label, conditions, count, ids, **options):
    conditions = {k: _torch.as_tensor(v) for k, v in (conditions or {}).items()}
    if label is not None:
        conditions["label"] = _torch.as_tensor(label, dtype=_torch.int64)
    if ids is None and count is None:
        rows = [v.shape[0] for v in conditions.values() if v.dim() > 0]
        noise = options.get("noise")
        count = noise.shape[0] if noise is not None else rows[0] if rows else 1
    options["guide"] = _guide(options["guide"])
    return dict(options, models=_models, conditions=conditions, count=1 if count is None else count, ids=ids)


def draw(model, *, solver=None, steps=None, grid=None, times=None, plan=None, guide=None, post=None, count=None, seed=0,
         first_id=0, ids=None, label=None, conditions=None, noise=None, batch=None, cap=None, differentiable=False,
         progress=None, trust=False):
    """Draws samples; see `ulam methods` or methods() for solvers, grids and terms, by the same specs as on the command line.

    model: a Model, or whatever open() takes. Without solver, what the model's folder recommends, else ddim; steps 18.
    plan: a file, or the text of Draws.plan. label: a class, or one for every sample; conditions: rows by name.
    guide: a spec as "cfg:scale=2+pag", an energy() or reward(), or a list of both.
    A sample's noise depends on seed and id alone. noise: a start state at the first time, rows first. cap: most
    evaluations; the draw shrinks to what they allow. differentiable: keeps torch's graph. progress: True shows a bar;
    or a function of (done, total). The interpreter's lock is free while no Python callable runs; Ctrl-C ends the draw.
    trust: as for open(), of the model where it is named here and of models that `guide` names.
    """
    bar = _Bar() if progress is True else None
    try:
        return _ulam.draw(_opened(model, trust), _given(
            label, conditions, count, ids, solver=solver, steps=steps, grid=grid, times=times, plan=_text(plan),
            guide=guide, post=post, seed=seed, first_id=first_id, noise=noise, batch=batch, cap=cap,
            differentiable=differentiable, trust=trust, progress=bar if bar is not None else progress or None))
    finally:
        if bar is not None:
            bar.close()


def evaluations(model, *, solver=None, steps=None, grid=None, times=None, plan=None, guide=None, trust=False):
    """Evaluations that one sample of draw() with these options costs, known before the draw."""
    return _ulam.evaluations(_opened(model, trust), _given(
        None, None, 1, None, solver=solver, steps=steps, grid=grid, times=times, plan=_text(plan), guide=guide, post=None,
        seed=0, first_id=0, noise=None, batch=None, cap=None, differentiable=False, trust=trust, progress=None))


def methods(kind=""):
    """What there is, as dicts: solvers, grids, paths, guidance terms ("guide"), measures and more. `parameters` maps a
    name to (default, purpose)."""
    return _ulam.methods(kind)


def _opened(model, trust):
    return model if isinstance(model, Model) else open(model, trust=trust)


def _text(plan):
    return None if plan is None else _os.fspath(plan)
