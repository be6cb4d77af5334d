"""Python functions as energies and rewards: closed forms, composition, exceptions, the lock."""
import math
import threading
import time
import unittest

import torch

import ulam

V = 0.25  # of the data, N(0, V) in one dimension
T = 80.0  # the first time of the edm path


def denoise(x, sigma):
    s2 = (sigma ** 2).view(-1, 1)
    return x * V / (V + s2)


def draw(model=None, **more):
    """Near the solution of the equation: 3e-5 of it."""
    if model is None:
        model = ulam.model(denoise, (1,), dtype=torch.float64)
    return ulam.draw(model, solver="rk4", steps=120, count=64, seed=2, **more).samples


class ClosedForms(unittest.TestCase):
    """From one start x_T every draw is a known affine function of it, so that no statistics are needed."""

    @classmethod
    def setUpClass(cls):
        cls.plain = draw()
        cls.start = cls.plain / math.sqrt(V / (V + T * T))

    def assertNear(self, a, b, delta):
        self.assertLess((a - b).abs().max().item(), delta)

    def test_the_plain_draw_is_solved(self):
        # Half a thousand rows of N(0, 1) would be too; here the first is the noise of its id.
        self.assertAlmostEqual(self.plain.std().item(), math.sqrt(V), delta=0.15)

    def test_a_linear_reward_moves_the_mean_and_keeps_the_spread(self):
        # The data tilted by exp(g x) are N(g V, V), and guidance by an affine function is exact.
        g = 1.5
        out = draw(guide=ulam.reward(lambda x0: x0.sum(1), g))
        self.assertNear(out, g * V + (self.start - g * V) * math.sqrt(V / (V + T * T)), 1e-3)

    def test_a_quadratic_energy_contracts_as_its_equation_says(self):
        # dx/ds = s (x/(V + s^2) + k V^2 x/(V + s^2)^2): x shrinks by exp(-k V/2) more than without.
        k = 2.0
        out = draw(guide=ulam.energy(lambda x0: 0.5 * x0.square().sum(1), k))
        self.assertNear(out, self.plain * math.exp(-0.5 * k * V * (1 - V / (V + T * T))), 1e-3)

    def test_told_the_noise_a_quadratic_energy_draws_the_tilted_law(self):
        # exp(-k x^2/2) times N(0, V) is N(0, V/(1 + k V)); E exp(-k x^2/2) given x_t is that of D with k/(1 + k W).
        k = 6.0

        def exact(x0, sigma):
            w = V * sigma ** 2 / (V + sigma ** 2)
            return 0.5 * k / (1 + k * w) * x0.square().sum(1)

        v = V / (1 + k * V)
        out = draw(guide=ulam.energy(exact, sigma=True))
        self.assertNear(out, self.start * math.sqrt(v / (v + T * T)), 1e-3)

    def test_specs_and_energies_stand_side_by_side(self):
        pull = lambda x0: 0.5 * x0.square().sum(1)
        half = draw(guide=[ulam.energy(pull, 1.0), ulam.energy(pull, 1.0)])
        self.assertNear(half, draw(guide=ulam.energy(pull, 2.0)), 1e-9)

        def classes(x, sigma, label):
            s2 = (sigma ** 2).view(-1, 1)
            return (x * V + label.to(x.dtype).view(-1, 1) * s2) / (V + s2)

        # Of Gaussians of one variance, cfg of scale 2 draws the mean 2 * 0 - 1 of class 0 from the null class's 1;
        # the reward, through the class's own estimate, moves it by g V.
        model = ulam.model(classes, (1,), classes=1, null_class=True, dtype=torch.float64)
        lift = ulam.reward(lambda x0: x0.sum(1), 1.5)
        moved = draw(model, label=0, guide=["cfg:scale=2", lift]) - draw(model, label=0, guide="cfg:scale=2")
        self.assertNear(moved, torch.tensor(1.5 * V), 3e-3)
        costs = [ulam.evaluations(model, solver="heun", steps=5, guide=g)
                 for g in ("cfg:scale=2", ["cfg:scale=2", lift])]
        self.assertEqual(costs[0], costs[1])

    def test_outside_its_window_it_is_not_asked(self):
        seen = []

        def watch(x0, sigma):
            seen.extend(sigma.tolist())
            return x0.sum(1)

        draw(guide=ulam.energy(watch, low=0.5, high=2, sigma=True))
        self.assertTrue(seen and min(seen) > 0.5 and max(seen) <= 2)


