#!/usr/bin/env bash
# Debian 12 has no Asterisk: its unstable suite has one, kept in a folder of its own. As root, about a minute and 540 MB.
set -euo pipefail
root="${DECROCHE_ASTERISK_ROOT:-/var/tmp/decroche-peers/sid}"
if [ -x "$root/usr/sbin/asterisk" ]; then exit 0; fi
mirror="$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' 'Origin: Debian' | head -1)"
partial="$root.partial"
rm -rf "$partial"
mkdir -p "$(dirname "$root")"
debootstrap --variant=minbase \
  --include=asterisk,asterisk-modules,asterisk-core-sounds-fr,asterisk-moh-opsound-wav sid "$partial" "$mirror"
mv "$partial" "$root"
