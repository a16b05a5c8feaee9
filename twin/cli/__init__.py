"""The command line: `twin COMMAND ...`. Others script against it, so its words and exit codes stay.

Exit codes: 0 done; 1 the program's own fault; 2 what was asked cannot be done (a sentence says why);
130 stopped by Ctrl-C; 141 nobody reads the output any more; 143 (128 and the signal's number) told to end.
Answers and JSON go to stdout, everything else to stderr.
"""

from __future__ import annotations

import errno
import os
import pkgutil
import signal
import sys
import threading
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

import twin
from twin.cli.parser import Parser, join_numbers, quoted
from twin.cli.streams import complain, keep_fault, prepare_streams, say
from twin.language import _, speak
from twin.model import Cancelled, TwinError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

STOPPED, PIPE_CLOSED = 130, 141


class Command(Protocol):
    """What a module in `twin.cli.commands` defines; its name is the command's (a `_` at the end is cut)."""

    def summary(self) -> str:
        """Return what the command does, in one line."""

    def prepare(self, parser: Parser) -> None:
        """Add the command's arguments to a parser."""

    def run(self, arguments: object) -> int | None:
        """Do it; a number becomes the exit code."""


def names() -> tuple[str, ...]:
    """Return the names of all commands: one module in `twin.cli.commands` is one command."""
    from twin.cli import commands as folder

    return tuple(sorted(module.name.rstrip("_") for module in pkgutil.iter_modules(folder.__path__)))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, whatever happens."""
    speak()
    prepare_streams()
    try:
        with _ending_cleanly():
            code = _dispatch(list(sys.argv[1:] if argv is None else argv))
            if sys.stdout is not None:  # a program without a console has none
                sys.stdout.flush()
            return code
    except (Cancelled, KeyboardInterrupt):
        complain(_("Stopped; nothing was written."))
        return STOPPED
    except TwinError as error:
        complain(str(error))
        return 2
    except BrokenPipeError:
        # Python flushes stdout once more at exit and would complain about the same pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except MemoryError:
        complain(_("The computer's memory is full; take a smaller piece of the city or close other programs."))
        return 2
    except OSError as fault:
        if sys.platform == "win32" and fault.errno == errno.EINVAL and not fault.filename:
            return PIPE_CLOSED  # Windows' word for it
        if os.environ.get("TWIN_DEBUG") == "1" or not (fault.filename and fault.strerror):
            return keep_fault()
        complain(_("{path} cannot be used: {reason}.").format(path=fault.filename, reason=fault.strerror))
        return 2
    except Exception:  # noqa: BLE001  (the one edge where the program's own faults become a sentence)
        return keep_fault()


def _dispatch(argv: list[str]) -> int:
    """Run the command that the words name."""
    word, rest = (argv[0], argv[1:]) if argv else ("help", [])
    if word in ("--version", "-V"):
        say(f"twin {twin.__version__}")
        return 0
    if word in ("--help", "-h", "help"):
        if rest and rest[0] in names():
            word, rest = rest[0], ["--help"]
        elif rest:
            raise _unknown(rest[0])
        else:
            say(overview())
            return 0
    if word not in names():
        raise _unknown(word)
    command = _command(word)
    parser = Parser(word, command.summary())
    command.prepare(parser)
    return command.run(parser.parse_args(join_numbers(rest))) or 0


def _command(name: str) -> Command:
    from twin.cli import commands as folder

    module = next(m.name for m in pkgutil.iter_modules(folder.__path__) if m.name.rstrip("_") == name)
    return cast("Command", import_module(f"{folder.__name__}.{module}"))


def _unknown(word: str) -> TwinError:
    return TwinError(
        _("There is no command {word}; the commands are {commands}.").format(
            word=quoted(word), commands=", ".join(names())
        )
    )


def overview() -> str:
    """Return the help of the whole program."""
    width = max(map(len, names()))
    lines = [f"  {name:<{width}}  {_command(name).summary()}" for name in names()]
    return "\n".join(
        [
            _("District Twin: a district of OpenStreetMap in 3D."),
            "",
            _("  twin [FILE]         open the desktop application"),
            _("  twin COMMAND ...    run one of these commands:"),
            "",
            *lines,
            "",
            _("FILE is a .twin file, or the word sample for the district that comes with the program."),
            _("`twin help COMMAND` says more about one; `twin --version` tells the version."),
        ]
    )


@contextmanager
def _ending_cleanly() -> Iterator[None]:
    """Turn being told to end into an exit, so that half-written files are removed and child processes end."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set signals
        return
    told = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP", "SIGBREAK")]
    # What somebody ignores on purpose, as nohup does, stays ignored.
    taken = [number for number in told if number is not None and signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
