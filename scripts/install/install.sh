#!/bin/sh
# Installs appendlayer: finds the system, downloads the executable, checks it, and puts it into a folder of yours.
#
#   sh install.sh [--version V] [--dir DIR] [--from URL]
#
# --version V   a version, as 3.0.0 (default: the latest release)
# --dir DIR     where it goes (default: ~/.local/bin)
# --from URL    the folder of the release files, for a mirror (default: the releases of APPENDLAYER_REPOSITORY on GitHub)
#
# Needs curl or wget, and sha256sum, shasum or openssl; no root. With gh or cosign, the provenance is verified too.
set -eu

repository=${APPENDLAYER_REPOSITORY:-x/appendlayer}
version=
directory=${HOME:-}/.local/bin
from=

fail() {
  echo "install: $1" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --version=* | --dir=* | --from=*)
      option=${1%%=*}
      value=${1#*=}
      shift
      ;;
    --version | --dir | --from)
      [ $# -ge 2 ] || fail "Cannot use $1: it needs a value"
      option=$1
      value=$2
      shift 2
      ;;
    -h | --help)
      sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) fail "Cannot use $1: expected --version, --dir or --from" ;;
  esac
  [ -n "$value" ] || fail "Cannot use $option: it needs a value"
  case $option in
    --version) version=${value#v} ;;
    --dir) directory=$value ;;
    --from) from=${value%/} ;;
  esac
done

has() {
  command -v "$1" > /dev/null 2>&1
}

case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  *) fail "Cannot install on $(uname -s): Windows has install.ps1, and the npm package runs wherever Node does" ;;
esac
case $(uname -m) in
  x86_64 | amd64) processor=x64 ;;
  aarch64 | arm64) processor=arm64 ;;
  *) fail "Cannot install on $(uname -m): the npm package runs wherever Node does" ;;
esac
# A shell under Rosetta calls itself Intel's.
if [ "$system-$processor" = macos-x64 ] && [ "$(sysctl -n sysctl.proc_translated 2> /dev/null || :)" = 1 ]; then
  processor=arm64
fi
name=appendlayer-$system-$processor
if [ "$system" = linux ]; then
  # The loader of the C library tells which one it is; with both, the usual one does.
  set -- /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.* /lib/*-linux-gnu/ld-linux-*.so.* /usr/lib/ld-linux-*.so.*
  libc=
  for file in /lib/ld-musl-*.so.1; do [ ! -e "$file" ] || libc=musl; done
  for file; do [ ! -e "$file" ] || libc=gnu; done
  case $libc in
    gnu) ;;
    musl) name=$name-musl ;;
    *) fail "Cannot install here: there is neither glibc nor musl, one of which the executable needs" ;;
  esac
fi

if [ -z "$from" ]; then
  from=https://github.com/$repository/releases
  if [ -n "$version" ]; then from=$from/download/v$version; else from=$from/latest/download; fi
fi

if has curl; then
  case $from in
    https://*) fetch() { curl -fsSL --proto '=https' --retry 3 -o "$2" "$1"; } ;;
    *) fetch() { curl -fsSL --retry 3 -o "$2" "$1"; } ;;
  esac
elif has wget; then
  fetch() { wget -q -O "$2" "$1"; }
else
  fail "Cannot download: there is neither curl nor wget"
fi

if has sha256sum; then
  digest() { sha256sum "$1" | cut -d ' ' -f 1; }
elif has shasum; then
  digest() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
elif has openssl; then
  digest() { openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1; }
else
  fail "Cannot check what is downloaded: there is neither sha256sum, shasum nor openssl"
fi

folder=$(mktemp -d)
pending=
trap 'rm -rf "$folder" ${pending:+"$pending"}' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fetch "$from/SHA256SUMS" "$folder/SHA256SUMS" || fail "Cannot download $from/SHA256SUMS"
listed() {
  # Fixed fields: a name may be marked as binary by a star.
  while read -r sum file; do
    if [ "${file#\*}" = "$1" ]; then echo "$sum"; fi
  done < "$folder/SHA256SUMS"
}

# The smallest that can be unpacked here.
if has xz && [ -n "$(listed "$name.xz")" ]; then
  file=$name.xz
  unpack() { xz -dc "$1"; }
elif has gzip && [ -n "$(listed "$name.gz")" ]; then
  file=$name.gz
  unpack() { gzip -dc "$1"; }
else
  file=$name
  unpack() { cat "$1"; }
fi
expected=$(listed "$file")
[ -n "$expected" ] || fail "Cannot find $file in $from/SHA256SUMS"

echo "install: $from/$file" >&2
fetch "$from/$file" "$folder/$file" || fail "Cannot download $from/$file"
found=$(digest "$folder/$file")
[ "$found" = "$expected" ] || fail "Cannot use $file: its SHA-256 is $found, and SHA256SUMS says $expected"
unpack "$folder/$file" > "$folder/$name.unpacked" || fail "Cannot unpack $file"
# What is unpacked is listed as well.
plain=$(listed "$name")
if [ -n "$plain" ]; then
  found=$(digest "$folder/$name.unpacked")
  [ "$found" = "$plain" ] || fail "Cannot use $name: its SHA-256 is $found, and SHA256SUMS says $plain"
fi

checked="checksum"
case $from in
  https://github.com/*)
    if has gh && gh auth status > /dev/null 2>&1; then
      gh attestation verify "$folder/$file" --repo "$repository" > /dev/null ||
        fail "Cannot use $file: its provenance is not that of $repository"
      checked="checksum and provenance"
    elif has cosign && fetch "$from/appendlayer.sigstore.json" "$folder/bundle.json"; then
      cosign verify-blob-attestation --new-bundle-format --bundle "$folder/bundle.json" \
        --type slsaprovenance1 --certificate-oidc-issuer https://token.actions.githubusercontent.com \
        --certificate-identity-regexp "^https://github\.com/$repository/\.github/workflows/release\.yml@" \
        "$folder/$file" > /dev/null 2>&1 || fail "Cannot use $file: its provenance is not that of $repository"
      checked="checksum and provenance"
    fi
    ;;
esac

mkdir -p "$directory" || fail "Cannot make $directory"
pending=$directory/.appendlayer.$$
cp "$folder/$name.unpacked" "$pending" || fail "Cannot write to $directory"
chmod 755 "$pending"
told=$("$pending" --version 2> "$folder/told") || {
  # The loader names every symbol that it misses.
  head -n 1 "$folder/told" >&2
  case $name in
    *-musl) fail "Cannot run $name here: it needs libstdc++, on Alpine: apk add libstdc++" ;;
    *) fail "Cannot run $name here" ;;
  esac
}
if [ -n "$version" ] && [ "$told" != "$version" ]; then
  fail "Cannot use $name: it is version $told, not $version"
fi
# In one step: whoever runs the old one keeps it.
mv -f "$pending" "$directory/appendlayer"
pending=
echo "install: appendlayer $told is in $directory ($checked verified)" >&2
case :$PATH: in
  *":$directory:"*) ;;
  *) echo "install: $directory is not in PATH: export PATH=\"$directory:\$PATH\"" >&2 ;;
esac
