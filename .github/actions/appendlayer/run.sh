#!/bin/sh
# What the action does: installs appendlayer unless the cache has it, logs in, appends, and tells digest and reference.
set -eu

program=$APPENDLAYER_BIN/appendlayer
if [ ! -x "$program" ]; then
  set -- --dir "$APPENDLAYER_BIN"
  [ -z "${INPUT_VERSION:-}" ] || set -- "$@" --version "$INPUT_VERSION"
  sh "$APPENDLAYER_INSTALL" "$@"
fi

if [ -n "${INPUT_PASSWORD:-}" ]; then
  printf '%s' "$INPUT_PASSWORD" |
    "$program" login "$INPUT_REGISTRY" --username "$INPUT_USERNAME" --password-stdin --quiet > /dev/null
fi

set -- append
# Adds an option for each line; a value is one word, whatever is in it.
newline='
'
for flag in add layer env label platform tag options; do
  case $flag in
    add) rest=${INPUT_ADD:-} ;;
    layer) rest=${INPUT_LAYER:-} ;;
    env) rest=${INPUT_ENV:-} ;;
    label) rest=${INPUT_LABEL:-} ;;
    platform) rest=${INPUT_PLATFORM:-} ;;
    tag) rest=${INPUT_TAG:-} ;;
    options) rest=${INPUT_OPTIONS:-} ;;
  esac
  while [ -n "$rest" ]; do
    line=${rest%%"$newline"*}
    if [ "$line" = "$rest" ]; then rest=; else rest=${rest#*"$newline"}; fi
    line=${line%"$(printf '\r')"}
    [ -n "$line" ] || continue
    if [ "$flag" = options ]; then set -- "$@" "$line"; else set -- "$@" "--$flag=$line"; fi
  done
done

reference=$("$program" "$@" -- "$INPUT_BASE" "$INPUT_TARGET")
{
  echo "reference=$reference"
  echo "digest=${reference##*@}"
} >> "$GITHUB_OUTPUT"
echo "$reference"
