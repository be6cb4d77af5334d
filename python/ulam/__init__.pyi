import os
from typing import Any, Callable, Mapping, Sequence

import torch

from .errors import BudgetError as BudgetError
from .errors import CancelledError as CancelledError
from .errors import Error as Error
from .errors import FileError as FileError
from .errors import NumericError as NumericError
from .errors import OptionError as OptionError
from .errors import ShapeError as ShapeError
from .errors import SystemFault as SystemFault
from .errors import UnsupportedError as UnsupportedError

__version__: str

class Model:
    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> list[int]: ...
    @property
    def dtype(self) -> torch.dtype: ...
    @property
    def exact(self) -> bool: ...
    @property
    def classes(self) -> int: ...
    @property
    def class_names(self) -> list[str]: ...
    @property
    def warnings(self) -> list[str]: ...
    def __call__(self, x: torch.Tensor, t: torch.Tensor, **conditions: torch.Tensor) -> torch.Tensor: ...

class Energy: ...

class Draws:
    @property
    def samples(self) -> torch.Tensor: ...
    @property
    def ids(self) -> list[int]: ...
    @property
    def evaluations(self) -> int: ...
    @property
    def asked(self) -> int: ...
    @property
    def plan(self) -> str: ...

def open(name: str | os.PathLike[str], *, path: str = "", dtype: str = "", trust: bool = False) -> Model: ...
def model(
    function: Callable[..., torch.Tensor],
    shape: Sequence[int],
    *,
    path: str = "edm",
    prediction: str = "data",
    sigma_data: float = 0.5,
    classes: int = 0,
    null_class: bool = False,
    dtype: torch.dtype = ...,
    row_limit: int = 0,
    name: str = "model",
) -> Model: ...
def energy(
    function: Callable[..., torch.Tensor],
    scale: float = 1.0,
    *,
    low: float = 0.0,
    high: float = ...,
    start: float = 0.0,
    stop: float = 1.0,
    sigma: bool = False,
    name: str | None = None,
) -> Energy: ...
def reward(
    function: Callable[..., torch.Tensor],
    scale: float = 1.0,
    *,
    low: float = 0.0,
    high: float = ...,
    start: float = 0.0,
    stop: float = 1.0,
    sigma: bool = False,
    name: str | None = None,
) -> Energy: ...
def draw(
    model: Model | str | os.PathLike[str],
    *,
    solver: str | None = None,
    steps: int | None = None,
    grid: str | None = None,
    times: Sequence[float] | None = None,
    plan: str | os.PathLike[str] | None = None,
    guide: str | Energy | Sequence[str | Energy] | None = None,
    post: str | None = None,
    count: int | None = None,
    seed: int = 0,
    first_id: int = 0,
    ids: Sequence[int] | None = None,
    label: int | Sequence[int] | torch.Tensor | None = None,
    conditions: Mapping[str, Any] | None = None,
    noise: torch.Tensor | None = None,
    batch: int | None = None,
    cap: int | None = None,
    differentiable: bool = False,
    progress: bool | Callable[[int, int], None] | None = None,
    trust: bool = False,
) -> Draws: ...
def evaluations(
    model: Model | str | os.PathLike[str],
    *,
    solver: str | None = None,
    steps: int | None = None,
    grid: str | None = None,
    times: Sequence[float] | None = None,
    plan: str | os.PathLike[str] | None = None,
    guide: str | Energy | Sequence[str | Energy] | None = None,
    trust: bool = False,
) -> int: ...
def methods(kind: str = "") -> list[dict[str, Any]]: ...
