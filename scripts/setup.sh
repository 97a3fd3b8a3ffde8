#!/usr/bin/env bash
# Set-up of magos-agent: `setup.sh run VENV` installs what an investigation needs, `setup.sh dev VENV` what tests and
# lint need on top. Installs what is missing where it may (apt as root, kubectl into the environment), else prints the
# one command that does. Running it again is cheap and harmless.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-run} venv=${2:-.venv}
python=${PYTHON:-python3}
KUBECTL_VERSION=v1.34.1

say() { printf '%s\n' "$*" >&2; }
as_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

need_python() {
    if ! command -v "$python" >/dev/null || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        say "error: Python 3.11 or newer is needed. Install it (Debian 12: apt-get install python3 python3-venv)"
        say "or name one: make PYTHON=/path/to/python3.12 investigate"
        exit 1
    fi
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        if as_root; then
            say "installing python3-venv ..."
            { apt-get install -y -qq python3-venv || { apt-get update -qq && apt-get install -y -qq python3-venv; }; } >/dev/null
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

case $what in
run)
    need_python
    [ -x "$venv/bin/python" ] || { say "making $venv ..."; "$python" -m venv "$venv"; }
    "$venv/bin/python" -m pip install -q --disable-pip-version-check 'pip>=25.1' # the first that knows dependency groups
    say "installing Python packages (a minute or two the first time) ..."
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -c constraints.txt -e . 2> >(grep -v '^WARNING: Location' >&2)
    if ! command -v kubectl >/dev/null && [ ! -x "$venv/bin/kubectl" ]; then
        fetch_kubectl || {
            say "error: kubectl is missing and could not be installed. Install it: https://kubernetes.io/docs/tasks/tools/"
            exit 1
        }
    fi
    ;;
dev)
    say "installing the tools of tests and lint ..."
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -c constraints.txt --group dev 2> >(grep -v '^WARNING: Location' >&2)
    ;;
*)
    say "usage: scripts/setup.sh run|dev [VENV]"
    exit 2
    ;;
esac
