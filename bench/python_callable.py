#!/usr/bin/env python3
"""What a Python function costs as a model beyond its own time, in microseconds an evaluation: python3 bench/python_callable.py

Processor time of the drawing thread, the least of many runs, so that a busy machine tells nearly what an idle one does.
The draw's figure has the solver's step in it, and the making of the plan.
"""
import time

import torch

import ulam


def denoiser(x, sigma):
    return x * 0.5


def least(work, times=15):
    """Microseconds."""
    best = float("inf")
    for _ in range(times):
        began = time.thread_time()
        work()
        best = min(best, time.thread_time() - began)
    return best * 1e6


def main():
    torch.set_num_threads(1)
    model = ulam.model(denoiser, (4,))
    x, sigma = torch.randn(1, 4), torch.ones(1)
    for steps in (20, 100, 500, 2000):
        drawn = least(lambda: ulam.draw(model, solver="ddim", steps=steps)) / steps
        called = least(lambda: [denoiser(x, sigma) for _ in range(steps)]) / steps
        print(f"{steps} steps of ddim: {drawn:.1f} an evaluation, of which {called:.1f} are the function's, {drawn - called:.1f} are Ulam's")
    energy = ulam.energy(lambda x0: x0.sum(1))
    print(f"100 steps with an energy: {least(lambda: ulam.draw(model, solver='ddim', steps=100, guide=energy)) / 100:.1f} a step")


if __name__ == "__main__":
    main()
