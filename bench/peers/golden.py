"""Runs every sampler of the peers on exact problems and stores the end points: tests/draw/peers/*.json.

    python golden.py                                   # all settings of settings.json, both peers
    python golden.py --as-shipped                      # in float32, as they are; how far from the stored ends
    python golden.py --problem gmm.json --noise start.npy --times times.json   # one setting of yours, to standard output

The noise file is the state at the first time, already scaled, a row a sample, as `ulam draw --noise` takes it.
"""
import argparse
import json
import os
import warnings

import numpy
import torch

import diffusers_peer
import k_diffusion_peer
from exact import grid, read_problem

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "..", "tests", "draw", "peers")


def evaluate(peer, settings):
    entries = []
    for name, options in peer.RUNS:
        ends, counts, failed = {}, {}, {}
        for key, setting in settings.items():
            model = setting["model"]
            model.calls = 0
            try:
                end = peer.run(name, options, model, setting["times"], setting["start"].clone(), setting["noise"])
            except torch.linalg.LinAlgError as error:
                failed[key] = str(error).split(":")[-1].strip()
                continue
            if end is None:
                continue
            if not torch.isfinite(end).all():
                failed[key] = "the end is not finite"
                continue
            assert end.dtype == torch.get_default_dtype(), (name, options, end.dtype)
            ends[key] = end.tolist()
            counts[key] = model.calls
        entry = {"class": name, "options": options, "dtype": str(torch.get_default_dtype()).removeprefix("torch."), "calls": counts, "ends": ends}
        if failed:
            entry["failed"] = failed
        if ends or failed:
            entries.append(entry)
    return entries


def read_settings(args):
    """Name -> problem, model, times, start rows, noise of every draw."""
    if args.problem:
        with open(args.times, encoding="utf-8") as f:
            listed = {"given": {"problem": args.problem, "times": json.load(f), "start": args.noise}}
        folder = ""
    else:
        with open(os.path.join(HERE, "settings.json"), encoding="utf-8") as f:
            listed = json.load(f)
        folder = HERE
    settings = {}
    for name, item in listed.items():
        given, model = read_problem(os.path.join(folder, item["problem"]))
        times = item.get("times") or grid(item["grid"], model.path, item["steps"])
        start = torch.tensor(numpy.load(os.path.join(folder, item["start"])), dtype=torch.get_default_dtype())
        # Standard normals for the samplers that add noise, two a step at most; rounded so that the file stays short.
        rng = numpy.random.default_rng(7)
        noise = numpy.round(rng.standard_normal((2 * len(times), *start.shape)), 3)
        settings[name] = {"given": given, "model": model, "times": times, "start": start,
                          "noise": [torch.tensor(z, dtype=torch.get_default_dtype()) for z in noise]}
    return settings


def golden_file(folder, peer):
    return os.path.join(folder, peer.NAME.replace("-", "_") + ".json")


def compare(peer, entries, folder):
    """Prints the relative distance of the entries' ends from the stored ones, the largest of each class."""
    with open(golden_file(folder, peer), encoding="utf-8") as f:
        stored = {(e["class"], json.dumps(e["options"])): e for e in json.load(f)["entries"]}
    worst = {}
    for e in entries:
        for key, end in e["ends"].items():
            want = torch.tensor(stored[e["class"], json.dumps(e["options"])]["ends"][key], dtype=torch.float64)
            off = ((torch.tensor(end, dtype=torch.float64) - want).abs() / want.abs().clamp_min(1)).max().item()
            worst[e["class"]] = max(worst.get(e["class"], (0, "")), (off, f"{key} {json.dumps(e['options'])}"))
    for name, (off, where) in sorted(worst.items(), key=lambda item: -item[1][0]):
        print(f"{off:9.1e}  {name}  {where}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problem", help="problem file (mixture or tp1)")
    parser.add_argument("--noise", help=".npy, state at the first time")
    parser.add_argument("--times", help="JSON list of times from noise to data")
    parser.add_argument("--output", default=GOLDEN, help="folder of the golden files")
    parser.add_argument("--as-shipped", action="store_true", help="in float32, compared with the golden files")
    args = parser.parse_args()
    if args.problem and not (args.noise and args.times):
        parser.error("--problem needs --noise and --times")
    warnings.simplefilter("ignore")  # of logarithms of 0 and deprecations inside the peers
    torch.set_default_dtype(torch.float32 if args.as_shipped else torch.float64)
    torch.set_num_threads(1)
    settings = read_settings(args)
    for peer in (diffusers_peer, k_diffusion_peer):
        entries = evaluate(peer, settings)
        if args.as_shipped:
            compare(peer, entries, args.output)
            continue
        text = "{\n"
        text += f' "peer": "{peer.NAME}",\n "version": "{peer.VERSION}",\n "torch": "{torch.__version__}",\n'
        text += ' "settings": {\n'
        text += ",\n".join(
            f'  "{key}": ' + json.dumps({
                "problem": s["given"], "times": s["times"], "start": s["start"].tolist(),
                "noise": [z.tolist() for z in s["noise"]]})
            for key, s in settings.items())
        text += '\n },\n "entries": [\n' + ",\n".join("  " + json.dumps(e) for e in entries) + "\n ]\n}\n"
        if args.problem:
            print(text, end="")
            continue
        file = golden_file(args.output, peer)
        with open(file, "w", encoding="utf-8") as f:
            f.write(text)
        print(f"{os.path.normpath(file)}: {len(entries)} samplers, {sum(len(e['ends']) for e in entries)} end points")


if __name__ == "__main__":
    main()
