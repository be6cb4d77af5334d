"""Processor time of one DPM-Solver++(2M) step with a model that costs nothing: k-diffusion, diffusers, Ulam.

    python timing.py BUILD/bench/peer_step

One thread each, float32, in turn within the same minute; medians and the quotients of each round's neighbours. A step
is everything that the program does between two calls of the model; ours also counts, cuts and charges the call.
"""
import argparse
import json
import platform
import statistics
import subprocess
import sys
import time

import torch

import diffusers
import k_diffusion_peer

SHAPES = {"4x4x64x64": (4, 4, 64, 64), "64x3x32x32": (64, 3, 32, 32), "256x3x64x64": (256, 3, 64, 64)}


def k_diffusion_step(shape, steps):
    answer = torch.full(shape, 0.1)
    sigmas = torch.linspace(80, 0.002, steps + 1)
    x = torch.ones(shape)
    begin = time.thread_time()
    k_diffusion_peer.sampling.sample_dpmpp_2m(lambda *_, **__: answer, x, sigmas, disable=True)
    return (time.thread_time() - begin) / steps


def diffusers_step(shape, steps):
    answer = torch.full(shape, 0.1)
    scheduler = diffusers.DPMSolverMultistepScheduler(prediction_type="sample")
    scheduler.set_timesteps(steps)
    scheduler.set_begin_index(0)  # as its pipelines do
    x = torch.ones(shape)
    begin = time.thread_time()
    for t in scheduler.timesteps:
        x = scheduler.step(answer, t, x, return_dict=False)[0]
    return (time.thread_time() - begin) / steps


class Ours:
    def __init__(self, program, solver):
        self.solver = solver
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, shape, steps):
        sizes = ",".join(map(str, shape[1:]))
        self.process.stdin.write(f"{self.solver} {sizes} {shape[0]} {steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise SystemExit(f"peer_step: {answer or 'ended'}")
        return float(answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="bench/peer_step of a release build")
    parser.add_argument("--solver", default="dpmpp:order=2,lower=0")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", help="file for the figures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    ours = Ours(args.program, args.solver)
    sides = {"k-diffusion": k_diffusion_step, "diffusers": diffusers_step, "ours": ours}
    result = {"torch": torch.__version__, "diffusers": diffusers.__version__, "k-diffusion": k_diffusion_peer.VERSION,
              "python": platform.python_version(), "solver": args.solver, "microseconds": {}}
    print(f"{'':14}" + "".join(f"{name:>14}" for name in sides) + f"{'k-diffusion/ours':>20}{'diffusers/ours':>18}")
    for text, shape in SHAPES.items():
        steps = max(20, min(400, 40_000_000 // torch.Size(shape).numel()))
        for side in sides.values():
            side(shape, steps)  # warm
        rounds = [{name: side(shape, steps) for name, side in sides.items()} for _ in range(args.rounds)]
        middle = {name: statistics.median(r[name] for r in rounds) for name in sides}
        ratio = {name: statistics.median(r[name] / r["ours"] for r in rounds) for name in list(sides)[:2]}
        print(f"{text:14}" + "".join(f"{1e6 * middle[name]:>11.1f} us" for name in sides) +
              f"{ratio['k-diffusion']:>20.1f}{ratio['diffusers']:>18.1f}", flush=True)
        result["microseconds"][text] = {name: 1e6 * middle[name] for name in sides} | {
            "k-diffusion/ours": ratio["k-diffusion"], "diffusers/ours": ratio["diffusers"]}
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)


if __name__ == "__main__":
    sys.exit(main())
