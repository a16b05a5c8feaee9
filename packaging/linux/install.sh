#!/bin/sh
# Installs District Twin for one user: everything goes below PREFIX, nothing else is touched.
#   ./District-Twin-VERSION.run                     into ~/.local
#   ./District-Twin-VERSION.run -- --prefix /opt/x  elsewhere
#   ./District-Twin-VERSION.run -- --remove         takes it away again
set -eu

prefix="${HOME:-}/.local"
remove=no
while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) prefix="${2:?--prefix needs a folder}"; shift 2 ;;
        --prefix=*) prefix="${1#--prefix=}"; shift ;;
        --remove) remove=yes; shift ;;
        *) echo "install: what is $1? There are --prefix FOLDER and --remove." >&2; exit 2 ;;
    esac
done

here="$(cd "$(dirname "$0")" && pwd)"
id=org.districttwin.DistrictTwin
program="$prefix/lib/district-twin"

files() { (cd "$here/share" && find . -type f); }

refresh() {
    # Desktops read these caches; where the tools are missing, the entry appears at the next login.
    update-desktop-database "$prefix/share/applications" 2>/dev/null || true
    update-mime-database "$prefix/share/mime" 2>/dev/null || true
    gtk-update-icon-cache -q -t "$prefix/share/icons/hicolor" 2>/dev/null || true
}

if [ "$remove" = yes ]; then
    files | while read -r file; do rm -f "$prefix/share/$file"; done
    rm -rf "$program"
    rm -f "$prefix/bin/twin"
    refresh
    echo "District Twin is removed from $prefix. Districts, settings and the cache are still there."
    exit 0
fi

mkdir -p "$prefix/bin" "$prefix/lib" || { echo "install: $prefix cannot be written; choose another with --prefix." >&2; exit 1; }
rm -rf "$program.new"
cp -R "$here/district-twin" "$program.new"
rm -rf "$program"
mv "$program.new" "$program"
ln -sf ../lib/district-twin/twin "$prefix/bin/twin"
files | while read -r file; do
    mkdir -p "$prefix/share/$(dirname "$file")"
    cp "$here/share/$file" "$prefix/share/$file"
done
# A desktop need not have PREFIX/bin on its path.
sed -i "s|^Exec=twin|Exec=\"$prefix/bin/twin\"|" "$prefix/share/applications/$id.desktop"
refresh
echo "District Twin is installed: $prefix/bin/twin"
