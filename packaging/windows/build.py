r"""Make the Windows installer out of the frozen folder.

    .venv\Scripts\python packaging\windows\build.py [--sign "signtool sign /fd sha256 ... %1"]

Needs NSIS (makensis). The script also compiles on Linux, where NSIS comes from Debian's package `nsis`: that proves
the script, not the program.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT)]

from freeze import freeze, version  # noqa: E402 - the folder above, which is no package
from icons import write_icon  # noqa: E402


def main() -> None:
    """Build the installer and its checksum."""
    parser = argparse.ArgumentParser(description="Make the Windows installer.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--frozen", type=Path, help="a folder that freeze.py made; without one it is made")
    parser.add_argument("--sign", default="", help="a command that signs the file named by %%1")
    asked = parser.parse_args()
    out = asked.out.resolve()
    frozen = asked.frozen.resolve() if asked.frozen else freeze(out)
    made = installer(frozen, out, asked.sign)
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    (out / (made.name + ".sha256")).write_text(f"{digest}  {made.name}\n", "ascii")
    print(f"{made}: {made.stat().st_size / 1e6:.0f} MB")


def installer(frozen: Path, out: Path, sign: str) -> Path:
    """Return the installer."""
    makensis = shutil.which("makensis") or r"C:\Program Files (x86)\NSIS\makensis.exe"
    work = ROOT / "build" / "windows"
    work.mkdir(parents=True, exist_ok=True)
    path = out / f"District-Twin-{version()}.exe"
    told = {
        "VERSION": version(),
        "FROZEN": frozen,
        "ICON": write_icon(work / "district-twin.ico"),
        "LICENCE": ROOT / "LICENSE",
        "OUT": path,
        **({"SIGN": sign} if sign else {}),
    }
    command = [makensis, "-V2", "-WX", *(f"-D{name}={value}" for name, value in told.items())]
    subprocess.run([*command, str(ROOT / "packaging" / "windows" / "district-twin.nsi")], check=True)
    return path


if __name__ == "__main__":
    main()
