"""What an import gathers on its way: what it had to assume, what it could not carry, what stops it."""

from __future__ import annotations

from dataclasses import dataclass, field

from greengrid.errors import Problem

NAMES_SHOWN = 4


@dataclass
class Notes:
    """Said to the user at the end and kept beside the tables."""

    assumed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def assume(self, what: str, names: list[str]) -> None:
        """Nothing is said of nothing."""
        if names:
            self.assumed.append(f"{what}: {_listed(names)}")

    def leave_out(self, what: str, names: list[str]) -> None:
        if names:
            self.left_out.append(f"{what}: {_listed(names)}")

    @property
    def text(self) -> str:
        lines = ["Assumed (every row carries confidence D):", *(f"  - {line}" for line in self.assumed or ["nothing"])]
        lines += ["Not carried:", *(f"  - {line}" for line in self.left_out or ["nothing"])]
        return "\n".join(lines)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{len(names)} ({shown}{more})"
