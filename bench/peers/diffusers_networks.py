"""Runs small networks of diffusers and stores configurations, inputs and outputs: tests/model/golden/*.safetensors.

    ../peers-venv/bin/python bench/peers/diffusers_networks.py

Weights are made by arithmetic (weights.py) on both sides, so that a file holds only what the network was asked and answered.
"""
import importlib.metadata
import json
import logging
import pathlib
import sys
import warnings

import numpy as np
import torch
from safetensors.numpy import save_file

import weights

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "model" / "golden"
SMALL = {"sample_size": 8, "block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4,
         "attention_head_dim": 4, "in_channels": 3, "out_channels": 3}


def types(down, up):
    return {"down_block_types": list(down), "up_block_types": list(up)}


PLAIN = types(["DownBlock2D", "DownBlock2D"], ["UpBlock2D", "UpBlock2D"])
MIXED = types(["DownBlock2D", "AttnDownBlock2D"], ["AttnUpBlock2D", "UpBlock2D"])
ATTENTION = types(["AttnDownBlock2D", "AttnDownBlock2D"], ["AttnUpBlock2D", "AttnUpBlock2D"])
RESNET = types(["ResnetDownsampleBlock2D", "ResnetDownsampleBlock2D"], ["ResnetUpsampleBlock2D", "ResnetUpsampleBlock2D"])
SKIP = types(["SkipDownBlock2D", "SkipDownBlock2D"], ["SkipUpBlock2D", "SkipUpBlock2D"])
ATTENTION_SKIP = types(["SkipDownBlock2D", "AttnSkipDownBlock2D"], ["AttnSkipUpBlock2D", "SkipUpBlock2D"])
K = types(["KDownBlock2D", "KDownBlock2D"], ["KUpBlock2D", "KUpBlock2D"])

UNETS = {
    "plain": PLAIN,
    "mixed": MIXED | {"layers_per_block": 2},
    "three_levels": types(["DownBlock2D", "AttnDownBlock2D", "DownBlock2D"], ["UpBlock2D", "AttnUpBlock2D", "UpBlock2D"])
    | {"block_out_channels": [8, 12, 16], "sample_size": [8, 12]},
    "ddpm_like": MIXED | {"downsample_padding": 0, "flip_sin_to_cos": False, "freq_shift": 1, "norm_eps": 1e-6,
                          "attention_head_dim": None},
    "resnet_blocks": RESNET,
    "scale_shift": RESNET | {"resnet_time_scale_shift": "scale_shift"},
    "scale_shift_norm": MIXED | {"resnet_time_scale_shift": "scale_shift", "attn_norm_num_groups": 2},
    "attention_resnet": ATTENTION | {"downsample_type": "resnet", "upsample_type": "resnet"},
    "skip": SKIP,
    "skip_scale": SKIP | {"resnet_time_scale_shift": "scale_shift", "mid_block_scale_factor": 1.41421356237},
    "attention_skip": ATTENTION_SKIP | {"block_out_channels": [32, 32], "time_embedding_type": "fourier",
                                        "mid_block_scale_factor": 1.41421356237},
    "k": K | {"block_out_channels": [32, 64], "layers_per_block": 2, "act_fn": "gelu"},
    "skip_no_groups": SKIP | {"norm_num_groups": None, "block_out_channels": [8, 24]},
    "k_no_groups": K | {"norm_num_groups": None, "block_out_channels": [32, 64]},
    "fourier": MIXED | {"time_embedding_type": "fourier"},
    "learned": PLAIN | {"time_embedding_type": "learned", "num_train_timesteps": 50},
    "classes": MIXED | {"num_class_embeds": 5},
    "class_timestep": PLAIN | {"class_embed_type": "timestep"},
    "class_identity": PLAIN | {"class_embed_type": "identity"},
    "centre_input": PLAIN | {"center_input_sample": True, "time_embedding_dim": 20},
    "mish": PLAIN | {"act_fn": "mish"},
    "relu": PLAIN | {"act_fn": "relu"},
    "gelu": PLAIN | {"act_fn": "gelu"},
    "swish": PLAIN | {"act_fn": "swish", "dropout": 0.3},
    "no_middle": PLAIN | {"mid_block_type": None},
    "no_middle_attention": MIXED | {"add_attention": False},
    "odd_heads": MIXED | {"attention_head_dim": 3},
    "more_out": PLAIN | {"in_channels": 1, "out_channels": 2},
    "one_level": types(["AttnDownBlock2D"], ["AttnUpBlock2D"]) | {"block_out_channels": [8], "sample_size": [3, 5]},
    "old_names": types(["UNetResDownBlock2D", "UNetResAttnDownBlock2D"], ["UNetResAttnUpBlock2D", "UNetResUpBlock2D"]),
}


