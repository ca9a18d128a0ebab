#!/usr/bin/env bash
# Installs what is missing of the given sections of tools/packages.txt; without arguments: build and test.
# Does nothing, and needs no rights, when all is there.
set -euo pipefail

list="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/packages.txt"
[ $# -gt 0 ] || set -- build test

section_packages() {
    awk -v wanted="[$1]" '/^\[/ {found = found || $1 == wanted; inside = $1 == wanted; next}
        inside && NF && !/^#/ {print $1}
        END {exit !found}' "$list" || { echo "tools/packages.txt has no section [$1]" >&2; return 2; }
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# ENTRY is a line's first word: PACKAGE, or PACKAGE@COMMAND where the command from elsewhere will do.
is_there() {
    local package="${1%%@*}" command="${1#*@}"
    is_installed "$package" || { [ "$command" != "$1" ] && command -v "$command" >/dev/null; }
}

has_candidate() {
    apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

install_packages() {
    apt_get install -y --no-install-recommends "$@"
}

command -v apt-get >/dev/null || { echo "this script knows only Debian's apt-get; tools/packages.txt lists what is needed" >&2; exit 1; }

entries=""
for section in "$@"; do
    entries+="$(section_packages "$section") "
done
missing=()
for entry in $(printf '%s\n' $entries | sort -u); do
    is_there "$entry" || missing+=("${entry%%@*}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "these packages are missing, and only root can install them:" >&2
    echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

echo "installing: ${missing[*]}"
updated=no
for name in "${missing[@]}"; do
    if ! has_candidate "$name"; then
        apt_get update
        updated=yes
        break
    fi
done
# A list that is older than the mirror names files that are gone: fetch it again, once.
install_packages "${missing[@]}" || { [ $updated = no ] && apt_get update && install_packages "${missing[@]}"; } || {
    echo "apt-get could not install them: see its message above; is there a network and a Debian 12 mirror?" >&2
    exit 1
}
