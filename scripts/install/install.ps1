# Installs appendlayer on Windows: downloads the executable, checks it, and puts it into a folder of yours. No administrator is needed.
#
#   powershell -File install.ps1 [-Version V] [-Dir DIR] [-From URL]
param(
  [string] $Version = '',
  [string] $Dir = (Join-Path $env:LOCALAPPDATA 'appendlayer\bin'),
  [string] $From = ''
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

$repository = if ($env:APPENDLAYER_REPOSITORY) { $env:APPENDLAYER_REPOSITORY } else { 'x/appendlayer' }
$Version = $Version -replace '^v', ''
# Windows on Arm runs what is made for Intel.
$architecture = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { $env:PROCESSOR_ARCHITECTURE }
if ($architecture -notin 'AMD64', 'ARM64') {
  throw "Cannot install on ${architecture}: the npm package runs wherever Node does"
}
$name = 'appendlayer-windows-x64.exe'
$isGitHub = -not $From
if ($isGitHub) {
  $From = "https://github.com/$repository/releases"
  $From += if ($Version) { "/download/v$Version" } else { '/latest/download' }
}
$From = $From.TrimEnd('/')

$folder = Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid())
New-Item -ItemType Directory -Path $folder | Out-Null
try {
  $sums = Join-Path $folder 'SHA256SUMS'
  Invoke-WebRequest -UseBasicParsing -Uri "$From/SHA256SUMS" -OutFile $sums
  $listed = @{}
  foreach ($line in Get-Content $sums) {
    $sum, $listedName = $line -split '\s+\*?', 2
    $listed[$listedName] = $sum
  }
  # What Windows can unpack by itself.
  $file = if ($listed.ContainsKey("$name.gz")) { "$name.gz" } else { $name }
  if (-not $listed.ContainsKey($file)) { throw "Cannot find $file in $From/SHA256SUMS" }
  $downloaded = Join-Path $folder $file
  Invoke-WebRequest -UseBasicParsing -Uri "$From/$file" -OutFile $downloaded
  $found = (Get-FileHash -Algorithm SHA256 -Path $downloaded).Hash
  if ($found -ne $listed[$file]) {
    throw "Cannot use ${file}: its SHA-256 is $found, and SHA256SUMS says $($listed[$file])"
  }
  $checked = 'checksum'
  if ($isGitHub -and (Get-Command gh -ErrorAction SilentlyContinue)) {
    # Windows PowerShell takes a line on the error stream for an error that stops all, even where it is thrown away:
    # https://github.com/PowerShell/PowerShell/issues/4002
    $ErrorActionPreference = 'Continue'
    & gh auth status *> $null
    if ($LASTEXITCODE -eq 0) {
      & gh attestation verify $downloaded --repo $repository *> $null
      if ($LASTEXITCODE -ne 0) { throw "Cannot use ${file}: its provenance is not that of $repository" }
      $checked = 'checksum and provenance'
    }
    $ErrorActionPreference = 'Stop'
  }
  $program = Join-Path $folder 'appendlayer.exe'
  if ($file.EndsWith('.gz')) {
    $source = [IO.File]::OpenRead($downloaded)
    $unpacked = New-Object IO.Compression.GZipStream($source, [IO.Compression.CompressionMode]::Decompress)
    $target = [IO.File]::Create($program)
    try { $unpacked.CopyTo($target) } finally { $target.Dispose(); $unpacked.Dispose() }
  } else {
    Move-Item $downloaded $program
  }
  $told = & $program --version
  if ($LASTEXITCODE -ne 0) { throw "Cannot run $name here" }
  if ($Version -and $told -ne $Version) { throw "Cannot use ${name}: it is version $told, not $Version" }
  New-Item -ItemType Directory -Force -Path $Dir | Out-Null
  Move-Item -Force $program (Join-Path $Dir 'appendlayer.exe')
  Write-Host "install: appendlayer $told is in $Dir ($checked verified)"
  if (($env:PATH -split ';') -notcontains $Dir) {
    Write-Host "install: $Dir is not in PATH: [Environment]::SetEnvironmentVariable('PATH', `"$Dir;`" + [Environment]::GetEnvironmentVariable('PATH', 'User'), 'User')"
  }
} finally {
  Remove-Item -Recurse -Force $folder
}
