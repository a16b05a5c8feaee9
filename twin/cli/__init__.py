"""The command line: `twin COMMAND ...`. Others script against it, so its words and exit codes stay.

Exit codes: 0 done; 1 the program's own fault; 2 what was asked cannot be done (a sentence says why);
130 stopped by Ctrl-C; 141 nobody reads the output any more; 143 (128 and the signal's number) told to end.
Answers and JSON go to stdout, everything else to stderr.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, whatever happens."""
    try:
        from twin.cli import dispatch  # here, since importing takes long enough to be interrupted
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)  # the reader's language is not known yet
        return 130
    return dispatch.run(argv)
