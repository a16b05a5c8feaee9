"""Make the Linux packages out of the frozen folder: a .deb, and an archive that installs itself anywhere.

    .venv/bin/python packaging/linux/build.py [--out dist] [--frozen dist/district-twin]

Needs dpkg-deb and makeself (Debian's packages dpkg and makeself). An AppImage would be the same archive with
another runtime in front; that runtime is in no package registry, and is not downloaded from elsewhere.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT)]

from freeze import epoch_s, freeze, version, weight_b  # noqa: E402 - the folder above, which is no package
from icons import SIZES_PX, png  # noqa: E402
from system_libraries import DRAWING  # noqa: E402

ID = "org.districttwin.DistrictTwin"
HERE = Path(__file__).resolve().parent
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def main() -> None:
    """Build both packages and their checksums."""
    parser = argparse.ArgumentParser(description="Make the Linux packages.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--frozen", type=Path, help="a folder that freeze.py made; without one it is made")
    parser.add_argument("--quick", action="store_true", help="pack loosely, for trying things: a tenth of the time")
    asked = parser.parse_args()
    out = asked.out.resolve()
    frozen = asked.frozen.resolve() if asked.frozen else freeze(out)
    level = 0 if asked.quick else 6
    made = [deb(frozen, out, level), archive(frozen, out, level)]
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    (out / "SHA256SUMS").write_text(sums, "ascii")
    for path in made:
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")


def deb(frozen: Path, out: Path, level: int) -> Path:
    """Return the Debian package."""
    root = fresh(ROOT / "build" / "deb")
    shutil.copytree(frozen, root / "usr" / "lib" / "district-twin", symlinks=True)
    share(root / "usr" / "share")
    command = root / "usr" / "bin" / "twin"
    command.parent.mkdir(parents=True)
    command.symlink_to("../lib/district-twin/twin")
    papers = root / "usr" / "share" / "doc" / "district-twin"
    papers.mkdir(parents=True)
    (papers / "copyright").write_text(copyright_text(), "utf-8")
    changes = (ROOT / "CHANGELOG.md").read_bytes()
    (papers / "changelog.gz").write_bytes(gzip.compress(changes, 9, mtime=epoch_s()))
    manual = root / "usr" / "share" / "man" / "man1"
    manual.mkdir(parents=True)
    (manual / "twin.1.gz").write_bytes(gzip.compress(man_page().encode(), 9, mtime=epoch_s()))
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(control_text(weight_b(root / "usr")), "utf-8")
    normalise(root)
    architecture = ARCHITECTURES[os.uname().machine]
    path = out / f"district-twin_{version()}_{architecture}.deb"
    build = ["dpkg-deb", "--root-owner-group", "-Zxz", f"-z{level}", "--threads-max=2", "--build", str(root), str(path)]
    subprocess.run(build, check=True, env=with_epoch(), stdout=subprocess.DEVNULL)
    return path


def archive(frozen: Path, out: Path, level: int) -> Path:
    """Return an archive that unpacks and installs itself for one user, on any Linux with the same libraries."""
    root = fresh(ROOT / "build" / "archive")
    shutil.copytree(frozen, root / "district-twin", symlinks=True)
    share(root / "share")
    shutil.copy(HERE / "install.sh", root / "install.sh")
    normalise(root)
    path = out / f"District-Twin-{version()}-{os.uname().machine}.run"
    moment = dt.datetime.fromtimestamp(epoch_s(), dt.UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    make = ["makeself", "--quiet", "--xz", "--complevel", str(level), "--threads", "2", "--nox11", "--sha256"]
    make += ["--packaging-date", moment, "--tar-extra", f"--sort=name --owner=0 --group=0 --mtime=@{epoch_s()}"]
    make += [str(root), str(path), f"District Twin {version()}", "./install.sh"]
    subprocess.run(make, check=True, env=with_epoch(), stdout=subprocess.DEVNULL)
    return path


def share(folder: Path) -> None:
    """Write what a desktop reads: the entry, the file type, the catalogue's data, icons."""
    when = dt.datetime.fromtimestamp(epoch_s(), dt.UTC).date().isoformat()
    metainfo = (HERE / f"{ID}.metainfo.xml").read_text("utf-8")
    for place, name, text in (
        ("applications", f"{ID}.desktop", (HERE / f"{ID}.desktop").read_text("utf-8")),
        ("mime/packages", f"{ID}.xml", (HERE / f"{ID}.xml").read_text("utf-8")),
        ("metainfo", f"{ID}.metainfo.xml", metainfo.replace("@VERSION@", version()).replace("@DATE@", when)),
    ):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / name).write_text(text, "utf-8")
    for size in SIZES_PX:
        path = folder / "icons" / "hicolor" / f"{size}x{size}" / "apps" / f"{ID}.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(png(size))
    scalable = folder / "icons" / "hicolor" / "scalable" / "apps" / f"{ID}.svg"
    scalable.parent.mkdir(parents=True)
    shutil.copy(ROOT / "assets" / "district-twin.svg", scalable)


