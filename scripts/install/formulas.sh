#!/bin/sh
# Writes the formula for a Homebrew tap and the manifest for Scoop, of the files that pack.sh has listed:
#
#   sh scripts/install/formulas.sh dist OWNER/REPOSITORY 3.0.0
set -eu
folder=$1
repository=$2
version=$3
url=https://github.com/$repository/releases/download/v$version
about='Puts files on top of a container image inside its registry'

# The SHA-256 of a file of the release.
sum() {
  sed -n "s#^\([0-9a-f]*\)  $1\$#\1#p" "$folder/SHA256SUMS" | grep .
}

# Each must be there: what fails inside of a text below would go unseen.
for file in macos-arm64.gz macos-x64.gz linux-arm64.gz linux-x64.gz windows-x64.exe; do
  sum "appendlayer-$file" > /dev/null
done

# The lines of a formula for a file.
bottle() {
  printf '      url "%s/%s"\n      sha256 "%s"\n' "$url" "$1" "$(sum "$1")"
}

cat > "$folder/appendlayer.rb" <<END
class Appendlayer < Formula
  desc "$about"
  homepage "https://github.com/$repository"
  version "$version"
  license "MIT"

  on_macos do
    on_arm do
$(bottle appendlayer-macos-arm64.gz)
    end
    on_intel do
$(bottle appendlayer-macos-x64.gz)
    end
  end
  on_linux do
    on_arm do
$(bottle appendlayer-linux-arm64.gz)
    end
    on_intel do
$(bottle appendlayer-linux-x64.gz)
    end
  end

  def install
    bin.install Dir["appendlayer-*"].first => "appendlayer"
    chmod 0755, bin/"appendlayer"
    generate_completions_from_executable(bin/"appendlayer", "completion")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/appendlayer --version")
  end
end
END

cat > "$folder/appendlayer.json" <<END
{
  "version": "$version",
  "description": "$about",
  "homepage": "https://github.com/$repository",
  "license": "MIT",
  "architecture": {
    "64bit": {
      "url": "$url/appendlayer-windows-x64.exe#/appendlayer.exe",
      "hash": "$(sum appendlayer-windows-x64.exe)"
    }
  },
  "bin": "appendlayer.exe",
  "checkver": "github",
  "autoupdate": {
    "architecture": {
      "64bit": {
        "url": "https://github.com/$repository/releases/download/v\$version/appendlayer-windows-x64.exe#/appendlayer.exe"
      }
    }
  }
}
END
