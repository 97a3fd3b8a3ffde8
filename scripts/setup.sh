#!/usr/bin/env bash
# Set-up of magos-agent: `setup.sh run VENV` installs what an investigation needs and, where it can be compiled, llama.cpp
# for local models (`setup.sh local VENV` tries only that again); `setup.sh dev VENV` what tests and lint need on top.
# Installs what is missing where it may (apt as root, kubectl into the environment), else prints the one command that
# does. Running it again is cheap and harmless.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-run} venv=${2:-.venv}
python=${PYTHON:-python3}
KUBECTL_VERSION=v1.34.1

say() { printf '%s\n' "$*" >&2; }
as_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
apt_install() {
    say "installing $1 ..."
    { apt-get install -y -qq "$1" || { apt-get update -qq && apt-get install -y -qq "$1"; }; } >/dev/null
}
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

need_python() {
    if ! command -v "$python" >/dev/null || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        say "error: Python 3.11 or newer is needed. Install it (Debian 12: apt-get install python3 python3-venv)"
        say "or name one: make PYTHON=/path/to/python3.12 investigate"
        exit 1
    fi
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        if as_root; then
            apt_install python3-venv
        else
            say "error: Python's venv module is missing. Install it: sudo apt-get install python3-venv"
            exit 1
        fi
    fi
}

# The official release with its published checksum; refused when they differ. The mirror can be changed for closed networks.
fetch_kubectl() {
    local base=${KUBECTL_MIRROR:-https://dl.k8s.io/release} arch system target=$venv/bin/kubectl
    system=$(uname -s | tr '[:upper:]' '[:lower:]')
    case $(uname -m) in x86_64 | amd64) arch=amd64 ;; aarch64 | arm64) arch=arm64 ;; *) arch=$(uname -m) ;; esac
    local url=$base/$KUBECTL_VERSION/bin/$system/$arch/kubectl
    say "installing kubectl $KUBECTL_VERSION into $venv ..."
    "$venv/bin/python" scripts/fetch_kubectl.py "$url" "$target"
}

has_compiler() { command -v "${CXX:-c++}" || command -v g++ || command -v clang++; } >/dev/null
has_llama() { "$venv/bin/python" -c 'import llama_cpp, llguidance, huggingface_hub' 2>/dev/null; }

# How far the compile of a pip log is, while this runs: a counter on a terminal, elsewhere a line every PROGRESS_S seconds.
show_progress() {
    local log=$1 step started=$SECONDS due=${PROGRESS_S:-30}
    while sleep 1 >/dev/null 2>&1; do
        step=$(grep -oE '^ *\[ *[0-9]+(/[0-9]+|%)\]' "$log" | tail -n 1 | tr -d ' ') || continue
        if [ -t 2 ]; then
            printf '\rcompiling llama.cpp %s %ds ' "$step" $((SECONDS - started)) >&2
        elif [ $((SECONDS - started)) -ge "$due" ]; then
            due=$((due + ${PROGRESS_S:-30}))
            say "compiling llama.cpp $step, $((SECONDS - started)) s"
        fi
    done
}

# The extra `local`. llama-cpp-python is published as source: the first install compiles it, later ones take pip's wheel.
install_local() {
    local log=$venv/llama-cpp.log watcher status=0
    if ! has_llama && ! has_compiler && as_root; then
        apt_install g++ || say "warning: g++ could not be installed"
    fi
    say "installing llama.cpp for local models (compiles for 3 to 8 minutes the first time) ..."
    : >"$log"
    show_progress "$log" &
    watcher=$!
    trap "kill $watcher 2>/dev/null" EXIT
    trap 'exit 130' INT # pip ends by it too, and that is no failure to go on from
    CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(getconf _NPROCESSORS_ONLN)} \
        SKBUILD_CMAKE_DEFINE=${SKBUILD_CMAKE_DEFINE:-CMAKE_PROJECT_INCLUDE=$PWD/scripts/llama_cpp.cmake} \
        pip install -v -c constraints.txt -e '.[local]' >"$log" 2>&1 || status=$?
    kill "$watcher" 2>/dev/null || true
    trap - EXIT INT
    [ ! -t 2 ] || printf '\r\033[K' >&2
    if [ $status = 0 ] && has_llama; then return; fi
    say "warning: llama.cpp could not be installed. Investigations work without it; local models do not."
    has_compiler || say "  missing: a C++ compiler (Debian: sudo apt-get install g++)"
    say "  what pip said: $log"
    say "  to try again: make local"
    return 1
}

case $what in
run)
    need_python
    [ -x "$venv/bin/python" ] || { say "making $venv ..."; "$python" -m venv "$venv"; }
    pip install -q 'pip>=25.1' # the first that knows dependency groups
    say "installing Python packages (a minute or two the first time) ..."
    pip install -q -c constraints.txt -e . 2> >(grep -v '^WARNING: Location' >&2)
    if ! command -v kubectl >/dev/null && [ ! -x "$venv/bin/kubectl" ]; then
        fetch_kubectl || {
            say "error: kubectl is missing and could not be installed. Install it: https://kubernetes.io/docs/tasks/tools/"
            exit 1
        }
    fi
    install_local || true
    ;;
local)
    install_local
    ;;
dev)
    say "installing the tools of tests and lint ..."
    pip install -q -c constraints.txt --group dev 2> >(grep -v '^WARNING: Location' >&2)
    ;;
*)
    say "usage: scripts/setup.sh run|local|dev [VENV]"
    exit 2
    ;;
esac
