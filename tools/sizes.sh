#!/bin/sh
# Prints each artefact's size, raw and compressed with gzip.
#
#   tools/sizes.sh FILE...
set -eu

printf '%-32s %12s %12s\n' artefact bytes gzip
for file in "$@"; do
    printf '%-32s %12d %12d\n' "$file" "$(wc -c <"$file")" "$(gzip -9 -c "$file" | wc -c)"
done
