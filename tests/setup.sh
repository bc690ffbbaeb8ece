#!/usr/bin/env bash
# Installs the servers that the demo and the tests start: PostgreSQL, OpenSSH, Ceph's RADOS gateway and Chromium from Debian; Azurite from npm.
# Does nothing, quickly, where all is there. As root, or as a user who may sudo.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

cache=${XDG_CACHE_HOME:-$HOME/.cache}/builder-dr
mkdir -p "$cache"
# several clones may be set up at once
exec 9> "$cache/lock"
flock -w 1200 9

# what is looked for, and the package that brings it
declare -A packages=(
    [/usr/lib/postgresql/*/bin/postgres]=postgresql
    [/usr/lib/postgresql/*/bin/pg_dump]=postgresql-client
    [/usr/sbin/sshd]=openssh-server
    [/usr/lib/openssh/sftp-server]=openssh-sftp-server
    [/usr/bin/ssh-keygen]=openssh-client
    [/usr/bin/radosgw]=radosgw
    [/usr/bin/ceph-osd]=ceph-osd
    [/usr/bin/ceph-mon]=ceph-mon
    [/usr/bin/ceph]=ceph-common
    [/usr/bin/zstd]=zstd
    [/usr/bin/xz]=xz-utils
    [/usr/bin/rclone]=rclone
    [/usr/bin/ps]=procps
    [/usr/bin/time]=time
    [/usr/bin/curl]=curl
    [/usr/bin/jq]=jq
    [/usr/bin/make]=make
    [/usr/bin/node]=nodejs
    [/usr/bin/npm]=npm
    [/usr/bin/chromium]=chromium
)
missing=()
for pattern in "${!packages[@]}"; do
    compgen -G "$pattern" > /dev/null || missing+=("${packages[$pattern]}")
done

if [ ${#missing[@]} -gt 0 ]; then
    sudo=(); [ "$(id -u)" = 0 ] || sudo=(sudo)
    echo "installing ${missing[*]}"
    # a cluster or a daemon of Debian's own is of no use here: nothing is to be started by the packages
    "${sudo[@]}" mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] \
        || echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf > /dev/null
    log=$(mktemp)
    # an update that only some source refused is good enough if the packages are found
    if ! { "${sudo[@]}" apt-get update; "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
        tail -40 "$log" >&2
        echo "the packages could not be installed; the whole log is in $log" >&2
        exit 1
    fi
    rm -f "$log"
fi

# one copy for every clone on this machine, replaced when the pinned version changes
azurite=$here/BuilderDrFunctions.Sandbox/azurite
if ! cmp -s "$azurite/package-lock.json" "$cache/azurite/package-lock.json" || [ ! -e "$cache/azurite/installed" ]; then
    echo "installing azurite"
    rm -rf "$cache/azurite"
    mkdir -p "$cache/azurite"
    cp "$azurite/package.json" "$azurite/package-lock.json" "$cache/azurite/"
    (cd "$cache/azurite" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    touch "$cache/azurite/installed"
fi
