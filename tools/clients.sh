#!/bin/sh
# Installs the clients of tests/clients into target/clients, every version and its bytes pinned by
# requirements.txt and package-lock.json there; nothing when they are there already.
#
#   target/clients/python    an environment with msal, openai and mcp
#   target/clients/node      node_modules with @azure/msal-node
set -eu

here=$(dirname "$0")
wanted=$here/../tests/clients
directory=${CARGO_TARGET_DIR:-target}/clients

say() { echo "clients: $*" >&2; }

node_major() { node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/'; }
recent_node() { major=$(node_major) && [ -n "$major" ] && [ "$major" -ge 20 ]; }

# Not kept: the tests run whatever `node` there is then.
recent_node && command -v npm >/dev/null || {
    if command -v apt-get >/dev/null && ! command -v node >/dev/null; then
        "$here/packages.sh" nodejs npm
    fi
    recent_node && command -v npm >/dev/null || {
        say "needs Node.js 20 or newer with npm; there is $(node --version 2>/dev/null || echo none)"
        exit 1
    }
}

same() {
    for file in requirements.txt package.json package-lock.json; do
        cmp -s "$wanted/$file" "$directory/$file" || return 1
    done
}
same && exit 0

rm -rf "$directory"
mkdir -p "$directory/node"

"$here/python.sh" "$directory/python" "$wanted/requirements.txt" || {
    say "needs Python 3.11 or newer"
    exit 1
}

cp "$wanted/package.json" "$wanted/package-lock.json" "$directory/node"
log=$directory/log
npm ci --prefix "$directory/node" --ignore-scripts --no-audit --no-fund >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    say "npm could not install the packages of $wanted/package-lock.json"
    exit 1
}
rm -f "$log"

cp "$wanted/requirements.txt" "$wanted/package.json" "$wanted/package-lock.json" "$directory"
say "installed msal, openai, mcp and @azure/msal-node in $directory"
