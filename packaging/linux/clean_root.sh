#!/bin/sh
# Installs the .deb into a fresh Debian with nothing else in it, and runs the smoke test there as a user without rights.
#   sudo packaging/linux/clean_root.sh dist/district-twin_*.deb [EXPECTED.json]
# EXPECTED.json is what `smoke.py .venv/bin/twin --tell EXPECTED.json` wrote from source. SUITE and MIRROR may be set; by default they are
# this machine's own. Needs debootstrap, root, and some 3 GB of disk.
set -eu

deb="$(readlink -f "$1")"
expected="${2:-}"
here="$(cd "$(dirname "$0")/.." && pwd)"
. /etc/os-release
suite="${SUITE:-$VERSION_CODENAME}"
mirror="${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" | head -n 1)}"
root="$(mktemp -d "${TMPDIR:-/tmp}/clean-root.XXXXXX")"
chmod 755 "$root"  # it is the / of a user without rights

clean_up() {
    for mounted in dev/shm proc; do umount "$root/$mounted" 2>/dev/null || true; done
    rm -rf --one-file-system "$root"
}
trap clean_up EXIT INT TERM

debootstrap --variant=minbase "$suite" "$root" "$mirror"
[ -d /etc/apt/apt.conf.d ] && cp /etc/apt/apt.conf.d/*registry* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm" && mount -t tmpfs tmpfs "$root/dev/shm"
cp "$deb" "$root/tmp/district-twin.deb"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

echo "== what the package declares is enough"
inside apt-get -qq update
inside apt-get -qq install --yes --no-install-recommends /tmp/district-twin.deb >/dev/null
inside dpkg --status district-twin | sed -n '1,8p'
inside useradd --create-home planner
cp "$here/smoke.py" "$here/screen.py" "$root/tmp/"
[ -z "$expected" ] || cp "$expected" "$root/tmp/expected.json"

# The smoke test itself is a Python script and looks at the window on a display: these come after the package, and the
# first look is the program's alone.
inside su planner -c "twin --version && twin render -q sample -o /tmp/first.png && twin doctor" || [ $? -eq 2 ]
inside apt-get -qq install --yes --no-install-recommends python3 xvfb xauth x11-apps xdotool >/dev/null
echo "== without a network, as a user without rights"
unshare --net chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin LANG=C.UTF-8 su planner -c \
    "python3 /tmp/smoke.py /usr/bin/twin --window ${expected:+--expect /tmp/expected.json} --picture /tmp/window.xwd"
cp "$root/tmp/window.xwd" "$(dirname "$deb")/clean-root-window.xwd"

echo "== removing leaves nothing"
inside apt-get -qq purge --yes district-twin >/dev/null
if inside find /usr /etc /opt /var/lib -iname '*district*twin*' -not -path '/var/lib/dpkg/*' | grep .; then
    echo "these files stayed" >&2
    exit 1
fi
echo "All is well in the clean root."
