"""export.py: a module, its archive and Ulam's evaluation of it are one function; what is not is refused."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import torch

import ulam

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from export import export  # noqa: E402


class Denoiser(torch.nn.Module):
    def __init__(self, classes=0):
        super().__init__()
        torch.manual_seed(3)
        self.mix = torch.nn.Conv2d(2, 8, 3, padding=1)
        self.out = torch.nn.Conv2d(8, 1, 3, padding=1)
        self.drop = torch.nn.Dropout(0.5)
        self.embed = torch.nn.Embedding(classes + 1, 8)

    def forward(self, x, t, label):
        h = torch.cat([x, t.log().view(-1, 1, 1, 1).expand_as(x)], 1)
        h = torch.relu(self.mix(h) + self.embed(label).view(-1, 8, 1, 1))
        return self.out(self.drop(h))


class Plain(torch.nn.Module):
    def forward(self, x, t):
        return x * 0.25 / (t.view(-1, 1) ** 2 + 0.25)


class ForeverThree(torch.nn.Module):
    """A trace fixes its number of rows; a script does not take it."""

    def forward(self, x, t, **nothing):
        return x * torch.arange(int(x.shape[0])).to(x.dtype).view(-1, 1) * 0 + x.reshape([int(x.shape[0]), 2])


class Export(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = os.path.join(temporary.name, "made")

    def write(self, module, **more):
        return export(module, self.folder, say=lambda text: None, **more)

    def test_module_archive_and_ulam_are_one_function(self):
        module = Denoiser(4)
        for method in ("script", "trace", "auto"):
            differences = self.write(module, shape=(1, 6, 6), classes=4, null_class=True, method=method,
                                     draw={"solver": "heun", "steps": 5})
            self.assertEqual(len(differences), 2, differences)
            self.assertLess(max(differences.values()), 1e-6)
            model = ulam.open(self.folder, trust=True)
            self.assertEqual((model.shape, model.classes), ([1, 6, 6], 4))
            own = ulam.model(lambda x, t, label: module(x, t, label), (1, 6, 6), classes=4, null_class=True)
            with torch.no_grad():
                for more in (dict(label=2), dict(label=1, guide="cfg:scale=2")):
                    a = ulam.draw(model, count=3, **more)
                    b = ulam.draw(own, solver="heun", steps=5, count=3, **more)
                    self.assertLess((a.samples - b.samples).abs().max().item(), 1e-4)

    def test_trust_is_asked_for(self):
        self.write(Plain(), shape=(2,))
        with self.assertRaisesRegex(ulam.OptionError, "trust=True"):
            ulam.open(self.folder)
        with self.assertRaisesRegex(ulam.OptionError, "can run any code"):
            ulam.draw(self.folder, steps=3)
        self.assertEqual(ulam.draw(self.folder, steps=3, trust=True).evaluations, 3)
        with self.assertRaisesRegex(ulam.OptionError, "can run any code"):
            ulam.draw("swissroll", steps=3, guide="autoguidance:model=" + self.folder)

    def test_what_the_network_is_given(self):
        class Inner(torch.nn.Module):
            def forward(self, x, c):
                return torch.tanh(x) * c.view(-1, 1)

        for dtype in (torch.float32, torch.float64):
            differences = self.write(Inner(), shape=(3,), time="c_noise", input="scaled", prediction="edm", dtype=dtype)
            self.assertIn("Ulam's own evaluation", differences)
        self.write(Plain(), shape=(2,), path="flow:shift=3", prediction="flow")
        with open(os.path.join(self.folder, "model.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["path"], {"kind": "flow", "shift": 3})
        self.write(Plain(), shape=(2,), path={"kind": "discrete", "schedule": "linear"}, prediction="noise")

    def test_what_differs_is_refused_and_leaves_nothing(self):
        with self.assertRaisesRegex(ValueError, "3|rows"):
            self.write(ForeverThree(), shape=(2,), method="trace")
        self.assertEqual(os.listdir(self.folder), [])
        with self.assertRaisesRegex(ValueError, "one tensor of that shape"):
            self.write(Sum(), shape=(2,))
        with self.assertRaisesRegex(RuntimeError, "script"):
            self.write(ForeverThree(), shape=(2,), method="script")
        with self.assertRaisesRegex(ValueError, "valid: path, c_noise"):
            self.write(Plain(), shape=(2,), time="sigma")

    @unittest.skipIf(torch.__version__ >= "2.6", "this torch writes packages")
    def test_an_old_torch_says_that_it_writes_no_packages(self):
        with self.assertRaisesRegex(RuntimeError, "2.6"):
            self.write(Plain(), shape=(2,), method="aotinductor")

    def test_the_command_line(self):
        root = os.path.dirname(self.folder)
        with open(os.path.join(root, "own_code.py"), "w", encoding="utf-8") as file:
            file.write("import torch\nclass Net(torch.nn.Module):\n    def forward(self, x, t):\n        return x * 0.5\n")
        script = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "export.py"))
        run = lambda *words: subprocess.run([sys.executable, script, *words], cwd=root, capture_output=True, text=True)
        done = run("made", "--module", "own_code:Net", "--shape", "2", "--solver", "heun")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("differs from the module by 0 ", done.stdout)
        self.assertIn("Ulam's own evaluation", done.stdout)  # not python/ulam, which cannot be imported
        self.assertEqual(ulam.draw(self.folder, steps=2, trust=True).evaluations, 3)
        self.assertEqual(run("--help").returncode, 0)
        bad = run("made", "--module", "own_code:Net", "--shape", "2", "--prediction", "x0")
        self.assertNotEqual(bad.returncode, 0)
        self.assertEqual(bad.stderr.count("\n"), 1, bad.stderr)


class Sum(torch.nn.Module):
    def forward(self, x, t):
        return x.sum(1)


if __name__ == "__main__":
    unittest.main()
