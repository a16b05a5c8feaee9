"""What a computer offers the program: versions, graphics, folders, network, and advice where something lacks."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import multiprocessing
import os
import platform
import shutil
import signal
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import platformdirs

import twin
from twin import district, knocking
from twin.language import _
from twin.model import Progress, Report, TwinError, silent
from twin.settings import APP, Settings, config_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

LIBRARIES = (
    "numpy", "pandas", "geopandas", "shapely", "pyproj", "pyogrio", "rasterio", "osmium", "osmnx",
    "vtk", "pyvista", "pyvistaqt", "pyside6-essentials", "pillow", "rich", "tzdata",
    "requests", "paho-mqtt", "keyring", "defusedxml", "gtfs-realtime-bindings",
)  # fmt: skip

_MODULES = {
    "pillow": "PIL", "pyside6-essentials": "PySide6", "paho-mqtt": "paho.mqtt",
    "gtfs-realtime-bindings": "google.transit",
}  # fmt: skip
"""What is imported of those that are called otherwise."""

GRAPHICS_PATIENCE_S = 60.0
"""The first picture on a cold disk or in a virtual machine without a GPU takes many seconds."""

NETWORK_PATIENCE_S = 5.0

FEEDS_MAX = 50
"""So many servers of live feeds are looked at."""

LITTLE_SPACE_B = 500_000_000
"""A large district with its cache and its picture takes some hundred megabytes."""

State = Literal["ok", "warning", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `warning` is something to know, `error` something that must be mended."""

    name: str  # stable, for scripts
    label: str
    state: State
    value: str
    advice: str = ""


def examine(*, offline: bool = False, report: Report = silent) -> list[Finding]:
    """Look at everything the program needs and return what was found.

    Parameters
    ----------
    offline
        Leave the network alone.
    report
        Told which thing is being looked at.
    """
    report(Progress(_("Looking at the libraries")))
    settings, findings = _settings()
    findings = [
        *versions(),
        *findings,
        *_surely("folders", _("Folders"), lambda: folders(settings)),
        *_surely("sample", _("Sample district"), assets),
        display(),
        keyring(),
    ]
    report(Progress(_("Drawing a test picture")))
    findings += _surely("graphics", _("Graphics"), lambda: [graphics()])
    for name, label, address in (
        ("overpass", "Overpass", settings.overpass_url),
        ("nominatim", "Nominatim", settings.nominatim_url),
    ):
        if offline:
            findings.append(Finding(name, label, "skipped", _("{address} (not asked)").format(address=address)))
        else:
            report(Progress(_("Asking {address}").format(address=address)))
            findings.append(server(name, label, address, settings.user_agent))
    report(Progress(_("Asking the servers of live feeds")))
    return findings + feeds(offline=offline)


def _settings() -> tuple[Settings, list[Finding]]:
    """Return the settings, and what is to say about them; broken ones give way to the defaults."""
    label, path = _("Settings"), config_file()
    try:
        settings = Settings.load()
    except TwinError as error:
        return Settings(), [Finding("settings", label, "error", str(path), str(error))]
    value = str(path) if path.exists() else _("{path} (none, so the defaults hold)").format(path=path)
    return settings, [Finding("settings", label, "ok", value)]


