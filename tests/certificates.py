"""An authority of the tests' own and a certificate for `localhost`, made with openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple


class Certificates(NamedTuple):
    """Files in PEM: the authority's certificate, the server's, and the server's key."""

    authority: Path
    server: Path
    key: Path


def certificates(folder: Path) -> Certificates:
    """Makes them in a folder of their own in this one: clients remember an authority by its path. They are good for a
    day."""
    folder = Path(mkdtemp(dir=folder))
    made = Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    signing, request, names = folder / "authority.key", folder / "server.csr", folder / "names"
    names.write_text("subjectAltName=DNS:localhost\n")
    new = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    extensions = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
    for command in (
        f"{new} -x509 -days 1 -subj /CN=Tests -keyout {signing} -out {made.authority} {extensions}",
        f"{new} -subj /CN=localhost -keyout {made.key} -out {request}",
        f"openssl x509 -req -in {request} -CA {made.authority} -CAkey {signing} -CAcreateserial -days 1 "
        f"-extfile {names} -out {made.server}",
    ):
        subprocess.run(command.split(), check=True, capture_output=True)
    return made
