"""Progress goes through sys.stderr as it stands at the time, in words that terminals and notebooks both show."""
import contextlib
import io
import sys
import unittest
from unittest import mock

import ulam
from ulam import progress


class Progress(unittest.TestCase):
    def shown(self, work):
        """What is written to sys.stderr, where tqdm is not installed."""
        text = io.StringIO()
        with mock.patch.dict(sys.modules, {"tqdm": None, "tqdm.auto": None}), contextlib.redirect_stderr(text):
            work()
        return text.getvalue()

    def test_one_line_that_is_written_over_and_cleared(self):
        text = self.shown(lambda: ulam.draw("tp1", steps=4, count=3, progress=True))
        self.assertIn("12 of 12 evaluations", text)
        self.assertNotIn("\n", text)
        self.assertNotIn("\033", text)
        self.assertTrue(text.endswith("\r"))
        last = text.rstrip("\r").split("\r")[-1]
        self.assertEqual(last.strip(), "")
        self.assertGreaterEqual(len(last), len("12 of 12 evaluations, 0 s left"))

    def test_a_shorter_line_covers_a_longer_one(self):
        def work():
            bar = progress.Bar()
            bar(1000, 1000)
            bar(5, 5)
            bar.close()

        lines = self.shown(work).split("\r")[1:3]
        self.assertEqual(len(lines[0]), len(lines[1]))

    def test_without_stderr_it_is_silent(self):
        with mock.patch.dict(sys.modules, {"tqdm": None, "tqdm.auto": None}), mock.patch.object(sys, "stderr", None):
            ulam.draw("tp1", steps=3, progress=True)

    def test_a_function_is_told(self):
        seen = []
        ulam.draw("tp1", steps=4, count=3, progress=lambda done, total: seen.append((done, total)))
        self.assertEqual(seen[-1], (12, 12))


if __name__ == "__main__":
    unittest.main()
