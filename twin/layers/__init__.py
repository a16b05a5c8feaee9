"""The kinds of layers: one module each that defines `LAYER`, found by looking."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from twin.layers.kind import Choice, Fitted, Kind, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Choice", "Fitted", "Kind", "Verdict", "kinds"]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return all kinds of layers by their word, in the order of their words."""
    found: dict[str, Kind] = {}
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        layer = getattr(import_module(f"{__name__}.{module}"), "LAYER", None)
        if layer is not None:
            found[layer.key] = layer
    return found
