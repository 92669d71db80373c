#!/bin/sh
# Makes the image of the tool, by the tool: from nothing, for both processors, as TARGET, and as TARGET-shell with a shell for CI systems
# that start their scripts in the image. It has the executable, the parts of Debian's C library that it loads, certificates of authorities
# and a user. Needs mmdebstrap and readelf.
#
#   sh scripts/install/image.sh dist ghcr.io/acme/appendlayer:3.0.0
set -eu
dist=$1
target=$2
appendlayer=${APPENDLAYER:-$dist/appendlayer-linux-x64}
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/debian"

for arch in amd64 arm64; do
  executable=$dist/appendlayer-linux-$([ $arch = amd64 ] && echo x64 || echo arm64)
  debian=$stage/debian/$arch
  root=$stage/tool/$arch
  shell=$stage/shell/$arch
  # Packages are unpacked, and none of their programs is run: the other processor's could not be.
  mmdebstrap --quiet --variant=extract --architectures=$arch \
    --include=libc6,ca-certificates,busybox-static bookworm "$debian"

  mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/usr/share/doc" "$root/home/appendlayer" "$root/tmp" \
    "$shell/bin"
  cp "$executable" "$root/usr/bin/appendlayer"
  {
    readelf --wide --program-headers "$executable" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p'
    readelf --wide --dynamic "$executable" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'
  } | while read -r name; do
    # The interpreter by its path, libraries by their names; a link is taken as the file that it leads to.
    case $name in
      /*) from=$debian$name to=$root$name ;;
      *) from=$(find "$debian/lib/" "$debian/usr/lib/" -name "$name" | head -n 1) to=$root${from#"$debian"} ;;
    esac
    mkdir -p "${to%/*}"
    cp --dereference "$from" "$to"
  done
  cat "$debian"/usr/share/ca-certificates/mozilla/*.crt > "$root/etc/ssl/certs/ca-certificates.crt"
  for package in libc6 ca-certificates; do
    mkdir "$root/usr/share/doc/$package"
    cp "$debian/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/"
  done
  echo 'root:x:0:0:root:/root:/bin/sh
appendlayer:x:65532:65532::/home/appendlayer:/bin/sh' > "$root/etc/passwd"
  echo 'root:x:0:
appendlayer:x:65532:' > "$root/etc/group"
  chmod 1777 "$root/home/appendlayer" "$root/tmp"

  cp "$debian/bin/busybox" "$shell/bin/busybox"
  mkdir -p "$shell/usr/share/doc/busybox-static"
  cp "$debian/usr/share/doc/busybox-static/copyright" "$shell/usr/share/doc/busybox-static/"
  # Both processors' have the same applets.
  "$stage/debian/amd64/bin/busybox" --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "$shell/bin/$applet"
  done
done

"$appendlayer" scratch "$target" --platform linux/amd64 --platform linux/arm64 \
  --add "$stage/tool/{arch}:/" \
  --entrypoint /usr/bin/appendlayer --user 65532:65532 --workdir /home/appendlayer \
  --env HOME=/home/appendlayer --env PATH=/usr/bin:/bin \
  --label org.opencontainers.image.title=appendlayer \
  --label org.opencontainers.image.licenses=MIT
"$appendlayer" "$target" "$target-shell" --add "$stage/shell/{arch}:/" --entrypoint '' --cmd /bin/sh