def _surely(name: str, label: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """Return what looking finds; where the system does not even let us look, that is the finding."""
    try:
        return look()
    except OSError as fault:
        return [Finding(name, label, "error", fault.strerror or str(fault))]


def works(findings: Sequence[Finding]) -> bool:
    """Return whether the program can work; warnings do not hinder it."""
    return all(finding.state != "error" for finding in findings)


def versions() -> list[Finding]:
    """Return the versions of the program, Python, the system and every library."""
    found = [
        Finding("version", "District Twin", "ok", twin.__version__),
        Finding("python", "Python", "ok", f"{platform.python_version()} ({sys.executable})"),
        Finding("platform", _("System"), "ok", f"{platform.platform()} ({platform.machine()})"),
    ]
    for library in LIBRARIES:
        try:
            found.append(Finding(f"library:{library}", library, "ok", importlib.metadata.version(library)))
        except importlib.metadata.PackageNotFoundError:
            found.append(_without_metadata(library))
    return found


def _without_metadata(library: str) -> Finding:
    """Tell a library without its list of contents, as in a frozen program, from one that is missing."""
    module = _MODULES.get(library, library)
    if importlib.util.find_spec(module) is None:
        return Finding(
            f"library:{library}",
            library,
            "error",
            _("missing"),
            _("Install the program again; {library} belongs to it.").format(library=library),
        )
    return Finding(f"library:{library}", library, "ok", _("present"))


def graphics(patience_s: float = GRAPHICS_PATIENCE_S, draw: Callable[..., None] | None = None) -> Finding:
    """Draw a small picture off screen in a process of its own and say what drew it.

    A broken graphics driver kills the process that calls it, so it must not be this one.
    """
    label = _("Graphics")
    advice = _(
        "Update the graphics driver; on a Linux server without a screen, install the packages libegl1 and libgl1."
    )
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="twin-doctor-", ignore_cleanup_errors=True) as folder:
        chatter = Path(folder) / "chatter"
        child = context.Process(target=draw or draw_test_picture, args=(theirs, str(chatter)), daemon=True)
        answer: dict[str, Any] | None = None
        try:
            with _deaf_to_interrupts():
                child.start()
            theirs.close()
            if ours.poll(patience_s):
                answer = ours.recv()
                child.join(patience_s)
        except EOFError:
            answer = {}
            child.join(patience_s)
        finally:
            ours.close()
            if child.pid is not None:
                child.kill()
                child.join()
        said = _first_line(chatter)
    if answer is None:
        return Finding(
            "graphics", label, "error", _("no picture within {seconds:.0f} s").format(seconds=patience_s), advice
        )
    if not answer:
        value = _("drawing broke off (exit code {code})").format(code=child.exitcode)
        return Finding("graphics", label, "error", f"{value} {said}".strip(), advice)
    if not answer["drew"]:
        return Finding("graphics", label, "error", _("the picture stayed empty") + f" {said}".rstrip(), advice)
    renderer = answer["renderer"] or _("unknown")
    if answer["processor"]:
        return Finding(
            "graphics",
            label,
            "warning",
            renderer,
            _("This draws without a graphics card: everything works, large districts move slowly."),
        )
    return Finding("graphics", label, "ok", renderer)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start a child that leaves Ctrl-C to its parent: what is ignored is inherited, except on Windows."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def draw_test_picture(answer: Connection, chatter: str) -> None:
    """Draw a triangle off screen and send what drew it; runs in a child process of `graphics`."""
    handle = os.open(chatter, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkFiltersSources import vtkRegularPolygonSource
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    from twin.props import OffScreen, drawn_by_processor

    source = vtkRegularPolygonSource()
    source.SetNumberOfSides(3)
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = vtkActor()
    actor.SetMapper(mapper)
    plotter = OffScreen((64, 64))
    plotter.renderer.AddActor(actor)
    window = plotter.render_window
    window.Render()
    pixels = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, 63, 63, 1, pixels, 0)
    darkest, brightest = pixels.GetValueRange()
    told = dict(line.strip().split(":", 1) for line in (window.ReportCapabilities() or "").splitlines() if ":" in line)
    name = told.get("OpenGL renderer string", "").strip()
    version = told.get("OpenGL version string", "").strip()
    drawn_by = ", OpenGL ".join(filter(None, [name, version]))
    answer.send({"drew": brightest > darkest, "renderer": drawn_by, "processor": drawn_by_processor(window)})
    answer.close()


def _first_line(path: Path) -> str:
    """Return the first line that the graphics libraries complained with, in brackets, "" where there is none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")[:10_000]
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"({lines[0][:200]})" if lines else ""


def display() -> Finding:
    """Say whether there is a screen for the desktop application; pictures need none."""
    label = _("Screen")
    if sys.platform in ("win32", "darwin"):
        return Finding("display", label, "ok", _("the system's own"))
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if value := os.environ.get(variable):
            return Finding("display", label, "ok", f"{variable}={value}")
    return Finding(
        "display",
        label,
        "warning",
        _("none"),
        _("The desktop application needs a screen; `twin render` does not."),
    )


def keyring() -> Finding:
    """Say where passwords of live feeds are kept: in the system's keyring, where there is one."""
    label = _("Keyring")
    advice = _("Passwords of live feeds cannot be kept here; unlock or install a keyring such as GNOME's or KDE's.")
    try:
        import keyring as rings
        from keyring.backends.fail import Keyring as NoKeyring

        ring = rings.get_keyring()
    except Exception as fault:  # noqa: BLE001  (plugins of the system, which may raise whatever they like)
        return Finding("keyring", label, "warning", str(fault) or type(fault).__name__, advice)
    if isinstance(ring, NoKeyring):
        return Finding("keyring", label, "warning", _("none"), advice)
    return Finding("keyring", label, "ok", f"{ring.name} ({type(ring).__module__})")


