"""Constraints for pip: `lowest` pins every dependency to its lower bound in pyproject.toml, `newest` pins nothing."""

import re
import sys
import tomllib
from pathlib import Path

if sys.argv[1] == "lowest":
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"].values()
    for dependency in [*project["dependencies"], *(found for extra in optional for found in extra)]:
        if bound := re.match(r"([\w.-]+)(?:\[[\w,]+\])?>=([\w.]+)", dependency):
            print(f"{bound[1]}=={bound[2]}")
