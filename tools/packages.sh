#!/bin/sh
# Installs Debian packages that are missing; says so in one line. Does nothing when all are there.
#
#   tools/packages.sh PACKAGE...
set -eu

missing=
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "packages:$missing are missing, and only root can install them" >&2; exit 1; }
    as_root=sudo
fi
echo "packages: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # the words of $missing are separate arguments
{ $as_root apt-get install -y --no-install-recommends $missing ||
    { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $missing; }
} >"$log" 2>&1 || { tail -n 5 "$log" >&2; echo "packages: could not install$missing" >&2; exit 1; }
