"""Exact denoisers of mixture problem files, paths and grids, in float64: what every peer is handed.

Written from the formulas, not from Ulam's sources, so that an error in either shows as a difference.
"""
import json
import math

import torch

TP1 = {
    "problem": "mixture",
    "weights": [0.5, 0.3, 0.2],
    "means": [[-1.0], [0.4], [1.5]],
    "variances": [[0.04], [0.25], [0.09]],
    "path": {"kind": "vp"},
}


class Path:
    """x_t = a(t) x0 + s(t) eps for the kinds vp, edm and flow."""

    def __init__(self, given):
        given = {"kind": given} if isinstance(given, str) else dict(given)
        self.kind = given.get("kind", "edm")
        if self.kind == "vp":
            self.least, self.most = given.get("beta_min", 0.1), given.get("beta_max", 20.0)
            self.first, self.last = 1.0, given.get("t_data", 1e-3)
        elif self.kind == "edm":
            self.first, self.last = given.get("sigma_max", 80.0), given.get("sigma_min", 0.002)
        elif self.kind == "flow" and given.get("shift", 1) == 1:
            self.first, self.last = 1.0, 0.0
        else:
            raise SystemExit(f"path {given}: valid kinds are vp, edm, and flow without shift")

    def at(self, t):
        if self.kind == "vp":
            log_a = -t * t * (self.most - self.least) / 4 - t * self.least / 2
            return math.exp(log_a), math.sqrt(-math.expm1(2 * log_a))
        if self.kind == "edm":
            return 1.0, t
        return 1 - t, t

    def rho(self, t):
        a, s = self.at(t)
        return s / a if a > 0 else math.inf

    def time_of_rho(self, rho):
        """The inverse of rho; vp: the positive root of the quadratic in t."""
        if self.kind == "edm":
            return rho
        if self.kind == "flow":
            return rho / (1 + rho)
        square, linear = (self.most - self.least) / 4, self.least / 2
        log_a = 0.5 * math.log1p(rho * rho)
        return 2 * log_a / (linear + math.sqrt(linear * linear + 4 * square * log_a))


def grid(rule, path, steps):
    """time, time2, logsnr, karras; with "-clean" behind it the last time is 0."""
    clean = rule.endswith("-clean")
    rule = rule.removesuffix("-clean")
    count = steps - 1 if clean else steps
    share = [n / count for n in range(count + 1)]
    first, last = path.first, path.last
    if rule in ("time", "time2"):
        k = 2 if rule == "time2" else 1
        times = [(first ** (1 / k) + u * (last ** (1 / k) - first ** (1 / k))) ** k for u in share]
    elif rule == "logsnr":
        high, low = math.log(path.rho(first)), math.log(path.rho(last))
        times = [path.time_of_rho(math.exp(high + u * (low - high))) for u in share]
    elif rule == "karras":
        high, low = path.rho(first) ** (1 / 7), path.rho(last) ** (1 / 7)
        times = [path.time_of_rho((high + u * (low - high)) ** 7) for u in share]
    else:
        raise SystemExit(f"grid {rule}: valid are time, time2, logsnr, karras")
    times[0], times[-1] = first, last
    return times + [0.0] if clean else times


class Mixture:
    """D(x, a, s) = E[x0 | a x0 + s eps = x] of a Gaussian mixture with diagonal covariances.

    Computes in float64 and answers in the dtype of x.
    """

    def __init__(self, given):
        if given.get("problem") == "tp1":
            given = {**TP1, **{k: v for k, v in given.items() if k != "problem"}}
        if given.get("problem") != "mixture":
            raise SystemExit(f"problem {given.get('problem')}: valid are mixture and tp1")
        self.means = torch.tensor(given["means"], dtype=torch.float64)
        count, size = self.means.shape
        self.variances = torch.tensor(
            [v if isinstance(v, list) else [v] * size for v in given["variances"]], dtype=torch.float64)
        weights = torch.tensor(given.get("weights", [1.0] * count), dtype=torch.float64)
        self.log_weights = torch.log(weights / weights.sum())
        self.path = Path(given.get("path", "edm"))
        self.calls = 0

    def denoise(self, x, a, s):
        self.calls += 1
        a, s = float(a), float(s)
        total = a * a * self.variances + s * s  # [parts, size]
        off = x.double()[:, None, :] - a * self.means  # [rows, parts, size]
        logs = self.log_weights - 0.5 * (off * off / total + torch.log(total)).sum(-1)
        share = torch.softmax(logs, 1)
        means = self.means + a * self.variances / total * off
        return (share[..., None] * means).sum(1).to(x.dtype)


def read_problem(file):
    with open(file, encoding="utf-8") as f:
        given = json.load(f)
    return given, Mixture(given)
