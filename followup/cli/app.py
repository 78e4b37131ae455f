"""The frame of the command line: which commands there are, the options before them, and what becomes of errors.

A command is a line in `COMMANDS` and a function in the module named there. Each module holds one
`app = typer.Typer()` and registers its functions on it:

    app = typer.Typer()

    @app.command()
    def due(ctx: typer.Context, ahead: str | None = None, json: JSON = False) -> None:
        \"\"\"What to do today, and in what order.\"\"\"
        home, today = place(ctx)

A function registered under a name in the table is that command (so one module may hold several: `done`, `skip`). Where
the module has none of that name, the name is a family, and all that the module registers are its sub-commands
(`contact add`). Naming a command imports its module and builds that command, and nothing else; command modules
do the same with what they use. They print only through `followup.cli.output`, after their transaction has ended; they
raise `Refusal` and return None, or raise `typer.Exit(status)`. They go without `from __future__ import annotations`,
which typer would have to evaluate. A plain `due` does not come here: see `followup.cli.quick`.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer._click.exceptions import (
    BadParameter,
    ClickException,
    FileError,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
)
from typer._click.shell_completion import CompletionItem
from typer.core import TyperGroup
from typer.main import get_command, get_command_from_info, get_command_name

from followup import __version__
from followup.cli import output
from followup.cli.answering import answer
from followup.cli.quick import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typer._click import Command, Context, HelpFormatter

COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Every day": {
        "due": ("due", "What to do today, and in what order."),
        "draft": ("draft", "The message for a follow-up, ready to send."),
        "done": ("done", "It was sent or said: close it and plan what comes next."),
        "skip": ("done", "Not this one."),
        "snooze": ("done", "Not before a day."),
        "review": ("review", "Go through what is due, one by one: a draft, a key, the next."),
        "remind": ("remind", "A follow-up of your own, once or again and again."),
        "why": ("why", "Why a follow-up is there, step by step."),
        "log": ("log", "Something happened with a contact."),
        "close": ("log", "End an open case, promise or perk."),
        "event": ("event", "All that happened: read, mend, take out."),
        "undo": ("undo", "Take back the last change."),
    },
    "Contacts and sales": {
        "contact": ("contact", "The people you work for."),
        "sale": ("sale", "The jobs you finished, each with its plan."),
    },
    "Rules and messages": {
        "rules": ("rules", "What follows from what: list, check, preview, adopt."),
        "templates": ("templates", "The messages: list, show, check, edit."),
        "away": ("away", "Take a holiday: nothing falls due in it."),
    },
    "Calendar": {
        "calendar": ("calendar", "Follow-ups in calendars: files, folders, CalDAV."),
    },
    "In and out": {
        "import": ("importing", "Contacts and sales from CSV files and vCards, or a whole export."),
        "export": ("archive", "Everything as CSV, JSON or vCards, for other programs."),
        "backup": ("backup", "The whole home as one file."),
        "restore": ("backup", "Make the home what a backup holds."),
    },
    "Housekeeping": {
        "init": ("init", "Set up your business."),
        "doctor": ("doctor", "Look everything over, and say what to do."),
        "completion": ("completion", "Let your shell complete commands and names."),
        "demo": ("demo", "A made-up business to try everything on."),
    },
}
"""Heading in `--help` -> command -> its module in `followup.cli` and its line of help."""

JSON = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
"""The option of every command that shows or changes something."""


class LazyGroup(TyperGroup):
    """A command with sub-commands, each built when it is named: `builders` says how, by name."""

    builders: dict[str, Callable[[], Command]]

    def list_commands(self, ctx: Context) -> list[str]:
        return list(self.builders)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        build = self.builders.get(cmd_name)
        return build() if build else None

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """A line for each: the first sentence of its help, whole."""
        helps = {name: (build().help or "").partition("\n\n")[0] for name, build in self.builders.items()}
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, text.partition(". ")[0].removesuffix(".") + ".") for name, text in helps.items()]
            )

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        if args[0] not in self.builders and not ctx.resilient_parsing:
            near = get_close_matches(args[0].casefold(), self.builders, n=1)
            ctx.fail(f"No such command '{args[0]}'" + (f": did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)


class Root(LazyGroup):
    """`followup` itself, which knows its commands from the table and imports none to list them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.builders = {
            name: partial(_load, name, module, line)
            for group in COMMANDS.values()
            for name, (module, line) in group.items()
        }

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        widest = max(map(len, self.builders))
        for heading, group in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), line) for name, (_, line) in group.items()])

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        table = {name: line for group in COMMANDS.values() for name, (_, line) in group.items()}
        named = [CompletionItem(name, help=line) for name, line in table.items() if name.startswith(incomplete)]
        return named or super(TyperGroup, self).shell_complete(ctx, incomplete)


