"""Weights made by arithmetic, so that golden files need not hold them: the tests make the same ones.

Element i of a tensor is (mix(fnv1a64(name) + i) >> 40) / 2^23 - 1, in [-1, 1), times a spread that keeps the network's signals
near 1; a norm's weight is 1 + half of that.
"""
import numpy as np


def fnv1a(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) % 2**64
    return h


def mix(x):
    """The finaliser of splitmix64."""
    with np.errstate(over="ignore"):
        x = x ^ (x >> np.uint64(30))
        x = x * np.uint64(0xBF58476D1CE4E5B9)
        x = x ^ (x >> np.uint64(27))
        x = x * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def uniform(name, shape):
    count = int(np.prod(shape, dtype=np.int64))
    with np.errstate(over="ignore"):
        words = mix(np.uint64(fnv1a(name)) + np.arange(count, dtype=np.uint64))
    return ((words >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)).reshape(shape)


def weight(name, shape):
    values = uniform(name, shape)
    if len(shape) == 1:
        if name.endswith("time_proj.weight"):
            return values * np.float32(2)
        if name.endswith(".weight"):
            return values * np.float32(0.5) + np.float32(1)
        return values * np.float32(0.25)
    fan = int(np.prod(shape[1:], dtype=np.int64))
    return values * np.float32(1.5 / np.sqrt(np.float64(fan)))


def fill(module):
    """Sets every floating tensor of the module's state; returns [[name, shape], ...] of it."""
    import torch

    listed = []
    state = module.state_dict()
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            continue
        listed.append([name, list(tensor.shape)])
        tensor.copy_(torch.from_numpy(np.ascontiguousarray(weight(name, tuple(tensor.shape)))))
    return listed
