#!/usr/bin/env bash
# Proofs that need other Pythons, other versions of the dependencies, or another root: tests/everywhere/run.sh [PART...]
# (builds, where none is named)
#   builds    the wheel and the sdist are the same, byte for byte, when they are built twice in different places
#   pythons   installed from the wheel, with the lowest and the newest versions of every dependency, on every Python
#             that is found (python3.11 and later): the tests pass
#   newest    the same on the newest Python that Debian has, in a root of its testing suite
#   debian    in a Debian root with python3, python3-venv and ca-certificates only, the README's commands work as printed
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

builds() {
    git archive --format=tar --prefix=one/ HEAD | tar -x -C "$work"
    mkdir -p "$work/elsewhere" && cp -r "$work/one" "$work/elsewhere/two"
    find "$work/elsewhere" -exec touch -d '2001-01-01' {} +
    python3 -m venv "$work/build" && "$work/build/bin/pip" install --quiet build
    for place in "$work/one" "$work/elsewhere/two"; do
        (umask "$([ "$place" = "$work/one" ] && echo 022 || echo 077)" && "$work/build/bin/python" -m build --outdir "$place/dist" "$place" >/dev/null)
    done
    (cd "$work/one/dist" && sha256sum -- *) | (cd "$work/elsewhere/two/dist" && sha256sum --check)
}

pythons() {
    mkdir -p "$work/source" && git archive HEAD | tar -x -C "$work/source"
    python3 -m venv "$work/build"
    "$work/build/bin/pip" --quiet wheel --no-deps --wheel-dir "$work/wheels" "$work/source" || exit 1
    for python in $(found_pythons); do
        for versions in lowest newest; do
            echo "== $("$python" --version), $versions versions"
            venv="$work/$(basename "$python")-$versions"
            "$python" -m venv "$venv"
            "$venv/bin/pip" install --quiet --upgrade pip
            "$venv/bin/pip" install --quiet "$(ls "$work"/wheels/followup-*.whl)[dev]" \
                --constraint <("$venv/bin/python" tests/everywhere/constraints.py "$versions")
            # away with the sources, so that the tests run what is installed; the tests of the package build it from them
            (cd "$work/source" && mv followup away && trap 'mv away followup' EXIT &&
                "$venv/bin/python" -m pytest -n auto -p no:cacheprovider --ignore tests/test_package.py)
            (cd "$work/source" && "$venv/bin/python" -m pytest -p no:cacheprovider tests/test_package.py)
        done
    done
}

found_pythons() {
    for minor in 11 12 13 14 15; do
        command -v "python3.$minor" || true
    done
}

debian() {
    make_root stable "python3,python3-venv,ca-certificates"
    git archive HEAD | tar -x -C "$work/stable/root/followup"
    grep '^python3 -m venv' README.md | while read -r line; do
        echo "== $line"
        in_root stable "$line"
    done
}

newest() {
    make_root testing "python3,python3-venv,ca-certificates,git"
    git clone --quiet "$root" "$work/testing/root/followup"
    in_root testing "tests/everywhere/run.sh pythons"
}

make_root() { # SUITE PACKAGES
    local new="$work/$1"
    command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
    debootstrap --variant=minbase --include="$2" "$1" "$new" >/dev/null
    mkdir -p "$new/root/followup"
    # how this machine reaches the network counts for the new root too
    cp --dereference /etc/resolv.conf /etc/hosts "$new/etc/"
    cp /etc/ssl/certs/ca-certificates.crt "$new/etc/ssl/certs/ca-certificates.crt"
    if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$new/etc/pip.conf"; fi
    mount -t proc proc "$new/proc"
    mount -t devpts devpts "$new/dev/pts"
    trap 'umount "$work"/*/proc "$work"/*/dev/pts; rm -rf --one-file-system "$work"' EXIT
}

in_root() { # SUITE COMMAND
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm LANG=C.UTF-8 \
        chroot "$work/$1" /bin/sh -c "cd /root/followup && $2" </dev/null
}

for part in "${@:-builds}"; do "$part"; done
