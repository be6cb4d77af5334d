#!/usr/bin/env python3
"""Turns a PyTorch module into a folder that Ulam draws from: its network as a program, and model.json beside it.

    from export import export
    export(module, "my-model", shape=(3, 32, 32), path="vp", prediction="noise", classes=10, null_class=True)

    python3 export.py my-model --module my_code:make_network --weights weights.pt --shape 3,32,32 --path vp

The module is called as module(x, t), with classes as module(x, t, label): x [rows, *shape], t [rows] of x's dtype, label
int64 [rows]. What was written is read again and run beside the module; where they differ, nothing is left behind. The
folder is opened with --trust, in Python with trust=True: it holds a program. Needs torch 1.13 or later, not Ulam.
"""
import argparse
import importlib
import json
import math
import os
import sys

import torch

_times = {"edm": (0.002, 80.0), "discrete": (0.0, None), "flow": (1e-3, 1.0)}


def export(module, folder, *, shape, path="edm", prediction="data", classes=0, null_class=False, class_names=None,
           dtype=torch.float32, time="path", input="plain", sigma_data=0.5, range=(-1.0, 1.0), row_limit=0, name=None,
           draw=None, card=None, method="auto", tolerance=1e-5, seed=0, say=print):
    """Writes folder/model.json and the network's file; returns {what was compared: largest relative difference}.

    shape: of a row. path: "edm", "vp:beta_max=20", "flow:shift=3", or what stands in model.json, as a dict; what t
    means, unless time="c_noise": then t is log(s/a)/4 bounded to [-3, 3]. input="scaled": x comes as
    x / sqrt(s^2 + a^2 sigma_data^2). prediction: "data", "noise", "velocity", "flow", "score" or "edm".
    classes: a label is given; null_class: the number `classes` stands for none. range: of the data. draw: the
    recommended draw, {"solver": "dpmpp", "steps": 12}. card: free text by field.
    method: "script" or "trace" (TorchScript), "aotinductor" (torch 2.6 and a C++ compiler; no gradients), or "auto":
    script, else trace. tolerance: the largest difference that is allowed, as a share of the largest answer.
    Raises ValueError where the written network answers otherwise, RuntimeError where torch cannot write it.
    """
    shape = [int(n) for n in shape]
    config = _config(shape, path, prediction, classes, null_class, class_names, dtype, time, input, sigma_data, range,
                     row_limit, name or os.path.basename(os.path.abspath(folder)), draw, card)
    module = module.eval().to("cpu", dtype)
    asks = _inputs(config, dtype, torch.Generator().manual_seed(seed))
    os.makedirs(folder, exist_ok=True)
    description = os.path.join(folder, "model.json")
    if os.path.exists(description):
        os.remove(description)  # an older description must not stand beside a newer network
    config["network"]["kind"] = "aotinductor" if method == "aotinductor" else "torchscript"
    config["network"]["file"] = "network.pt2" if method == "aotinductor" else "network.pt"
    file = os.path.join(folder, config["network"]["file"])
    try:
        with torch.no_grad():
            written = _write(module, asks(3), file, method, say)
            differences = {"the file, read again": _compare(module, written, [asks(n) for n in (2, 3, 7, 1)])}
        with open(description, "w", encoding="utf-8") as out:
            json.dump(config, out, indent=1)
            out.write("\n")
        with torch.no_grad():
            differences.update(_in_ulam(module, folder, config, asks, say))
        for what, difference in differences.items():
            say(f"{what}: differs from the module by {difference:.3g} of the largest answer")
            if not difference <= tolerance:
                raise ValueError(f"{folder}: {what} differs from the module by {difference:.3g} of the largest answer, "
                                 f"{tolerance:g} is allowed; a traced module must not depend on values or on the number of rows")
    except BaseException:
        for made in (file, description):
            if os.path.exists(made):
                os.remove(made)
        raise
    return differences


