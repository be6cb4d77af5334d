"""A line of progress: tqdm's where it is installed (a bar in notebooks), else one line on stderr."""
import sys
import time


class Bar:
    """Called with (done, total); shows itself at most ten times a second."""

    def __init__(self):
        self._began = self._shown = time.monotonic()
        self._bar = None
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
        left = (now - self._began) * (total - done) / done if done else float("nan")
        sys.stderr.write(f"\r{done} of {total} evaluations, {left:.0f} s left ")
        sys.stderr.flush()

    def close(self):
        if self._bar is not None:
            self._bar.close()
        else:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