class Gradients(unittest.TestCase):
    def test_a_networks_parameters_take_part(self):
        # A reward may be a module with a custom backward; and draws through it can be differentiated.
        strength = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        model = ulam.model(denoise, (1,), dtype=torch.float64)
        reward = ulam.reward(lambda x0: strength * x0.sum(1))
        out = ulam.draw(model, solver="ddim", steps=8, count=2, guide=reward, differentiable=True).samples
        (slope,) = torch.autograd.grad(out.sum(), strength)
        ends = [ulam.draw(model, solver="ddim", steps=8, count=2, guide=ulam.reward(lambda x0: c * x0.sum(1))).samples.sum()
                for c in (1.0, 2.0)]
        self.assertAlmostEqual(slope.item(), (ends[1] - ends[0]).item(), places=9)

    def test_fashion_is_made_darker(self):
        # In a window: at high noise a network's Jacobian is not exact enough for its factor sigma^2.
        plain = ulam.draw("fashion", solver="dpmpp", steps=5, count=2).samples
        dark = ulam.draw("fashion", solver="dpmpp", steps=5, count=2,
                         guide=ulam.energy(lambda x0: x0.flatten(1).sum(1), 0.02, high=3)).samples
        self.assertLess(dark.mean().item(), plain.mean().item() - 0.1)


class Backward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        raise ZeroDivisionError("on the way back")


class Faults(unittest.TestCase):
    def test_exceptions_come_through(self):
        class Own(Exception):
            pass

        def broken(x0):
            raise Own("not today")

        with self.assertRaisesRegex(Own, "not today"):
            ulam.draw("tp1", steps=3, guide=ulam.energy(broken))
        with self.assertRaisesRegex(ZeroDivisionError, "on the way back"):
            ulam.draw("tp1", steps=3, guide=ulam.energy(lambda x0: Backward.apply(x0).sum(1)))
        # Nothing is left behind: the next draw runs.
        self.assertEqual(ulam.draw("tp1", steps=3).evaluations, 3)

    def test_answers_that_do_not_fit_are_sentences(self):
        def asked(f):
            ulam.draw("tp1", steps=3, count=2, guide=ulam.energy(f))

        with self.assertRaisesRegex(ulam.ShapeError, r"\[2\] is needed"):
            asked(lambda x0: x0)
        with self.assertRaisesRegex(ulam.ShapeError, "float"):
            asked(lambda x0: 1.0)
        with self.assertRaisesRegex(ulam.UnsupportedError, "no gradient"):
            asked(lambda x0: x0.detach().sum(1))
        with self.assertRaisesRegex(ulam.OptionError, "valid"):
            ulam.draw("tp1", steps=3, guide=[3])
        with self.assertRaises(ulam.OptionError):
            ulam.energy(lambda x0: x0.sum(1), float("nan"))
        self.assertIn("scale=2", repr(ulam.energy(lambda x0: x0.sum(1), 2)))


class Lock(unittest.TestCase):
    def test_others_get_on_while_the_gradient_is_taken(self):
        # Draws with energies in two threads, and a third that needs the lock all the time.
        ticks, ends = [], []
        done = threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(1)
                time.sleep(0.001)

        def work():
            ends.append(ulam.draw("ring", solver="heun", steps=20, count=8, seed=1,
                                  guide=ulam.energy(lambda x0: x0.square().sum(1), 0.1)).samples)

        threads = [threading.Thread(target=tick)] + [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads[1:]:
            thread.join(120)
        done.set()
        threads[0].join()
        self.assertEqual(len(ends), 2)
        self.assertTrue(torch.equal(ends[0], ends[1]))
        self.assertGreater(len(ticks), 3)


if __name__ == "__main__":
    unittest.main()
