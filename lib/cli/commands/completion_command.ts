/** `appendlayer completion`. */

import { UsageError } from "../usage_error.ts";
import { type Command, command } from "./command.ts";

/** Prints what lets a shell complete command lines. What is completed is asked of the program itself at each time. */
export const COMPLETION: Command = command({
  name: "completion",
  about: "print what lets a shell complete commands, options and tags",
  usage: ["completion bash|zsh|fish|powershell"],
  detail:
    "Prints a script for the shell. Commands, options, values and files are completed, and tags as the registry lists them, if it does " +
    "so within half a second.\n\n" +
    "bash: a line of ~/.bashrc. zsh: a file in a folder of $fpath, or a line of ~/.zshrc after compinit. fish: a file in its folder. " +
    "PowerShell: a line of $PROFILE.",
  examples: [
    "source <(appendlayer completion bash)",
    'appendlayer completion zsh > "${fpath[1]}/_appendlayer"',
    "appendlayer completion fish > ~/.config/fish/completions/appendlayer.fish",
    "appendlayer completion powershell | Out-String | Invoke-Expression",
  ],
  operands: [1],
  groups: {},
  run: async ({ operands, ...unread }, session) => {
    const { SHELL_SCRIPTS } = await import("../completion/shell_scripts.ts");
    const [shell = ""] = operands;
    const script = SHELL_SCRIPTS.get(shell);
    if (script === undefined) {
      throw new UsageError(
        `Cannot use ${JSON.stringify(shell)} as SHELL: expected ${
          [...SHELL_SCRIPTS.keys()].join(", ")
        }`,
      );
    }
    await session.out(script);
    return unread;
  },
});
