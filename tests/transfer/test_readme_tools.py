"""The README's table of tools is the one in the code.

`python tests/transfer/test_readme_tools.py` writes it anew into the README.
"""

from __future__ import annotations

import re
from pathlib import Path

from followup.transfer.tools import TOOLS

README = Path(__file__).parents[2] / "README.md"
_TABLE = re.compile(r"(<!-- tools: .*? -->\n)(.*?)(\n<!-- end of tools -->)", re.DOTALL)


def table() -> str:
    """A row for each tool: what to import, what to export there, and the columns that it is recognised by."""
    rows = ["| from | import | what to export there | recognised by |", "| --- | --- | --- | --- |"]
    for tool in TOOLS:
        known_by = ", ".join(" or ".join(f"`{column}`" for column in names.split("|")) for names in tool.known_by)
        rows.append(f"| {tool.name} | {tool.kind} | {tool.export} | {known_by.replace('*', '…')} |")
    return "\n".join(rows)


def test_the_readme_has_the_table_of_tools() -> None:
    found = _TABLE.search(README.read_text(encoding="utf-8"))
    assert found, "the README has no table between <!-- tools: … --> and <!-- end of tools -->"
    assert found[2] == table()


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(_TABLE.sub(lambda found: found[1] + table() + found[3], text), encoding="utf-8")