def _config(shape, path, prediction, classes, null_class, class_names, dtype, time, input, sigma_data, range, row_limit,
            name, draw, card):
    dtypes = {torch.float32: "float32", torch.float64: "float64"}
    for value, valid, what in ((time, ("path", "c_noise"), "time"), (input, ("plain", "scaled"), "input"),
                               (dtype, tuple(dtypes), "dtype"),
                               (prediction, ("data", "noise", "velocity", "flow", "score", "edm"), "prediction")):
        if value not in valid:
            raise ValueError(f"{what} is {value!r}, valid: {', '.join(str(v) for v in valid)}")
    network = {"shape": shape, "dtype": dtypes[dtype], "time": time, "input": input}
    if classes:
        network.update(classes=int(classes), null_class=bool(null_class))
    config = {"format": 1, "name": name, "network": network, "path": _path(path), "prediction": prediction,
              "sigma_data": float(sigma_data), "range": [float(v) for v in range]}
    for field, value in (("classes", class_names), ("row_limit", row_limit), ("draw", draw), ("card", card)):
        if value:
            config[field] = list(value) if field == "classes" else value
    return config


def _path(path):
    if not isinstance(path, str):
        return dict(path)
    kind, _, fields = path.partition(":")
    out = {"kind": kind}
    for field in filter(None, fields.split(",")):
        key, _, value = field.partition("=")
        try:
            out[key] = json.loads(value)
        except ValueError:
            out[key] = value
    return out


def _inputs(config, dtype, generator):
    """rows -> (x, t) or (x, t, label), over the times that the path has."""
    path, network = config["path"], config["network"]
    low, high = _times.get(path["kind"], (1e-3, 0.99))
    if path["kind"] == "edm":
        low, high = float(path.get("sigma_min", low)), float(path.get("sigma_max", high))
    if high is None:
        high = float(path.get("steps", 1000)) - 1

    def ask(rows):
        x = torch.randn([rows] + network["shape"], generator=generator).to(dtype)
        u = torch.rand(rows, generator=generator)
        if network["time"] == "c_noise":
            t = -1.5 + 3 * u
        elif path["kind"] == "edm":
            t = torch.exp(math.log(low) + u * (math.log(high) - math.log(low)))
        else:
            t = low + u * (high - low)
        if path["kind"] == "discrete" and network["time"] == "path":
            t = t.round()
        asked = [x, t.to(dtype)]
        if network.get("classes"):
            asked.append(torch.randint(network["classes"] + network["null_class"], (rows,), generator=generator))
        return tuple(asked)

    return ask


def _write(module, example, file, method, say):
    """Writes, reads again, returns what was read as a function."""
    if method == "aotinductor":
        return _write_package(module, example, file)
    if method not in ("auto", "script", "trace"):
        raise ValueError(f"method is {method!r}, valid: auto, script, trace, aotinductor")
    if method != "trace":
        try:
            torch.jit.script(module).save(file)
            return torch.jit.load(file)
        except Exception as error:  # whatever the compiler does not take
            if method == "script":
                raise RuntimeError(f"torch cannot script the module: {error}") from error
            say("torch cannot script the module, so it is traced: what depends on values is fixed as it was once")
    torch.jit.trace(module, example, check_trace=False).save(file)
    return torch.jit.load(file)


def _write_package(module, example, file):
    inductor = getattr(torch, "_inductor", None)
    if not hasattr(inductor, "aoti_compile_and_package"):
        try:
            import torch._inductor as inductor
        except ImportError:
            inductor = None
    if not hasattr(inductor, "aoti_compile_and_package") or not hasattr(torch, "export"):
        raise RuntimeError(f"torch {torch.__version__} writes no AOTInductor packages, 2.6 or later is needed")
    rows = torch.export.Dim("rows", min=2, max=1 << 16)
    program = torch.export.export(module, example, dynamic_shapes=tuple({0: rows} for _ in example))
    inductor.aoti_compile_and_package(program, package_path=os.path.abspath(file))
    package = inductor.aoti_load_package(os.path.abspath(file))

    def run(*given):
        # The package is for two rows or more; Ulam too gives a single row twice.
        if given[0].shape[0] > 1:
            return package(*given)
        return package(*(torch.cat([value, value]) for value in given))[:1]

    return run


