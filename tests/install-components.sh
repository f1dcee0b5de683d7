#!/usr/bin/env bash
# Installs the programs that the tests start: Tesseract, Chromium, PostgreSQL.
# Debian and Ubuntu: by apt-get, as root or with password-less sudo. macOS: by brew.
# Prints one line a program, nothing where all are there.
set -euo pipefail

have_postgres() {
    command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

missing=()
command -v tesseract >/dev/null 2>&1 || missing+=(tesseract-ocr)
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
    [ -d "/Applications/Google Chrome.app" ] || missing+=(chromium)
have_postgres || missing+=(postgresql)
[ ${#missing[@]} -eq 0 ] && exit 0

echo "components: missing ${missing[*]}"
if command -v apt-get >/dev/null 2>&1; then
    sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || {
            echo "components: run 'sudo apt-get install ${missing[*]}', then this again" >&2
            exit 1
        }
        sudo=(sudo -n)
    fi
    # A server of its own would be started by the package; the tests start theirs.
    export DEBIAN_FRONTEND=noninteractive
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
elif command -v brew >/dev/null 2>&1; then
    brew install --quiet "${missing[@]/tesseract-ocr/tesseract}"
else
    echo "components: install ${missing[*]} with your package manager, then run this again" >&2
    exit 1
fi
