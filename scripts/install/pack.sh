#!/bin/sh
# Packs the executables of a folder as xz and as gz, puts the installers beside them, and lists the SHA-256 of everything:
#
#   sh scripts/install/pack.sh dist OWNER/REPOSITORY
set -eu
here=$(dirname "$0")
folder=$1
repository=$2
for file in install.sh install.ps1; do
  sed "s#x/appendlayer#$repository#" "$here/$file" > "$folder/$file"
done
cd "$folder"
for file in appendlayer-*; do
  case $file in *.xz | *.gz) continue ;; esac
  # The same bytes give the same file: without name and time, and by one thread.
  xz -9 -T1 --keep --force "$file"
  gzip -9 --no-name --keep --force "$file"
done
sha256sum appendlayer-* install.sh install.ps1 > SHA256SUMS
