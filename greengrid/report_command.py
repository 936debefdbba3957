"""`greengrid report`: the PDF reports of a finished run, made again from its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from greengrid.console import DebugOption, guard
from greengrid.errors import BadInput, Problem

KINDS = ("summary", "engineering", "financing", "full")
LANGUAGES = ("en", "ru")
WORKBOOK = "cashflow.xlsx"


def make_reports(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run or sweep.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="PDF to write, of one kind; default DIR/report.pdf, DIR/summary.pdf ..."
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="summary|engineering|financing|full; may be repeated. Default full."),
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="LANGUAGE", help="en|ru: headings, labels, sentences and how numbers are written.")
    ] = "en",
    figures: Annotated[
        bool, typer.Option("--figures", help="Save every figure as SVG and PNG in DIR/figures too (figures-ru for ru).")
    ] = False,
    excel: Annotated[
        bool,
        typer.Option(
            "--excel",
            help="Write the cash flow with live formulas, DIR/cashflow.xlsx; PDFs then only if --kind asks for them.",
        ),
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Make PDF reports again from a finished run; a sweep has one of its own.

    Nothing is solved again. summary has two pages; engineering and financing are for those who check; full holds both
    with every input, checks, a glossary and sources.

    \b
    greengrid report out/base
    greengrid report out/base --kind summary --kind financing
    greengrid report out/base --kind summary --language ru -o caspian.pdf
    greengrid report out/base --figures
    greengrid report out/base --excel
    """
    if is_sweep(folder):
        asked = {"--kind": kind, "--excel": excel, "--figures": figures}
        return _make_sweep_report(folder, out, language, [name for name, given in asked.items() if given], debug)
    if excel and not kind and not figures:
        return _make_workbook(folder, out or folder / WORKBOOK, debug)

    def work() -> list[Path]:
        kinds = _checked(kind or ["full"], language, out)
        from greengrid.report import read_results, report_of, write_figures, write_pdf
        from greengrid.store import check_digests, check_file, read_summary

        read_summary(folder)
        check_digests(folder)
        targets = {each: out or folder / file_name(each, language) for each in kinds}
        for target in targets.values():
            check_file(target)
        results = read_results(folder)
        for each, target in targets.items():
            write_pdf(report_of(results, each, language), target)
        if figures:
            saved = folder / figures_name(language)
            write_figures(report_of(results, "full", language), saved)
            return [*targets.values(), saved]
        return list(targets.values())

    for target in guard(work, debug):
        typer.echo(f"{'Report' if target.suffix == '.pdf' else 'Figures'}: {target}")
    if excel:
        _make_workbook(folder, folder / WORKBOOK, debug)


def is_sweep(folder: Path) -> bool:
    """Whether a folder holds a sweep and not a run."""
    return (folder / "sweep.json").is_file()


def _make_sweep_report(folder: Path, out: Path | None, language: str, asked: Sequence[str], debug: bool) -> None:
    """A sweep has one report: the marginal curve, the sizes, bankability, least regret; `asked`: options of a run."""
    target = out or folder / file_name("full", language)

    def work() -> None:
        if asked:
            expected = "a run's folder: a sweep has one report and no workbook"
            raise BadInput([Problem(name, f"asked for with the sweep in {folder}", expected) for name in asked])
        _checked(["full"], language, out)
        from greengrid.report import write_pdf
        from greengrid.store import check_file
        from greengrid.sweep.report import make_sweep_report

        check_file(target)
        write_pdf(make_sweep_report(folder, language), target)

    guard(work, debug)
    typer.echo(f"Report: {target}")


def _make_workbook(folder: Path, target: Path, debug: bool) -> None:
    def work() -> None:
        _check_ending(target, ".xlsx")
        from greengrid.store import check_digests, check_file, read_summary
        from greengrid.workbook import write_workbook

        read_summary(folder)
        check_digests(folder)
        check_file(target)
        write_workbook(folder, target)

    guard(work, debug)
    typer.echo(f"Workbook: {target}")


def file_name(kind: str, language: str) -> str:
    """report.pdf, summary.pdf, report-ru.pdf ..."""
    stem = "report" if kind == "full" else kind
    return f"{stem}.pdf" if language == "en" else f"{stem}-{language}.pdf"


def figures_name(language: str) -> str:
    return "figures" if language == "en" else f"figures-{language}"


def _wrong_ending(target: Path, ending: str) -> Problem:
    return Problem("--out", repr(target.name), f"a file that ends in {ending}")


def _check_ending(target: Path, ending: str) -> None:
    if target.suffix.lower() != ending:
        raise BadInput([_wrong_ending(target, ending)])


def _checked(kinds: Sequence[str], language: str, out: Path | None) -> list[str]:
    """The kinds asked for, each once; raises `BadInput` with every problem of the options."""
    problems = [
        Problem("--kind", repr(each), ", ".join(KINDS), "Choose one of them") for each in kinds if each not in KINDS
    ]
    if language not in LANGUAGES:
        problems.append(Problem("--language", repr(language), ", ".join(LANGUAGES), "Choose one of them"))
    chosen = list(dict.fromkeys(kinds))
    if out is not None and len(chosen) > 1:
        problems.append(Problem("--out", f"one file for {len(chosen)} reports", "one kind", "Leave --out away"))
    if out is not None and out.suffix.lower() != ".pdf":
        problems.append(_wrong_ending(out, ".pdf"))
    if problems:
        raise BadInput(problems)
    return chosen