def control_text(installed_b: int) -> str:
    """Return the package's description of itself; what it depends on is what setting up from source installs."""
    # Since Debian 13 and Ubuntu 24.04 some packages carry t64 in their names and provide the old ones.
    depends = ", ".join(["libc6 (>= 2.36)", "libstdc++6 (>= 11)", "libgomp1", *DRAWING])
    return f"""Package: district-twin
Version: {version()}
Architecture: {ARCHITECTURES[os.uname().machine]}
Maintainer: The District Twin developers <developers@districttwin.example>
Installed-Size: {installed_b // 1024}
Depends: {depends}
Recommends: fonts-noto-cjk, xdg-utils
Suggests: gnome-keyring | kwalletmanager
Section: science
Priority: optional
Description: explore city districts in 3D and replay their sensors
 District Twin downloads a district from OpenStreetMap, shows it in 3D and lays
 live or recorded sensor layers over it: traffic, air quality, 5G coverage.
 It needs no server and, once a district is on the disk, no network.
 .
 This package brings its own Python, Qt, VTK and GDAL.
"""


def copyright_text() -> str:
    """Return the package's copyright file, in Debian's machine-readable form."""
    licence = (ROOT / "LICENSE").read_text("utf-8").strip().splitlines()
    mit = "\n".join(" " + (line or ".") for line in licence)
    return f"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: District Twin

Files: *
Copyright: The District Twin developers
License: MIT
{mit}
Comment: The libraries inside keep their own licences, which are in
 /usr/lib/district-twin/_internal/licences/THIRD-PARTY.txt beside a bill of
 materials (sbom.cdx.json). Map data is (c) OpenStreetMap contributors, ODbL 1.0.
"""


def man_page() -> str:
    """Return the manual page, with the commands as the program itself tells them."""
    from twin.cli import dispatch

    commands = "\n".join(f".TP\n.B {name}\n{dispatch.command(name).summary()}" for name in dispatch.names())
    day = dt.datetime.fromtimestamp(epoch_s(), dt.UTC).date().isoformat()
    page = f""".TH TWIN 1 "{day}" "District Twin {version()}" "User Commands"
.SH NAME
twin \\- explore city districts in 3D and replay their sensors
.SH SYNOPSIS
.B twin
.RI [ FILE ]
.br
.B twin
.I COMMAND
.RI [ ARGUMENT ...]
.SH DESCRIPTION
With a
.I .twin
file, or none for the district that comes with the program, the desktop application is opened.
With a command, that is run in the terminal;
.B twin help
.I COMMAND
says more about one.
.SH COMMANDS
{commands}
.SH EXIT STATUS
0 when all went well, 2 for a mistake in what was asked, 130 when stopped from the keyboard.
.SH FILES
.TP
.I $XDG_CONFIG_HOME/district-twin/settings.toml
Servers, limits and folders;
.B twin doctor
tells where it is and what holds.
.SH COPYRIGHT
District Twin is under the MIT licence. Map data is (c) OpenStreetMap contributors, ODbL 1.0.
"""
    return page.replace("`", "\\(ga")


def normalise(root: Path) -> None:
    """Give every file the commit's time and plain permissions, so that the same commit makes the same package."""
    for path in sorted(root.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
        os.utime(path, (epoch_s(), epoch_s()), follow_symlinks=False)
    for library in root.rglob("*.so*"):
        if not library.is_symlink():
            library.chmod(0o644)  # Debian's policy: a library is read, not run


def with_epoch() -> dict[str, str]:
    """Return the environment with the time that stamps are taken from."""
    return {**os.environ, "SOURCE_DATE_EPOCH": str(epoch_s())}


def fresh(folder: Path) -> Path:
    """Return an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main()
