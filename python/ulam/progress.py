"""A line of progress: tqdm's where it is installed (a bar in notebooks), else one line on sys.stderr, which notebooks show."""
import sys
import time


class Bar:
    """Called with (done, total); shows itself at most ten times a second."""

    def __init__(self):
        self._began = self._shown = time.monotonic()
        self._bar = None
        self._wide = 0  # characters of the line that is shown
        try:
            from tqdm.auto import tqdm

            self._bar = tqdm(unit="evaluations", leave=False)
        except ImportError:
            pass

    def __call__(self, done, total):
        if self._bar is not None:
            self._bar.total = total
            self._bar.update(done - self._bar.n)
            return
        now = time.monotonic()
        if now - self._shown < 0.1 and done < total:
            return
        self._shown = now
        left = f"{(now - self._began) * (total - done) / done:.0f} s left" if done else "begun"
        self._write(f"{done} of {total} evaluations, {left}")

    def close(self):
        if self._bar is not None:
            self._bar.close()
        elif self._wide:
            self._write("")
            self._wide = 0

    def _write(self, line):
        # Carriage return and blanks alone: notebooks do not know a terminal's commands. Without stderr (a program
        # without a console) nothing is shown.
        if sys.stderr is None:
            return
        sys.stderr.write("\r" + line.ljust(self._wide) + ("" if line else "\r"))
        sys.stderr.flush()
        self._wide = len(line)
