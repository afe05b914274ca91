#!/bin/sh
# Lays out the root of an image that holds one binary: with the libraries that it loads, the
# certificate authorities of this system, and a user that is not root. No shell, no packages.
#
#   tools/rootfs.sh BINARY DIRECTORY
set -eu

binary=$1
root=$2

authorities=/etc/ssl/certs/ca-certificates.crt
[ -s "$authorities" ] || { echo "rootfs: no $authorities (package ca-certificates)" >&2; exit 1; }

rm -rf "$root"
mkdir -p "$root/etc"
install -D -m 755 "$binary" "$root/usr/bin/$(basename "$binary")"
install -D -m 644 "$authorities" "$root$authorities"
echo 'vicar:x:65532:65532::/:/nonexistent' >"$root/etc/passwd"
echo 'vicar:x:65532:' >"$root/etc/group"

# `name => /path (0x..)`, and the loader itself as `/path (0x..)`.
ldd "$binary" | awk '$2 == "=>" && $3 ~ "^/" { print $3 } $1 ~ "^/" { print $1 }' |
    while read -r library; do install -D -m 755 "$library" "$root$library"; done
