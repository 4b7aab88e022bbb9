"""What is to be made: the chapters of `_quarto.yml`, their notebooks, and whether each declares its parameters."""

import ast
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from bscbdata.findings import Finding, failure, stop_on_failure
from bscbdata.places import Project

PARAMETERS = ("year", "area", "draft")


@dataclass(frozen=True)
class Chapter:
    """One notebook of the book."""

    name: str
    notebook: Path

    @property
    def tells_of_all(self) -> bool:
        """Whether it speaks of the whole book, as the list of numbers does, or of the whole run."""
        source = self.notebook.read_bytes()
        return b"report.book()" in source or b"report.run_record()" in source


def chapters(project: Project) -> list[Chapter]:
    """The chapters in the order of `_quarto.yml`. DataStop lists notebooks that are missing or misdeclared."""
    found = [Chapter(path.stem, path) for path in project.chapters()]
    stop_on_failure(finding for chapter in found for finding in _check(chapter, project))
    return found


def _check(chapter: Chapter, project: Project) -> list[Finding]:
    """A notebook must be there and declare exactly the parameters that a run gives it."""
    name = chapter.notebook.relative_to(project.root).as_posix()
    if not chapter.notebook.exists():
        return [
            failure(
                "chapter",
                "The notebook is missing.",
                file=name,
                advice="Add it, or take it out of _quarto.yml.",
            )
        ]
    try:
        declared = declared_parameters(chapter.notebook)
    except (ValueError, KeyError, SyntaxError) as error:
        advice = "Take its last good version from git; or open it with `bscb lab`, mend it and save it."
        return [failure("chapter", f"The notebook cannot be read: {error}.", file=name, advice=advice)]
    if sorted(declared) != sorted(PARAMETERS):
        advice = "Its first code cell, tagged `parameters`, must set exactly these."
        said = "The notebook does not declare the parameters of a run."
        return [
            failure(
                "parameters",
                said,
                file=name,
                value=", ".join(declared),
                expected=", ".join(PARAMETERS),
                advice=advice,
            )
        ]
    return []


def declared_parameters(notebook: Path) -> list[str]:
    """Names set in the cell tagged `parameters`."""
    tagged = [cell for cell in cells_of(notebook) if "parameters" in cell.get("metadata", {}).get("tags", [])]
    code = "\n".join("".join(cell["source"]) for cell in tagged)
    return [
        target.id
        for node in ast.parse(code).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]


def cells_of(notebook: Path) -> list[dict]:
    """The cells of a notebook."""
    return json.loads(notebook.read_bytes())["cells"]


def lay_beside(chapter: Chapter, last: Path, book: Path) -> None:
    """Another chapter as it was last built; one never built stands in with its headings and labels."""
    executed = last / chapter.notebook.name
    if executed.exists():
        shutil.copyfile(executed, book / executed.name)
        return
    notebook = json.loads(chapter.notebook.read_text(encoding="utf8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            said = {
                "output_type": "execute_result",
                "data": {"text/plain": "-"},
                "metadata": {},
                "execution_count": 1,
            }
            labelled = "label:" in "".join(cell["source"])
            cell |= {"execution_count": 1, "outputs": [said] if labelled else []}
    (book / chapter.notebook.name).write_text(json.dumps(notebook), encoding="utf8", newline="\n")
