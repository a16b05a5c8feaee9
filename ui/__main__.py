"""The console script `twin`: commands go to the engine before Qt is imported, the rest opens the window."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: of the command, or of the window when it is closed.

    Parameters
    ----------
    arguments
        What follows the program's name; by default what the process was started with.
    """
    multiprocessing.freeze_support()  # a frozen program starts its children with its own executable
    words = list(sys.argv[1:] if arguments is None else arguments)
    if opens_window(words):
        from ui.start import show

        return show(words)

    from twin import cli

    return cli.main(words)


def opens_window(words: Sequence[str]) -> bool:
    """Tell whether the words name a district to look at: nothing, `sample`, one file, or `open` and a place.

    Anything else is the command line's to run or to refuse, a misspelt command too.
    """
    if not words:
        return True
    word = words[0]
    if word == "open":
        return len(words) > 1 and not words[1].startswith("--")
    return len(words) == 1 and (word == "sample" or word.lower().endswith(".twin") or Path(word).is_file())


if __name__ == "__main__":
    sys.exit(main())
