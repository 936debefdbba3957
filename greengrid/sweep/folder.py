"""A sweep's folder: what is finished lies in it, one file a dispatch and one a batch of financed cases.

A file is written beside its place and renamed when whole, and named by the digest of all it depends on, so that a sweep
that was killed goes on with what is missing and never trusts what is not whole or no longer fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from greengrid.errors import BadInput, Problem
from greengrid.lock import locked
from greengrid.sweep.cases import Sweep
from greengrid.sweep.records import DispatchRecord, FinanceRecord

MANIFEST, FAILED, TABLE = "sweep.json", "failed.json", "sweep.parquet"
DISPATCHES, FINANCED = "dispatches", "financed"


class SweepFolder:
    """Reads and writes the parts of one sweep."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def opened(self, sweep: Sweep) -> Iterator[None]:
        """The folder, made where it is missing, held for one writer, with the manifest of this sweep.

        Raises `BadInput` for a folder with anything but a sweep of the same case, or that another process writes to.
        """
        self._check()
        try:
            for name in (DISPATCHES, FINANCED):
                (self.path / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            found = f"not writable: {error.strerror}"
            raise BadInput(
                [Problem(str(self.path), found, "a folder that can be written", "Choose another -o")]
            ) from None
        with locked(self.path / ".lock", self.path):
            self._check_same(sweep)
            self.write(MANIFEST, _manifest(sweep))
            yield

    def _check(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise BadInput([Problem(str(self.path), "a file", "a folder to write into", "Choose another -o")])
        own = {".lock", DISPATCHES, FINANCED}  # all that a sweep killed before its manifest leaves
        others = {path.name for path in self.path.iterdir()} - own if self.path.is_dir() else set()
        if others and not (self.path / MANIFEST).is_file():
            found, expected = "a folder that holds something else", "a new folder, or that of the sweep to go on with"
            raise BadInput([Problem(str(self.path), found, expected, "It is left alone: choose another -o")])

    def _check_same(self, sweep: Sweep) -> None:
        if not (self.path / MANIFEST).is_file():
            return
        known = self.manifest()
        if known["base_digest"] != sweep.base.digest:
            found, expected = f"a sweep of another case, {known['case']!r}", f"one of {sweep.base.name!r} as it is now"
            raise BadInput([Problem(str(self.path), found, expected, "Choose another -o")])

    def is_running(self) -> bool:
        """Whether a process holds the folder."""
        if not (self.path / ".lock").exists():
            return False
        try:
            with locked(self.path / ".lock", self.path):
                return False
        except BadInput:
            return True

    def manifest(self) -> dict[str, Any]:
        """What the sweep is; raises `BadInput` where there is none."""
        path = self.path / MANIFEST
        if not path.is_file():
            remedy = "Make one with `greengrid sweep CASE SWEEP.toml -o DIR`"
            raise BadInput([Problem(str(self.path), f"no {MANIFEST}", "the folder of a sweep", remedy)])
        content = self._json(path)
        if not isinstance(content, dict) or not {"base_digest", "case", "points", "axes", "dispatches"} <= set(content):
            raise BadInput([Problem(str(path), "a damaged file", "the manifest of a sweep")])
        return content

    def _json(self, path: Path) -> Any:
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            raise BadInput([Problem(str(path), "a damaged file", "a file of a sweep", "Remove it and go on")]) from None

    def write(self, name: str, content: object) -> None:
        """JSON, whole or not at all."""
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)
        self._replace(self.path / name, text.encode())

    def _replace(self, path: Path, content: bytes) -> None:
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(content)
        partial.replace(path)

    def save_dispatch(self, record: DispatchRecord, start: bytes) -> None:
        """The record last: where it is, its start is too."""
        if start:
            self._replace(self._start(record.key), start)
        self._replace(self.path / DISPATCHES / f"{record.key}.json", record.to_json().encode())

    def dispatch(self, key: str) -> DispatchRecord | None:
        """The record of a finished dispatch; None for one that is missing or not whole."""
        try:
            record = DispatchRecord.from_json((self.path / DISPATCHES / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError):
            return None
        return record if record.key == key else None

    def start(self, key: str) -> bytes | None:
        """Where a dispatch ended."""
        path = self._start(key)
        return path.read_bytes() if path.is_file() else None

    def _start(self, key: str) -> Path:
        return self.path / DISPATCHES / f"{key}.npz"

    def drop_starts(self) -> None:
        """Removes what only an unfinished sweep needs."""
        for path in (self.path / DISPATCHES).glob("*.npz"):
            path.unlink()

    def save_financed(self, key: str, records: Sequence[FinanceRecord]) -> None:
        """A batch of financed cases on the dispatch `key`."""
        found = [asdict(record) for record in records]
        batch = hashlib.sha256("".join("".join(record.identity) for record in records).encode()).hexdigest()[:16]
        self.write(f"{FINANCED}/{key[:16]}-{batch}.json", {"dispatch": key, "cases": found})

    def financed(self) -> dict[tuple[str, str, str], FinanceRecord]:
        """(dispatch key, case digest, digest of its mixes) -> record, of all batches that are whole and went well."""
        found: dict[tuple[str, str, str], FinanceRecord] = {}
        for path in sorted((self.path / FINANCED).glob("*.json")):
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
                records = [FinanceRecord(**each) for each in content["cases"]]
            except (OSError, ValueError, TypeError, KeyError):
                continue
            found |= {(content["dispatch"], *one.identity): one for one in records if not one.problem}
        return found

    def failed(self) -> dict[str, str]:
        """Dispatch key or case digest -> why it failed, of the last run."""
        path = self.path / FAILED
        content = self._json(path) if path.is_file() else {}
        return {str(key): str(reason) for key, reason in content.items()}


def _manifest(sweep: Sweep) -> dict[str, Any]:
    return {
        "version": 1,
        "case": sweep.base.name,
        "title": sweep.base.title,
        "base_digest": sweep.base.digest,
        "base": sweep.base.model_dump(mode="json", exclude_none=True),
        "design": sweep.file.design,
        "start": sweep.file.start,
        "axes": [axis.path for axis in sweep.file.axes],
        "points": [
            {
                "values": list(one.values),
                "digest": one.digest,
                "dispatch": one.dispatch_key,
                "mixes_digest": one.mixes_digest,
            }
            for one in sweep.cases
        ],
        "dispatches": list(sweep.dispatches),
    }


def contents_of(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The points of a manifest."""
    return list(manifest["points"])
