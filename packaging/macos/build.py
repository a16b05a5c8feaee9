"""Make the macOS disk image: freeze, sign, pack, notarise.

    .venv/bin/python packaging/macos/build.py [--identity "Developer ID Application: ..."] [--notary-profile NAME]

Without an identity the app is signed ad hoc, which runs on the machine that built it and is stopped by Gatekeeper
elsewhere. The notary profile is one that `xcrun notarytool store-credentials` keeps in the keychain: no secret passes
through here.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT)]

from freeze import freeze, version  # noqa: E402 - the folder above, which is no package

ENTITLEMENTS = ROOT / "packaging" / "macos" / "entitlements.plist"


def main() -> None:
    """Build the disk image and its checksum."""
    parser = argparse.ArgumentParser(description="Make the macOS disk image.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--identity", default="-", help="who signs; without one, ad hoc")
    parser.add_argument("--notary-profile", default="", help="whose credentials notarise; without one, not notarised")
    asked = parser.parse_args()
    out = asked.out.resolve()
    freeze(out)
    app = out / "District Twin.app"
    sign(app, asked.identity)
    image = disk_image(app, out)
    if asked.notary_profile:
        submit = ["xcrun", "notarytool", "submit", str(image), "--keychain-profile", asked.notary_profile, "--wait"]
        subprocess.run(submit, check=True)
        subprocess.run(["xcrun", "stapler", "staple", str(image)], check=True)
    digest = hashlib.sha256(image.read_bytes()).hexdigest()
    (out / (image.name + ".sha256")).write_text(f"{digest}  {image.name}\n", "ascii")
    print(f"{image}: {image.stat().st_size / 1e6:.0f} MB")


def sign(app: Path, identity: str) -> None:
    """Sign every library and then the app, from the inside out, with the hardened runtime that notarising asks for."""
    command = ["codesign", "--force", "--options", "runtime", "--sign", identity]
    if identity != "-":
        command.append("--timestamp")
    libraries = [path for form in ("*.so", "*.dylib") for path in app.rglob(form) if not path.is_symlink()]
    for at in range(0, len(libraries), 100):
        subprocess.run([*command, *map(str, libraries[at : at + 100])], check=True)
    subprocess.run([*command, "--entitlements", str(ENTITLEMENTS), str(app)], check=True)
    subprocess.run(["codesign", "--verify", "--strict", str(app)], check=True)


def disk_image(app: Path, out: Path) -> Path:
    """Return the disk image, with the app beside a link to where apps go."""
    room = ROOT / "build" / "dmg"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    subprocess.run(["ditto", str(app), str(room / app.name)], check=True)
    (room / "Applications").symlink_to("/Applications")
    image = out / f"District-Twin-{version()}-{os.uname().machine}.dmg"
    make = ["hdiutil", "create", "-volname", "District Twin", "-srcfolder", str(room), "-format", "ULMO", "-ov"]
    subprocess.run([*make, str(image)], check=True)
    return image


if __name__ == "__main__":
    main()
