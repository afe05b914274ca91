#!/bin/sh
# Optimises a core module with binaryen's wasm-opt where there is one, else copies it.
#
#   tools/optimise.sh IN OUT [FLAGS]
#
# FLAGS are -O3, for speed, if absent; -Oz is for the least size.
set -eu

# Debian 12's binaryen (108) does not read which features a module uses: these are the ones that
# rustc turns on for wasm32-unknown-unknown.
features="--enable-bulk-memory --enable-multivalue --enable-mutable-globals
    --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext"

command -v wasm-opt >/dev/null || ! command -v apt-get >/dev/null ||
    "$(dirname "$0")/packages.sh" binaryen || true

# shellcheck disable=SC2086 # the words of $features and FLAGS are separate arguments
if ! command -v wasm-opt >/dev/null; then
    echo "wasm: no wasm-opt, so the module is as rustc left it" >&2
    cp "$1" "$2"
elif ! wasm-opt ${3:--O3} $features "$1" -o "$2" 2>"$2.log"; then
    echo "wasm: $(wasm-opt --version) cannot read the module ($(head -n 1 "$2.log"))," \
        "so it is as rustc left it" >&2
    cp "$1" "$2"
fi
rm -f "$2.log"