def _load(name: str, module: str, line: str) -> Command:
    """Imports a command's module and builds the command, or the family, of that name."""
    registered = import_module(f"followup.cli.{module}").app.registered_commands
    builders: dict[str, Callable[[], Command]] = {
        info.name or get_command_name(info.callback.__name__): partial(
            get_command_from_info, info, pretty_exceptions_short=False, rich_markup_mode=None
        )
        for info in registered
    }
    if name in builders:
        return builders[name]()
    family = LazyGroup(name=name, help=line, no_args_is_help=True, rich_markup_mode=None)
    family.builders = builders
    return family


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        output.lines(f"followup {__version__}")
        raise typer.Exit


@app.callback()
def _options(  # declares them; `place` reads them once a command asks
    home: Annotated[
        str | None,
        typer.Option("--home", metavar="DIR", envvar=VARIABLES["--home"], help="The folder that holds everything."),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option("--today", metavar="DATE", envvar=VARIABLES["--today"], help="The day to take for today."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """The memory and the nudge after a sale: whom to write to today, and why."""


def run(args: Sequence[str]) -> int:
    """Runs one command line, prints what it has to say, and returns the exit status. Faults of our own are raised."""
    return answer(lambda: _dispatch(list(args)))


def _dispatch(args: list[str]) -> int:
    group = get_command(app)
    if shell := os.environ.get("_FOLLOWUP_COMPLETE"):
        from followup.cli import completing

        return completing.answer(group, shell, args)
    try:
        with group.make_context("followup", args) as ctx:
            group.invoke(ctx)
    except typer.Exit as end:
        return end.exit_code
    except ClickException as usage:
        return _report_usage(usage)
    return 0


def _report_usage(usage: ClickException) -> int:
    """Prints what is wrong with the command line. 2 for its shape, 1 for a value that cannot be accepted."""
    context: Context | None = getattr(usage, "ctx", None)
    if isinstance(usage, NoArgsIsHelpError):
        output.usage(usage.message)
        return 2
    message = usage.format_message().removesuffix(".")
    if isinstance(usage, NoSuchOption) and context is not None and (hint := _hint(usage.option_name, context)):
        message = f"{usage.message}: {hint}"
    if message.startswith("Got unexpected extra argument") and context is not None:
        message += _quoting(context)
    output.error(message[:1].lower() + message[1:])
    if isinstance(usage, FileError) or (isinstance(usage, BadParameter) and not isinstance(usage, MissingParameter)):
        return 1
    output.notice(f"Try '{context.command_path if context else 'followup'} --help'.")
    return 2


def _hint(option: str, context: Context) -> str:
    """What an option was probably meant for that the command does not have; '' if nothing comes to mind."""
    root = context.find_root()
    if context is root:
        return "it comes after the command, as in 'followup due --json'" if option == "--json" else ""
    if any(option in param.opts for param in root.command.params):
        return f"it comes before the command, as in 'followup {option} … {context.command_path.partition(' ')[2]}'"
    if not option.startswith("--") or " " in option:
        return "put -- before a text that begins with a dash"
    return ""


_QUOTED = {
    "log": 'log call julia "she wants a flyer"',
    "remind": 'remind julia "next friday" "call her"',
    "due": 'due --ahead "2 weeks"',
    "contact add": 'contact add "Julia Brandt"',
    "sale add": 'sale add julia "A new logo"',
}
"""How a text of several words is given to the commands that are most often given one."""


def _quoting(context: Context) -> str:
    """What to do about words too many for a command that takes texts: '' for one that takes none."""
    if all(getattr(param, "is_flag", False) for param in context.command.params):
        return ""
    example = _QUOTED.get(context.command_path.partition(" ")[2], "")
    return ": put quotes around a text of several words" + (f", as in followup {example}" if example else "")
