#!/bin/sh
# Makes a Python environment and installs wheels into it: those whose bytes a file pins, no other.
#
#   tools/python.sh DIRECTORY REQUIREMENTS
set -eu

here=$(dirname "$0")
directory=$1
wanted=$2
log=$directory.log

mkdir -p "$(dirname "$directory")"

# Debian's Python cannot make environments without python3-venv, a Python of another origin can.
environment() { python3 -m venv --clear "$directory" >"$log" 2>&1; }
system_environment() { /usr/bin/python3 -m venv --clear "$directory" >"$log" 2>&1; }
environment || {
    if command -v apt-get >/dev/null; then "$here/packages.sh" python3 python3-venv; fi
    system_environment
} || {
    tail -n 3 "$log" >&2
    echo "python: needs a python3 that can make an environment (python3-venv)" >&2
    exit 1
}

"$directory/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --only-binary :all: --require-hashes --requirement "$wanted" >"$log" 2>&1 || {
    tail -n 3 "$log" >&2
    echo "python: could not install the wheels of $wanted with $("$directory/bin/python" --version)" >&2
    exit 1
}
rm -f "$log"