DIT = {"num_attention_heads": 2, "attention_head_dim": 8, "in_channels": 4, "out_channels": 8, "num_layers": 2, "sample_size": 8,
       "num_embeds_ada_norm": 5}

DITS = {
    "plain": {},
    "one_output": {"out_channels": None, "norm_eps": 1e-3},
    "gelu": {"activation_fn": "gelu"},
    "gelu_sigmoid": {"activation_fn": "geglu-approximate"},
    "silu": {"activation_fn": "linear-silu"},
    "geglu": {"activation_fn": "geglu"},
    "swiglu": {"activation_fn": "swiglu"},
    "no_bias": {"attention_bias": False},
    "affine": {"norm_elementwise_affine": True},
    "large_patches": {"patch_size": 4, "sample_size": 12, "in_channels": 3, "num_attention_heads": 3, "attention_head_dim": 4},
    "small_patches": {"patch_size": 1, "sample_size": 5, "num_layers": 1, "dropout": 0.2},
    # The class that DiT was saved as before; diffusers turns it into the new one, for which positions are not stretched.
    "older": {"_class_name": "Transformer2DModel", "norm_type": "ada_norm_zero", "patch_size": 2, "attention_bias": True,
              "activation_fn": "gelu-approximate", "norm_elementwise_affine": False, "cross_attention_dim": None,
              "double_self_attention": False, "use_linear_projection": False, "attention_type": "default"},
    "older_large": {"_class_name": "Transformer2DModel", "norm_type": "ada_norm_zero", "patch_size": 32, "sample_size": 128,
                    "in_channels": 1, "out_channels": 1, "num_layers": 1, "attention_bias": True},
}

VAE = {"block_out_channels": [8, 16], "down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2,
       "norm_num_groups": 4, "latent_channels": 4, "sample_size": 8}

