"""From words to a command, and from whatever happens to an exit code."""

from __future__ import annotations

import errno
import os
import pkgutil
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

import twin
from twin.cli.interrupts import ending_cleanly
from twin.cli.parser import Parser, join_numbers, quoted
from twin.cli.streams import complain, keep_fault, prepare_streams, say
from twin.language import _, speak
from twin.model import Cancelled, TwinError

if TYPE_CHECKING:
    from collections.abc import Sequence

STOPPED, PIPE_CLOSED = 130, 141
DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


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


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, whatever happens."""
    speak()
    prepare_streams()
    interrupts: list[int] = []
    try:
        with ending_cleanly(interrupts):
            code = _dispatch(list(sys.argv[1:] if argv is None else argv))
            if sys.stdout is not None:  # a program without a console has none
                sys.stdout.flush()
            return code
    except (Cancelled, KeyboardInterrupt):
        return _stopped()
    except TwinError as error:
        complain(str(error))
        return 2
    except BrokenPipeError:
        _give_up_stdout()
        return PIPE_CLOSED
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except MemoryError:
        complain(_("The computer's memory is full; take a smaller piece of the city or close other programs."))
        return 2
    except OSError as fault:
        if sys.platform == "win32" and fault.errno == errno.EINVAL and not fault.filename:
            return PIPE_CLOSED  # Windows' word for it
        return _stopped() if interrupts else _unusable(fault)
    except Exception:  # noqa: BLE001  (the one edge where the program's own faults become a sentence)
        # An interrupt inside a library's own code may come out as anything: VTK makes it an ImportError.
        return _stopped() if interrupts else keep_fault()


def _stopped() -> int:
    complain(_("Stopped; nothing was written."))
    return STOPPED


def _unusable(fault: OSError) -> int:
    """Tell what the system refuses."""
    if os.environ.get("TWIN_DEBUG") == "1" or not fault.strerror:
        return keep_fault()
    if fault.filename:
        complain(_("{path} cannot be used: {reason}.").format(path=fault.filename, reason=fault.strerror))
    elif fault.errno in DISK_FULL:
        complain(_("The output cannot be written: {reason}.").format(reason=fault.strerror))
        _give_up_stdout()
    else:
        return keep_fault()
    return 2


def _give_up_stdout() -> None:
    """Make stdout lead nowhere: Python flushes it once more at exit and would complain about the same trouble."""
    with suppress(OSError, ValueError, AttributeError):  # a stream that is closed, or is no file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, sys.stdout.fileno())
        finally:
            os.close(nowhere)


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
    return command(word).run(_parser(word).parse_args(join_numbers(rest))) or 0


def _parser(name: str) -> Parser:
    asked = command(name)
    parser = Parser(name, asked.summary())
    asked.prepare(parser)
    return parser


def command(name: str) -> Command:
    """Return the command of a name that `names` returns."""
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
    lines = [f"  {name:<{width}}  {command(name).summary()}" for name in names()]
    return "\n".join(
        [
            _("District Twin: a district of OpenStreetMap in 3D."),
            "",
            _("  twin [FILE]         open the desktop application"),
            _("  twin open PLACE     download a district and show it there"),
            _("  twin COMMAND ...    run one of these commands:"),
            "",
            *lines,
            "",
            _("FILE is a .twin file, or the word sample for the district that comes with the program."),
            _("`twin help COMMAND` says more about one; `twin --version` tells the version."),
        ]
    )
