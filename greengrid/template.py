"""A commented case to start from: the shipped `base`, said in full."""

from __future__ import annotations

import re
from pathlib import Path

from greengrid.case import SHIPPED
from greengrid.errors import BadInput, Problem

HEADER = """# A case of your own. Change what you like, then:
#   greengrid check {name}.toml
#   greengrid run {name}.toml -o out/{name}
# Or keep only what differs below the line   extends = "base"   : what is left out is then as in `base`.
# Any key can also be set on the command line: --set link.caspian.capacity_mw=1500
"""


def write_case(name: str, folder: Path) -> Path:
    """Writes NAME.toml into a folder; raises `BadInput` for an unusable name or an existing file."""
    if not re.fullmatch(r"[\w-]{1,60}", name):
        raise BadInput([Problem("NAME", repr(name), "letters, digits, dash and underscore, at most 60")])
    path = folder / f"{name}.toml"
    base = (SHIPPED / "base.toml").read_text(encoding="utf-8")
    body = re.sub(r'^name = ".*"$', f'name = "{name}"', base, count=1, flags=re.MULTILINE)
    body = re.sub(r'^title = ".*"$', f'title = "{name}: my case"', body, count=1, flags=re.MULTILINE)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(HEADER.format(name=name) + "\n" + body)
    except FileExistsError:
        raise BadInput([Problem(str(path), "a file that exists", "a new name")]) from None
    except OSError as error:
        raise BadInput(
            [Problem(str(path), f"not writable: {error.strerror}", "a folder that can be written")]
        ) from None
    return path
