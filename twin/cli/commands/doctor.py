"""`twin doctor`: whether this computer can run the program, and what to do where not."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from twin import bar
from twin.cli.streams import say, say_json, table
from twin.language import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from twin.cli.parser import Parser
    from twin.doctor import Finding


def summary() -> str:
    """Return what the command does, in one line."""
    return _("look at what the program needs: libraries, graphics, folders, network")


def prepare(parser: Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))
    parser.add_argument("--offline", action="store_true", help=_("leave the network alone"))


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; 0 where the program can work."""
    from twin import doctor

    with bar.shown(quiet=arguments.json) as report:
        findings = doctor.examine(offline=arguments.offline, report=report)
    fine = doctor.works(findings)
    if arguments.json:
        say_json({"ok": fine, "findings": [asdict(finding) for finding in findings]})
        return 0 if fine else 1
    say(as_text(findings))
    return 0 if fine else 1


def as_text(findings: Sequence[Finding]) -> str:
    """Return what was found as lines to read or to send."""
    from twin import doctor

    marks = {"ok": " ", "warning": "!", "error": "X", "skipped": "-"}
    rows = []
    for finding in findings:
        rows.append((f"{marks[finding.state]} {finding.label}", finding.value))
        if finding.advice:
            rows.append(("", finding.advice))
    verdict = (
        _("Everything needed is here.")
        if doctor.works(findings)
        else _("Something that is needed is missing; see the lines with X.")
    )
    return f"{table(rows)}\n\n{verdict}"
