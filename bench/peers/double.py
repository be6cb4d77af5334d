"""Makes a peer compute in float64 where its source says float32, so that formulas are compared and not roundings.

A module of the peer sees `torch` and `np` through a view whose float32 is float64; nothing of the peer's source is
changed, and the arithmetic it does is its own.
"""
import numpy
import torch


class View:
    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        return getattr(self._module, "float64" if name == "float32" else name)


def widen(module):
    """In place, once a module; returns the module. Does nothing while torch's default is not float64."""
    if torch.get_default_dtype() != torch.float64:
        return module
    if getattr(module, "torch", None) is torch:
        module.torch = View(torch)
    if getattr(module, "np", None) is numpy:
        module.np = View(numpy)
    return module
