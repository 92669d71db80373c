/**
 * Scripts that let shells ask the program for completions: `appendlayer __complete =WORD BEFORE…`, with the word at the cursor and the words
 * before it. The word comes first and with a `=`, since some shells pass no empty argument.
 */

const BASH = `# bash completion of appendlayer
_appendlayer() {
  local line="\${COMP_LINE:0:COMP_POINT}" current="" strip="" breaks="" candidate about path
  local -a words
  read -ra words <<< "$line"
  if [[ $line != *[[:space:]] ]]; then
    current="\${words[\${#words[@]}-1]}"
    unset "words[\${#words[@]}-1]"
  fi
  # Readline replaces only what comes after the last of these.
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=":"
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+="="
  [[ $COMP_WORDBREAKS == *@* ]] && breaks+="@"
  [[ -n $breaks ]] && strip="\${current%"\${current##*[$breaks]}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate about; do
    case $candidate in
      :nospace) compopt -o nospace 2> /dev/null ;;
      :files)
        compopt -o filenames 2> /dev/null
        while read -r path; do COMPREPLY+=("$path"); done < <(compgen -f -- "\${current##*[:=]}")
        ;;
      *) COMPREPLY+=("\${candidate#"$strip"}") ;;
    esac
  done < <("\${1/#\\~/$HOME}" __complete "=$current" "\${words[@]:1}" 2> /dev/null)
}
complete -F _appendlayer appendlayer
`;

const ZSH = `#compdef appendlayer
# zsh completion of appendlayer
_appendlayer() {
  local line value about
  local -a found end
  local files
  for line in "\${(@f)$("\${(Q)words[1]/#\\~/$HOME}" __complete "=\${(Q)PREFIX}" "\${(@Q)words[2,CURRENT-1]}" 2> /dev/null)}"; do
    case $line in
      '') ;;
      :nospace) end=(-S '') ;;
      :files) files=1 ;;
      *)
        value=\${line%%$'\\t'*}
        about=\${line#*$'\\t'}
        found+=("\${value//:/\\\\:}\${about:+:$about}")
        ;;
    esac
  done
  if (( files )); then
    compset -P '*[:=]'
    _files
  else
    _describe -V appendlayer found "\${end[@]}"
  fi
}
if [[ $funcstack[1] == _appendlayer ]]; then
  _appendlayer "$@"
else
  compdef _appendlayer appendlayer
fi
`;

const FISH = `# fish completion of appendlayer
function __appendlayer_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -e words[1]
    for line in ($program __complete "=$current" $words 2>/dev/null)
        switch $line
            case ':nospace'
            case ':files'
                set -l start (string match -r '.*[:=]' -- $current)
                set -l rest (string replace -r '.*[:=]' '' -- $current)
                for path in (__fish_complete_path "$rest")
                    echo "$start$path"
                end
            case '*'
                echo $line
        end
    end
end
complete -c appendlayer -f -a '(__appendlayer_complete)'
`;

const POWERSHELL = `# PowerShell completion of appendlayer
Register-ArgumentCompleter -Native -CommandName appendlayer -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $elements = @($commandAst.CommandElements)
  $before = @($elements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
  $program = "$($elements[0])"
  $start = $wordToComplete -replace '[^:=]*$', ''
  & $program __complete "=$wordToComplete" @before 2> $null | ForEach-Object {
    $value, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $value }
    if ($value -eq ':files') {
      Get-ChildItem -Path "$($wordToComplete.Substring($start.Length))*" -Name | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new("$start$_", $_, 'ProviderItem', $_)
      }
    } elseif ($value -ne ':nospace') {
      [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
  }
}
`;

/** The scripts by the shells' names. */
export const SHELL_SCRIPTS: ReadonlyMap<string, string> = new Map([
  ["bash", BASH],
  ["zsh", ZSH],
  ["fish", FISH],
  ["powershell", POWERSHELL],
]);