VAES = {
    "plain": {},
    "layers": {"layers_per_block": 2, "act_fn": "mish"},
    "attention": {"down_block_types": ["DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
                  "up_block_types": ["AttnUpDecoderBlock2D", "UpDecoderBlock2D"]},
    "attention_all": {"down_block_types": ["AttnDownEncoderBlock2D"] * 2, "up_block_types": ["AttnUpDecoderBlock2D"] * 2,
                      "act_fn": "gelu"},
    "no_middle_attention": {"mid_block_add_attention": False, "act_fn": "relu"},
    "no_quant": {"use_quant_conv": False, "use_post_quant_conv": False, "shift_factor": 0.1, "scaling_factor": 0.36},
    "three_levels": {"block_out_channels": [4, 8, 12], "down_block_types": ["DownEncoderBlock2D"] * 3,
                     "up_block_types": ["UpDecoderBlock2D"] * 3, "latent_channels": 3, "in_channels": 1, "out_channels": 2,
                     "latents_mean": [0.1, -0.2, 0.3], "latents_std": [1.5, 0.5, 2.0], "act_fn": "swish"},
    "one_level": {"block_out_channels": [8], "down_block_types": ["DownEncoderBlock2D"], "up_block_types": ["UpDecoderBlock2D"],
                  "force_upcast": False},
}


def inputs(name, shape):
    return torch.from_numpy(weights.uniform(name, shape) * np.float32(1.7))


def unet(name, own):
    from diffusers import UNet2DModel

    config = SMALL | own
    network = UNet2DModel(**config).eval()
    listed = weights.fill(network)
    size = config["sample_size"]
    size = [size, size] if isinstance(size, int) else size
    x = inputs(name + ".x", (2, config["in_channels"], *size))
    top = config.get("num_train_timesteps", 1000)
    t = torch.tensor([3.0, top - 1.0])
    if config.get("time_embedding_type") == "fourier":
        t = torch.tensor([0.37, 41.0])
    if config.get("time_embedding_type") == "learned":
        t = t.long()
    given = {}
    if "num_class_embeds" in config:
        given["label"] = torch.tensor([4, 1])
    if config.get("class_embed_type") == "timestep":
        given["label"] = torch.tensor([7, 912])
    if config.get("class_embed_type") == "identity":
        given["embedding"] = inputs(name + ".embedding", (2, 4 * config["block_out_channels"][0]))
    with torch.no_grad():
        y = network(x, t, class_labels=next(iter(given.values()), None)).sample
    assert torch.isfinite(y).all() and y.abs().max() < 100, (name, y.abs().max())
    tensors = {"x": x, "t": t.float(), "y": y} | given
    written = {"_class_name": "UNet2DModel", "_diffusers_version": importlib.metadata.version("diffusers")} | config
    return written, listed, tensors


def dit(name, own):
    from diffusers import DiTTransformer2DModel, Transformer2DModel

    config = {"_class_name": "DiTTransformer2DModel"} | DIT | own
    kind = Transformer2DModel if config["_class_name"] == "Transformer2DModel" else DiTTransformer2DModel
    network = kind.from_config(config).eval()
    assert type(network) is DiTTransformer2DModel
    listed = weights.fill(network)
    rows = 1 if config["sample_size"] > 64 else 2
    x = inputs(name + ".x", (rows, config["in_channels"], config["sample_size"], config["sample_size"]))
    t = torch.tensor([3.0, 999.0])[:rows]
    label = torch.tensor([1, config["num_embeds_ada_norm"]])[:rows]  # the second row has none
    with torch.no_grad():
        y = network(x, t, class_labels=label).sample
    assert torch.isfinite(y).all() and y.abs().max() < 100, (name, y.abs().max())
    return config | {"_diffusers_version": importlib.metadata.version("diffusers")}, listed, {"x": x, "t": t, "label": label, "y": y}


def vae(name, own):
    from diffusers import AutoencoderKL

    config = VAE | own
    network = AutoencoderKL(**config).eval()
    listed = weights.fill(network)
    x = inputs(name + ".x", (2, config.get("in_channels", 3), 8, 16))
    side = 2 ** (len(config["block_out_channels"]) - 1)
    z = inputs(name + ".z", (2, config["latent_channels"], 8 // side, 16 // side))
    with torch.no_grad():
        moments = network.encode(x).latent_dist
        y = network.decode(z).sample
    for value in (moments.mean, moments.logvar, y):
        assert torch.isfinite(value).all() and value.abs().max() < 20, (name, value.abs().max())
    written = {"_class_name": "AutoencoderKL", "_diffusers_version": importlib.metadata.version("diffusers")} | config
    return written, listed, {"x": x, "mean": moments.mean, "log_variance": moments.logvar, "z": z, "y": y}


def store(file, cases):
    """cases: name -> (config, [[tensor, shape]], tensors)."""
    tensors, described = {}, {}
    for name, (config, listed, given) in cases.items():
        described[name] = {"config": config, "tensors": listed}
        for key, value in given.items():
            value = value.numpy() if torch.is_tensor(value) else value
            tensors[f"{name}.{key}"] = np.ascontiguousarray(value)
    GOLDEN.mkdir(exist_ok=True)
    made = {"diffusers": importlib.metadata.version("diffusers"), "torch": importlib.metadata.version("torch")}
    save_file(tensors, GOLDEN / file, metadata={"cases": json.dumps(described, separators=(",", ":")),
                                                "made_with": json.dumps(made)})
    print(file, (GOLDEN / file).stat().st_size, "bytes,", len(cases), "cases")


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    wanted = set(sys.argv[1:]) or {"unet", "dit", "vae"}
    if "unet" in wanted:
        store("unet2d.safetensors", {name: unet(name, own) for name, own in UNETS.items()})
    if "dit" in wanted:
        store("dit.safetensors", {name: dit(name, own) for name, own in DITS.items()})
    if "vae" in wanted:
        store("autoencoder_kl.safetensors", {name: vae(name, own) for name, own in VAES.items()})
