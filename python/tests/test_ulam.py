"""The Python side: the library's own bits, callables as models, exceptions with its sentences."""
import signal
import threading
import time
import unittest

import torch

import ulam


def gaussian(mean, variance):
    """D of N(mean, variance) on the edm path; each class moves the mean by one."""

    def denoise(x, sigma, label=None):
        s2 = (sigma ** 2).view(-1, 1)
        middle = mean if label is None else mean + label.to(x.dtype).view(-1, 1)
        return (x * variance + middle * s2) / (variance + s2)

    return denoise


class Draws(unittest.TestCase):
    def test_a_callable_gives_what_the_exact_problem_gives(self):
        # One model, once as the library's problem, once asked through Python: same noise, same end points.
        exact = ulam.open("ring", dtype="float64")
        asked = ulam.model(lambda x, t: exact(x, t), exact.shape, dtype=torch.float64)
        for solver in ("heun", "dpmpp", "ddim:eta=1", "unipc:order=3"):
            a = ulam.draw(exact, solver=solver, steps=9, count=12, seed=4)
            b = ulam.draw(asked, solver=solver, steps=9, count=12, seed=4)
            self.assertLess((a.samples - b.samples).abs().max().item(), 1e-12, solver)
            self.assertEqual(a.evaluations, b.evaluations)
            self.assertEqual(a.evaluations, 12 * ulam.evaluations(asked, solver=solver, steps=9))

    def test_a_sample_keeps_its_noise(self):
        page = ulam.draw("ring", solver="heun", steps=5, count=8, seed=3)
        self.assertTrue(torch.equal(ulam.draw("ring", solver="heun", steps=5, ids=[5], seed=3).samples[0], page.samples[5]))

    def test_classes_and_guidance_reach_the_callable(self):
        # Of Gaussians of one variance, guidance moves the mean by its scale from that of the null class.
        model = ulam.model(gaussian(0.0, 0.25), (2,), classes=3, null_class=True, dtype=torch.float64)
        draw = lambda **more: ulam.draw(model, solver="heun", steps=20, count=600, **more).samples.mean().item()
        self.assertAlmostEqual(draw(label=1), 1, delta=0.06)
        self.assertAlmostEqual(draw(), 3, delta=0.06)
        self.assertAlmostEqual(draw(label=1, guide="cfg:scale=2"), -1, delta=0.06)
        labels = torch.arange(600) % 2
        out = ulam.draw(model, solver="heun", steps=20, label=labels).samples.mean(1)
        self.assertAlmostEqual(out[labels == 1].mean().item() - out[labels == 0].mean().item(), 1, delta=0.1)

    def test_gradients_pass(self):
        mean = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
        model = ulam.model(gaussian(mean, 0.25), (1,), dtype=torch.float64)
        out = ulam.draw(model, solver="ddim", steps=6, count=3, differentiable=True).samples
        (slope,) = torch.autograd.grad(out.sum(), mean)
        with torch.no_grad():
            ends = [ulam.draw(ulam.model(gaussian(2 + h, 0.25), (1,), dtype=torch.float64), solver="ddim", steps=6,
                              count=3).samples.sum().item() for h in (-1e-4, 1e-4)]
        self.assertAlmostEqual(slope.item(), (ends[1] - ends[0]) / 2e-4, places=6)

    def test_a_plan_repeats_a_draw(self):
        first = ulam.draw("tp1", solver="unipc", steps=7, count=5)
        self.assertTrue(torch.equal(first.samples, ulam.draw("tp1", plan=first.plan, count=5).samples))

    def test_a_shipped_model(self):
        model = ulam.open("fashion")
        self.assertEqual((model.shape, model.classes), ([1, 28, 28], 10))
        out = ulam.draw(model, solver="dpmpp", steps=6, count=2, label=9)
        self.assertEqual(list(out.samples.shape), [2, 1, 28, 28])
        self.assertTrue(torch.isfinite(out.samples).all())
        # Terms name shipped models too; the weaker one pays for itself.
        out = ulam.draw(model, solver="dpmpp", steps=3, count=1, guide="autoguidance:model=fashion-weak,scale=1.5")
        self.assertEqual(out.evaluations, 6)


class Threads(unittest.TestCase):
    def test_the_lock_is_free_while_drawing(self):
        # A draw of an exact problem that takes a while; another thread must get on.
        ticks = []
        done = threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.002)

        other = threading.Thread(target=tick)
        other.start()
        began = time.monotonic()
        ulam.draw("clusters", solver="heun", steps=40, count=16)
        took = time.monotonic() - began
        done.set()
        other.join()
        inside = [t for t in ticks if began < t < began + took]
        self.assertGreater(len(inside), took / 0.05)

    def test_ctrl_c_ends_a_draw(self):
        calls = []

        def slow(x, t):
            calls.append(1)
            if len(calls) == 3:
                signal.raise_signal(signal.SIGINT)
            return x * 0

        # As in a terminal; a shell may have started us with the signal ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        with self.assertRaises(KeyboardInterrupt):
            ulam.draw(ulam.model(slow, (1,)), solver="ddim", steps=50)
        self.assertLess(len(calls), 10)


class Faults(unittest.TestCase):
    def test_sentences_and_kinds(self):
        for kind, base, says, call in (
            (ulam.OptionError, ValueError, "dpmpp", lambda: ulam.draw("tp1", solver="dppm")),
            (ulam.OptionError, ValueError, "swissroll", lambda: ulam.open("swisroll")),
            (ulam.SystemFault, OSError, "nowhere", lambda: ulam.open("./nowhere")),
            (ulam.BudgetError, RuntimeError, "", lambda: ulam.draw("tp1", steps=10, cap=3)),
            (ulam.UnsupportedError, NotImplementedError, "", lambda: ulam.draw("tp1", guide="pag")),
            (ulam.ShapeError, ValueError, "tensor is needed", lambda: ulam.draw(ulam.model(lambda x, t: 3, (1,)))),
            (ulam.ShapeError, ValueError, "[1, 2]",
             lambda: ulam.draw(ulam.model(lambda x, t: x.repeat(1, 2), (1,)))),
            (ulam.OptionError, ValueError, "edm", lambda: ulam.model(None.__class__, (1,), path="edn")),
        ):
            with self.assertRaises(kind) as caught:
                call()
            self.assertIsInstance(caught.exception, base)
            self.assertIsInstance(caught.exception, ulam.Error)
            self.assertIn(says, str(caught.exception))

    def test_what_the_callable_raises_comes_out(self):
        def broken(x, t):
            raise KeyError("mine")

        with self.assertRaises(KeyError):
            ulam.draw(ulam.model(broken, (1,)))

    def test_an_answer_that_is_the_state_itself_is_copied(self):
        out = ulam.draw(ulam.model(lambda x, t: x, (3,)), solver="heun", steps=4, count=2)
        self.assertTrue(torch.isfinite(out.samples).all())


class Told(unittest.TestCase):
    def test_progress_counts_up_to_the_promise(self):
        told = []
        out = ulam.draw("tp1", steps=10, count=3, progress=lambda done, total: told.append((done, total)))
        self.assertEqual(told[-1], (out.evaluations, out.evaluations))
        self.assertEqual([d for d, _ in told], sorted(d for d, _ in told))

    def test_the_catalogue(self):
        names = {m["name"] for m in ulam.methods("solver")}
        self.assertIn("dpmpp", names)
        self.assertIn("order", next(m for m in ulam.methods("solver") if m["name"] == "dpmpp")["parameters"])


if __name__ == "__main__":
    unittest.main()
