"""What goes wrong, as Python exceptions with the library's own sentences."""


class Error(Exception):
    """Any fault that Ulam names."""


class OptionError(Error, ValueError):
    """An unknown name, a value out of range, options that exclude each other."""


class ShapeError(Error, ValueError):
    """Tensors whose shapes or dtypes do not fit."""


class FileError(Error, ValueError):
    """A file whose bytes break the rules of its format."""


class SystemFault(Error, OSError):
    """The operating system refused: a missing folder, a full disk."""


class UnsupportedError(Error, NotImplementedError):
    """Asked of a model that cannot serve it."""


class NumericError(Error, ArithmeticError):
    """NaN or infinity where the mathematics has none."""


class BudgetError(Error, RuntimeError):
    """The cap does not allow the work."""


class CancelledError(Error, RuntimeError):
    """The work was ended from outside."""
