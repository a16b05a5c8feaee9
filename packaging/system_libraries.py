"""The system's libraries that Qt, VTK and the tests' display need: installed on Debian and Ubuntu."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# fmt: off
DRAWING = (
    "libgl1", "libglx-mesa0", "libegl1", "libegl-mesa0", "libgl1-mesa-dri", "libopengl0",
    "libx11-6", "libx11-xcb1", "libxext6", "libxrender1", "libxcursor1", "libxfixes3", "libsm6", "libice6",
    "libxkbcommon0", "libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1",
    "libxcb-randr0", "libxcb-render-util0", "libxcb-shape0", "libxcb-xfixes0", "libxcb-xinerama0", "libxcb-xkb1",
    "libdbus-1-3", "libexpat1", "libfontconfig1", "libfreetype6", "libglib2.0-0", "libzstd1",
)
# fmt: on
"""What the wheels of Qt, VTK and rasterio take from the system."""

TESTING = ("xvfb", "xauth", "mosquitto")
"""A display without a screen, for the tests of the window, and the broker that the tests of live feeds talk to."""


def provide_system_libraries() -> None:
    """Install what is missing where this user may, else name it in one sentence. It never stops set-up.

    A library may be there without a package (built by hand, another system): only opening a window
    tells for certain, so a missing package is no reason to refuse.
    """
    if not sys.platform.startswith("linux"):
        return
    if not shutil.which("dpkg-query"):
        print(
            "This is not Debian or Ubuntu: where pictures or windows fail to open, install the packages that bring "
            "libGL, libEGL, libxkbcommon-x11, libxcb-cursor and, for the tests, Xvfb and mosquitto.",
            flush=True,
        )
        return
    missing = missing_packages([*DRAWING, *TESTING])
    if missing and not apt_install(missing):
        print(
            "These system packages are missing and could not be installed from here; windows or tests may need them: "
            "sudo apt-get install {}".format(" ".join(missing)),
            flush=True,
        )


def missing_packages(wanted: list[str]) -> list[str]:
    """Return which Debian packages are not installed.

    Where the time of 64 bits came, a package may be called `libglib2.0-0t64` and provide the old name.
    """
    names = [*wanted, *(name + "t64" for name in wanted)]
    answer = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a line for every name that dpkg never heard of
        check=False,
        text=True,
    ).stdout
    here = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in here and name + "t64" not in here]


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages where this user may without a question, and tell whether they came."""
    prefix = _root_prefix()
    if prefix is None or not shutil.which("apt-get"):
        return False
    print("Installing system packages: {}".format(" ".join(packages)), flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    if _succeeds(install, quietly=True):
        return True
    _succeeds([*apt, "update"])  # the lists of a fresh machine are empty or old; a dead source is no reason to stop
    return _succeeds(install)


def _root_prefix() -> list[str] | None:
    """Return what makes a command run as root: nothing, sudo, or None where there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _succeeds(["sudo", "-n", "true"], quietly=True):
        return ["sudo", "-n"]
    return None


def _succeeds(command: list[str], *, quietly: bool = False) -> bool:
    out = subprocess.DEVNULL if quietly else None
    return (
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=out, check=False).returncode
        == 0
    )