def server(name: str, label: str, address: str, user_agent: str, patience_s: float = NETWORK_PATIENCE_S) -> Finding:
    """Say whether a server answers, by its page of status: no query is spent.

    Any answer of HTTP shows the way there to be open; a refusal is told with its number.
    """
    advice = _(
        "Files and districts already fetched work without it; to fetch new ones, check the network "
        "or name another server."
    )
    ((reason, took_s),) = knocking.together(
        [lambda: knocking.why_no_status(address, user_agent, patience_s)], patience_s
    )
    return _answered(name, label, address, reason, took_s, advice)


def feeds(patience_s: float = NETWORK_PATIENCE_S, *, offline: bool = False) -> list[Finding]:
    """Say of the servers of the live feeds that somebody keeps whether their ports are open; nothing is sent."""
    from twin import connections

    try:
        kept = [saved.connection for saved in connections.read()][:FEEDS_MAX]
    except TwinError as fault:
        return [Finding("feeds", _("Live feeds"), "warning", str(connections.place()), str(fault))]
    servers = {feed.name: server for feed in kept if (server := knocking.server_of(feed.address)) is not None}
    told = {name: f"{host}:{port}" for name, (host, port) in servers.items()}
    if offline:
        value = _("{address} (not asked)")
        return [Finding(f"feed:{name}", name, "skipped", value.format(address=told[name])) for name in servers]
    advice = _("Check the network and the feed's address; recorded days work without it.")
    looks = [partial(knocking.why_closed, server, patience_s) for server in servers.values()]
    found = zip(servers, knocking.together(looks, patience_s), strict=True)
    return [_answered(f"feed:{name}", name, told[name], why, took_s, advice) for name, (why, took_s) in found]


def _answered(name: str, label: str, address: str, reason: str, took_s: float, advice: str) -> Finding:
    if reason:
        return Finding(name, label, "warning", f"{address} ({reason})", advice)
    value = _("{address} (answers in {ms:.0f} ms)").format(address=address, ms=took_s * 1000)
    return Finding(name, label, "ok", value)


def folders(settings: Settings) -> list[Finding]:
    """Say for every folder that the program writes to whether it can, and how much room there is."""
    found = []
    for name, label, folder in (
        ("folder:cache", _("Cache"), settings.cache),
        ("folder:log", _("Log"), platformdirs.user_log_path(APP, appauthor=False)),
        ("folder:temporary", _("Temporary files"), Path(tempfile.gettempdir())),
    ):
        there = folder
        while not there.exists() and there != there.parent:
            there = there.parent
        try:
            free_b = shutil.disk_usage(there).free
        except OSError:
            free_b = 0
        value = _("{folder} ({gigabytes:.1f} GB free)").format(folder=folder, gigabytes=free_b / 1e9)
        if reason := why_unwritable(there):
            advice = _("It cannot be written ({reason}); change its access rights.").format(reason=reason)
            found.append(Finding(name, label, "warning", value, advice))
        elif free_b < LITTLE_SPACE_B:
            found.append(Finding(name, label, "warning", value, _("Make room; a large district needs more.")))
        else:
            found.append(Finding(name, label, "ok", value))
    return found


def why_unwritable(folder: Path) -> str:
    """Return the system's reason why no file can be made in a folder, or "" where one can.

    Only making one tells: access bits mislead on network shares, on Windows and to an administrator.
    """
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".twin-", suffix=".twin-part")
    except OSError as fault:
        return fault.strerror or str(fault)
    os.close(handle)
    Path(name).unlink(missing_ok=True)
    return ""


def assets() -> list[Finding]:
    """Say whether what is shipped with the program is there."""
    label, path = _("Sample district"), district.sample()
    if path.is_file():
        return [Finding("sample", label, "ok", str(path))]
    advice = _("Install the program again, or fetch a district of your own.")
    return [Finding("sample", label, "warning", _("{path} (missing)").format(path=path), advice)]