def _compare(module, other, questions):
    largest = difference = 0.0
    for question in questions:
        wanted = module(*question)
        if not isinstance(wanted, torch.Tensor) or wanted.shape != question[0].shape:
            raise ValueError(f"the module answers with {getattr(wanted, 'shape', type(wanted))} for rows of "
                             f"{list(question[0].shape)}; one tensor of that shape is needed")
        try:
            got = other(*question)
        except Exception as error:
            raise ValueError(f"the written network fails for {question[0].shape[0]} rows: {error}") from error
        if got.shape != wanted.shape:
            raise ValueError(f"the written network answers with {list(got.shape)} for {list(wanted.shape)}")
        largest = max(largest, wanted.abs().max().item())
        difference = max(difference, (got - wanted).abs().max().item())
    return difference / largest if largest > 0 else difference


def _in_ulam(module, folder, config, asks, say):
    """The same through Ulam, where it is installed and can open the file."""
    try:
        import ulam
    except ImportError:
        say("Ulam cannot be imported here; its own evaluation is not compared")
        return {}
    network = config["network"]
    try:
        model = ulam.open(os.path.join(folder, ""), trust=True)
    except ulam.UnsupportedError as error:  # an AOTInductor package, and a libtorch that is too old for it
        say(f"Ulam's own evaluation is not compared: {error}")
        return {}
    edm = config["path"]["kind"] == "edm"
    if not edm and (network["time"] != "path" or network["input"] != "plain"):
        return {}  # what the network is given depends on the path, which only Ulam knows
    questions = [asks(n) for n in (1, 5)]

    def told(x, t, *label):
        sigma = t.view([-1] + [1] * (x.dim() - 1))
        inner = (4 * t).exp() if network["time"] == "c_noise" else t
        if network["input"] == "scaled":
            scale = (inner.view(sigma.shape) ** 2 + config["sigma_data"] ** 2).sqrt()
            x = x * scale
        return model(x, inner, **({"label": label[0]} if label else {}))

    return {"Ulam's own evaluation": _compare(module, told, questions)}


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="to write")
    parser.add_argument("--module", required=True,
                        help="CODE:NAME, a module of Python and what in it is the network, or a function that makes it")
    parser.add_argument("--weights", help="a state_dict that torch.save wrote")
    parser.add_argument("--shape", required=True, help="of a row, as 3,32,32")
    parser.add_argument("--path", default="edm", help="edm, vp, flow:shift=3, ... (edm)")
    parser.add_argument("--prediction", default="data", help="data, noise, velocity, flow, score, edm (data)")
    parser.add_argument("--classes", type=int, default=0)
    parser.add_argument("--null-class", action="store_true", help="the number CLASSES stands for none")
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("--time", default="path", choices=("path", "c_noise"))
    parser.add_argument("--input", default="plain", choices=("plain", "scaled"))
    parser.add_argument("--sigma-data", type=float, default=0.5)
    parser.add_argument("--range", default="-1,1", help="of the data (-1,1)")
    parser.add_argument("--row-limit", type=int, default=0, help="rows of a call that run best")
    parser.add_argument("--solver", help="recommended solver")
    parser.add_argument("--steps", type=int, help="recommended steps")
    parser.add_argument("--name")
    parser.add_argument("--method", default="auto", choices=("auto", "script", "trace", "aotinductor"))
    return parser.parse_args()


def _found(text):
    code, _, name = text.partition(":")
    found = getattr(importlib.import_module(code), name or "module")
    return found if isinstance(found, torch.nn.Module) else found()


def main():
    sys.path[0] = os.getcwd()  # not this file's folder, where `ulam` is a package without its library
    a = _arguments()
    module = _found(a.module)
    if a.weights:
        module.load_state_dict(torch.load(a.weights, map_location="cpu"))
    draw = {key: value for key, value in (("solver", a.solver), ("steps", a.steps)) if value}
    export(module, a.folder, shape=[int(n) for n in a.shape.split(",")], path=a.path, prediction=a.prediction,
           classes=a.classes, null_class=a.null_class, dtype=getattr(torch, a.dtype), time=a.time, input=a.input,
           sigma_data=a.sigma_data, range=[float(v) for v in a.range.split(",")], row_limit=a.row_limit, draw=draw,
           name=a.name, method=a.method)
    print(f"wrote {a.folder}; ulam draw {os.path.join(a.folder, '')} --trust")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, RuntimeError) as error:
        sys.exit(f"export: {error}")
