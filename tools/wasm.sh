#!/bin/sh
# Builds a workspace package for wasm32-unknown-unknown into target/wasm, with whichever compiler
# on this machine can: one that has the target's standard library; else the toolchain manager is
# asked for it; else Debian's packaged compiler builds it from its library sources.
#
#   tools/wasm.sh PACKAGE [OPTION of cargo build]...
#
# WASM_TOOLCHAIN=present|rustup|debian skips the search and takes that way.
set -eu

target=wasm32-unknown-unknown
directory=${CARGO_TARGET_DIR:-target}/wasm
remembered=$directory/toolchain

say() { echo "wasm: $*" >&2; }

# Bounded, because an unreachable server must not hang the build.
bounded() { if command -v timeout >/dev/null; then timeout 120 "$@"; else "$@"; fi; }

present() {
    library=$(rustc --print target-libdir --target $target 2>/dev/null) &&
        ls "$library"/libstd-*.rlib >/dev/null 2>&1
}

rustup_adds() {
    command -v rustup >/dev/null &&
        RUSTUP_MAX_RETRIES=0 bounded rustup target add $target >/dev/null 2>&1 &&
        present
}

debian_sources=/usr/lib/rustlib/src/rust/library/std/Cargo.toml

debian_has() { [ -x /usr/bin/rustc ] && [ -e $debian_sources ] && linker >/dev/null; }

debian_installs() {
    debian_has && return
    command -v apt-get >/dev/null || return 1
    "$(dirname "$0")/packages.sh" rustc-web rust-web-src lld && debian_has
}

# rust-lld of the active toolchain, else Debian's.
linker() {
    own=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld
    if [ -x "$own" ]; then echo "$own"; else command -v wasm-ld; fi
}

choose() {
    if present; then echo present
    elif rustup_adds; then echo rustup
    elif debian_installs; then echo debian
    else return 1
    fi
}

# A way found earlier is taken again without asking the network.
way=${WASM_TOOLCHAIN:-}
if [ -z "$way" ] && [ "$(cat "$remembered" 2>/dev/null)" = debian ] && debian_has && ! present; then
    way=debian
fi
if [ -z "$way" ]; then
    way=$(choose) || {
        say "no compiler for $target: the active one lacks its standard library," \
            "\`rustup target add $target\` failed, and there are no Debian packages" \
            "(rustc-web, rust-web-src, lld) to fall back on"
        exit 1
    }
fi

options="--package $*"

case $way in
present) say "building $* with $(rustc --version | cut -d' ' -f1-2), which has the standard library" ;;
rustup)
    rustup_adds || { say "\`rustup target add $target\` failed"; exit 1; }
    say "building $* with $(rustc --version | cut -d' ' -f1-2), standard library from rustup"
    ;;
debian)
    debian_installs || { say "Debian's rustc-web, rust-web-src and lld are not installable"; exit 1; }
    say "building $* with Debian's $(/usr/bin/rustc --version | cut -d' ' -f1-2)," \
        "standard library from its sources"
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$(linker)
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
    options="$options -Zbuild-std=std,panic_abort"
    ;;
*) say "WASM_TOOLCHAIN is \`$way\`: present, rustup or debian"; exit 1 ;;
esac

mkdir -p "$directory"
echo "$way" >"$remembered"

# Flags meant for the host's linker do not fit this target. Paths of this machine in panic messages
# would make the bytes differ between machines.
unset CARGO_ENCODED_RUSTFLAGS
RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src/=/ --remap-path-prefix=$PWD/=/"
export RUSTFLAGS
# shellcheck disable=SC2086 # the words of $options are separate arguments
exec cargo build --profile wasm --target $target --target-dir "$directory" $options
