"""The scripts that let shells complete commands, options and names."""

from typing import Annotated

import typer

from followup.cli import output
from followup.cli.values import choice

app = typer.Typer()

_SCRIPTS = {
    "bash": r"""
_followup_completion() {
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("$candidate")
    done < <(_FOLLOWUP_COMPLETE=bash "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o default -F _followup_completion followup
""",
    "zsh": r"""
#compdef followup
_followup() {
    local -a found
    found=("${(@f)$(_FOLLOWUP_COMPLETE=zsh "${words[1]}" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    if [[ -n "$found" ]]; then
        compadd -U -a found
    else
        _files
    fi
}
if [[ "$funcstack[1]" == "_followup" ]]; then
    _followup "$@"
else
    compdef _followup followup
fi
""",
    "fish": r"""
function __followup_completion
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l last (commandline --current-token --cut-at-cursor | string replace --regex '^["\']' '' | string unescape)
    set -l found (_FOLLOWUP_COMPLETE=fish $words[1] $words[2..-1] "$last" 2>/dev/null)
    if test -n "$found"
        printf '%s\n' $found
    else
        __fish_complete_path (commandline --current-token)
    end
end
complete --command followup --no-files --arguments '(__followup_completion)'
""",
}


@app.command()
def completion(
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="The shell that you use.")],
) -> None:
    """A script that lets your shell complete commands, options and names.

    bash: add  eval "$(followup completion bash)"  to ~/.bashrc. zsh: the same with zsh in ~/.zshrc, below compinit.
    fish: followup completion fish > ~/.config/fish/completions/followup.fish
    """
    output.lines(_SCRIPTS[choice(shell, list(_SCRIPTS), "shell")].lstrip("\n"))
