"""Runs a small network of CSDI's architecture in PyTorch and stores what it was asked and answered:
tests/model/golden/csdi.safetensors.

    ../peers-venv/bin/python bench/peers/published_networks.py

Weights are made by arithmetic (weights.py) on both sides. The network is put together here from PyTorch's own layers
(torch.nn.TransformerEncoderLayer), after the description of Tashiro et al. 2021, arXiv 2107.03502, appendix.
"""
import json
import math
import pathlib

import numpy as np
import torch
from safetensors.numpy import save_file

import weights

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "model" / "golden"
CONFIG = {"kind": "csdi", "shape": [3, 6], "channels": 8, "layers": 2, "heads": 2, "step_embedding": 8, "time_embedding": 6,
          "feature_embedding": 4}


def conv(inputs, outputs):
    return torch.nn.Conv1d(inputs, outputs, 1)


def encoder(width, heads):
    layer = torch.nn.TransformerEncoderLayer(width, heads, dim_feedforward=64, activation="gelu", batch_first=True)
    return torch.nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)


class Block(torch.nn.Module):
    def __init__(self, c, side):
        super().__init__()
        width = c["channels"]
        self.diffusion_projection = torch.nn.Linear(c["step_embedding"], width)
        self.cond_projection = conv(side, 2 * width)
        self.mid_projection = conv(width, 2 * width)
        self.output_projection = conv(width, 2 * width)
        self.time_layer = encoder(width, c["heads"])
        self.feature_layer = encoder(width, c["heads"])

    def forward(self, x, side, step):
        rows, width, features, length = x.shape
        y = (x + self.diffusion_projection(step)[:, :, None, None]).permute(0, 2, 3, 1)
        y = torch.stack([self.time_layer(y[:, k]) for k in range(features)], 1)
        y = torch.stack([self.feature_layer(y[:, :, i]) for i in range(length)], 2)
        y = self.mid_projection(y.permute(0, 3, 1, 2).flatten(2)) + self.cond_projection(side.flatten(2))
        y = self.output_projection(torch.sigmoid(y[:, :width]) * torch.tanh(y[:, width:])).view(rows, 2 * width, features, length)
        return (x + y[:, :width]) / math.sqrt(2), y[:, width:]


class Embedding(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.projection1 = torch.nn.Linear(size, size)
        self.projection2 = torch.nn.Linear(size, size)

    def forward(self, step):
        half = self.size // 2
        angle = step[:, None] * 10.0 ** (torch.arange(half) / (half - 1) * 4.0)[None]
        h = torch.cat([angle.sin(), angle.cos()], 1)
        return torch.nn.functional.silu(self.projection2(torch.nn.functional.silu(self.projection1(h))))


class Csdi(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embed_layer = torch.nn.Embedding(c["shape"][0], c["feature_embedding"])
        self.diffmodel = torch.nn.Module()
        d = self.diffmodel
        d.diffusion_embedding = Embedding(c["step_embedding"])
        d.input_projection = conv(2, c["channels"])
        d.output_projection1 = conv(c["channels"], c["channels"])
        d.output_projection2 = conv(c["channels"], 1)
        side = c["time_embedding"] + c["feature_embedding"] + 1
        d.residual_layers = torch.nn.ModuleList([Block(c, side) for _ in range(c["layers"])])

    def forward(self, x, observed, step):
        rows, features, length = x.shape
        mask = (~observed.isnan()).float()
        place = torch.arange(length)[:, None] / 10000.0 ** (torch.arange(0, self.c["time_embedding"], 2) / self.c["time_embedding"])
        time = torch.empty(length, self.c["time_embedding"])
        time[:, 0::2], time[:, 1::2] = place.sin(), place.cos()
        side = torch.cat([time.T[None, :, None].expand(rows, -1, features, -1),
                          self.embed_layer.weight.T[None, :, :, None].expand(rows, -1, -1, length), mask[:, None]], 1)
        d = self.diffmodel
        x = torch.stack([observed.nan_to_num(0), (1 - mask) * x], 1)
        h = d.input_projection(x.flatten(2)).relu().view(rows, -1, features, length)
        step, skips = d.diffusion_embedding(step), 0
        for block in d.residual_layers:
            h, skip = block(h, side, step)
            skips = skips + skip
        h = d.output_projection1((skips / math.sqrt(self.c["layers"])).flatten(2)).relu()
        return d.output_projection2(h).view(rows, features, length), side


def main():
    model = Csdi(CONFIG).eval()
    with torch.no_grad():
        listed = weights.fill(model)
        shape = (3, *CONFIG["shape"])
        x = torch.from_numpy(weights.uniform("x", shape) * np.float32(1.7))
        observed = torch.from_numpy(weights.uniform("observed", shape) * np.float32(1.7))
        observed[torch.from_numpy(weights.uniform("missing", shape)) > 0.2] = float("nan")
        observed[2] = float("nan")
        step = torch.tensor([0.0, 3.0, 7.0])
        eps, side = model(x, observed, step)
    print(eps.abs().max(), eps.std())
    arrays = {"small.x": x, "small.observed": observed, "small.step": step, "small.eps": eps, "small.side_info": side}
    cases = {"small": {"config": CONFIG, "tensors": listed}}
    save_file({k: np.ascontiguousarray(v.numpy()) for k, v in arrays.items()}, GOLDEN / "csdi.safetensors",
              metadata={"cases": json.dumps(cases), "torch": torch.__version__})


if __name__ == "__main__":
    main()
