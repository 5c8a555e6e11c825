"""Imports point down only: the layers of docs/design.md, checked on the source without importing it."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("pipeline", "verifiers", "policies", "prompts")

LAYERS: list[set[str]] = [
    # What everything speaks of.
    {
        "pipeline.records",
        "pipeline.errors",
        "pipeline.logs",
        "pipeline.concern",
        "pipeline.config",
        "pipeline.config_teacher",
        "pipeline.config_file",
        "pipeline.config_select",
        "pipeline.config_judge",
        "pipeline.config_problems",
        "pipeline.config_synthesize",
        "pipeline.config_targets",
        "pipeline.config_telemetry",
        "pipeline.config_rewrite",
        "pipeline.config_verify",
        "pipeline.config_export",
        "pipeline.config_train",
        "pipeline.config_evaluate",
        "pipeline.plugins",
    },
    # The five kinds of part. None of them knows another.
    {"pipeline.problems", "pipeline.teachers", "verifiers", "policies", "prompts"},
    # The workspace, and what a stage needs that knows no stage.
    {
        "pipeline.allocation",
        "pipeline.segments",
        "pipeline.view",
        "pipeline.views",
        "pipeline.workspace",
        "pipeline.ledger",
        "pipeline.corpus",
        "pipeline.progress",
        "pipeline.stopping",
        "pipeline.statistics",
        "pipeline.conversation",
        "pipeline.licence_files",
        "pipeline.bundle_words",
        "pipeline.markdown",
        "pipeline.parentage",
        "pipeline.printable",
        "pipeline.reviewing",
        "pipeline.auditing.sheet",
        "pipeline.proof",
        "pipeline.rendering",
        "pipeline.row_hashes",
        "pipeline.parts",
        "pipeline.manifest",
        "pipeline.evaluating.results",
        "pipeline.evaluating.calibration",
        "pipeline.evaluating.majority",
        "pipeline.tombstones",
        "pipeline.sampling",
    },
    # What of the accepted traces may become examples; it knows the corpus.
    {"pipeline.curation", "pipeline.auditing"},
    # What the report counts and draws, and how rows are put into splits; both compare texts as curation does.
    {"pipeline.reporting", "pipeline.exporting"},
    # What the stages of one run share.
    {"pipeline.jury", "pipeline.hub", "pipeline.metrics", "pipeline.housekeeping"},
    {"pipeline.job"},
    {
        "pipeline.starting",
        "pipeline.forgetting",
        "pipeline.intake",
        "pipeline.lineage",
        "pipeline.verification",
        "pipeline.targets",
        "pipeline.provenance",
        "pipeline.report_facts",
    },
    {
        "pipeline.admission",
        "pipeline.planning",
        "pipeline.compliance_facts",
        "pipeline.terms_changes",
        "pipeline.refereeing",
        "pipeline.agreement",
        "pipeline.dataset_card",
        "pipeline.model_card",
        "pipeline.croissant_context",
    },
    {"pipeline.croissant"},
    {"pipeline.training"},
    {"pipeline.sampling.campaign"},
    {"pipeline.judge_cases"},
    {"pipeline.judging"},
    {"pipeline.topping_up"},
    # How a student is measured; stages and ablations both do it.
    {"pipeline.evaluating"},
    {"pipeline.stages"},
    {"pipeline.ablations"},
    {"pipeline.viewing"},
    {"pipeline.commands"},
    {"pipeline.cli_options"},
    {"pipeline.cli_policies", "pipeline.cli_review", "pipeline.cli_workspace"},
    {"pipeline.cli"},
]
"""From the bottom up. A name stands for a module or a folder; the longest one that fits a module counts."""

APART = ({"pipeline.problems", "pipeline.teachers", "verifiers", "policies", "prompts"}, {"pipeline.stages.*"})
"""Groups whose members never import each other; ``.*`` makes every module of a folder a member."""

ONLY_IN = {
    "duckdb": {"pipeline.corpus"},
    "typer": {f"pipeline.cli{name}" for name in ("", "_options", "_policies", "_review", "_workspace")},
    "uvicorn": {"pipeline.viewing.serving"},
    "prometheus_client": {"pipeline.metrics"},
    "opentelemetry": {"pipeline.sampling.spans"},
    "aiohttp": {"pipeline.teachers.openai_chat"},
}
"""Libraries that one module alone may know."""


def sources(root: Path) -> Iterator[tuple[str, Path]]:
    """Every module of the four folders by its dotted name, the top-level package apart."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            if "_root" not in path.parts:
                yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path


def imports(root: Path) -> dict[str, set[str]]:
    """What each module imports: our modules as ``pipeline.job``, others by the library's name."""
    modules = dict(sources(root))
    return {name: set(_imported(name, path, modules)) for name, path in modules.items()}


def _imported(name: str, path: Path, modules: dict[str, Path]) -> Iterator[str]:
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            target = ".".join(part for part in base if part)
            for alias in node.names:
                inner = f"{target}.{alias.name}"
                yield inner if inner in modules else target


def layer_of(module: str) -> int | None:
    """The layer of a module, or null if none is given for it; the packages themselves are at the bottom."""
    if module in ("pipeline", *FOLDERS):
        return 0
    named = {name: height for height, layer in enumerate(LAYERS) for name in layer}
    fitting = [name for name in named if module == name or module.startswith(f"{name}.")]
    return named[max(fitting, key=len)] if fitting else None


def member_of(module: str, group: set[str]) -> str | None:
    for name in group:
        if name.endswith(".*") and module.startswith(name[:-1]):
            return module
        if module == name or module.startswith(f"{name}."):
            return name
    return None


def violations(root: Path) -> list[str]:
    """Every import that the layers forbid, as a sentence."""
    found: list[str] = []
    ours = imports(root)
    for module, imported in ours.items():
        height = layer_of(module)
        if height is None:
            found.append(f"{module} has no layer: give it one in tests/test_layers.py")
            continue
        for target in sorted(imported):
            if module not in ONLY_IN.get(target, {module}):
                found.append(f"{module} imports {target}, which only {', '.join(ONLY_IN[target])} may know")
            if target not in ours:
                continue
            above = layer_of(target)
            if above is not None and above > height:
                found.append(f"{module} imports {target}, which lies above it")
            for group in APART:
                one, other = member_of(module, group), member_of(target, group)
                if one and other and one != other:
                    found.append(f"{module} imports {target}; {one} and {other} never import each other")
    return found


def cycles(graph: dict[str, set[str]]) -> list[str]:
    """A line per circle of imports; each is found once at least."""
    found: list[str] = []
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            found.append(" -> ".join((*path[path.index(module) :], module)))
        elif module not in done:
            for target in sorted(graph.get(module, ())):
                visit(target, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())
    return found


def imports_at_the_top(path: Path) -> set[str]:
    """Libraries that a module imports as soon as it is imported itself; a relative import begins with a dot."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    plain = {alias.name.partition(".")[0] for node in body if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in body if isinstance(node, ast.ImportFrom)]
    return plain | {"." * node.level + (node.module or "").partition(".")[0] for node in froms}


def test_imports_point_down_only():
    assert violations(ROOT) == []


def test_no_imports_go_in_a_circle():
    assert cycles(imports(ROOT)) == []


def test_the_command_line_imports_only_typer_and_the_standard_library_at_its_top():
    ours = {".cli_options", ".cli_policies", ".cli_review", ".cli_workspace"}
    for name in ("cli", "cli_options", "cli_policies", "cli_review", "cli_workspace"):
        found = imports_at_the_top(ROOT / f"pipeline/{name}.py") - set(sys.stdlib_module_names)
        assert found - ours == {"typer"}


def test_there_is_no_drawer_for_odds_and_ends():
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [name for name, _ in sources(ROOT) if drawers & set(name.split("."))] == []


def test_every_layer_that_is_given_exists():
    modules = {name for name, _ in sources(ROOT)}
    assert [name for layer in LAYERS for name in layer if name not in modules] == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    assert violations(tmp_path) == []
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "finding"),
    [
        (
            "pipeline/records.py",
            "from .stages.generate import generate",
            "pipeline.records imports pipeline.stages.generate, which lies above it",
        ),
        ("policies/gate.py", "from ..pipeline import job", "policies.gate imports pipeline.job, which lies above it"),
        (
            "pipeline/stages/filter.py",
            "    from .curate import curate",
            "pipeline.stages.filter imports pipeline.stages.curate; "
            "pipeline.stages.filter and pipeline.stages.curate never import each other",
        ),
        (
            "verifiers/base.py",
            "from ..pipeline.teachers.base import TeacherClient",
            "verifiers.base imports pipeline.teachers.base; verifiers and pipeline.teachers never import each other",
        ),
        (
            "pipeline/report_facts.py",
            "import duckdb",
            "pipeline.report_facts imports duckdb, which only pipeline.corpus may know",
        ),
    ],
)
def test_a_planted_import_is_found(copy: Path, file: str, line: str, finding: str):
    path = copy / file
    planted = f"def planted():\n{line}\n" if line.startswith(" ") else f"{line}\n"
    path.write_text(path.read_text(encoding="utf-8") + planted, encoding="utf-8")
    assert violations(copy) == [finding]


def test_a_module_without_a_layer_is_found(copy: Path):
    (copy / "pipeline" / "novelty.py").write_text("", encoding="utf-8")
    assert violations(copy) == ["pipeline.novelty has no layer: give it one in tests/test_layers.py"]


def test_a_planted_circle_is_found(copy: Path):
    path = copy / "pipeline/errors.py"
    path.write_text(path.read_text(encoding="utf-8") + "\nfrom .plugins import plugin_ids\n", encoding="utf-8")
    assert cycles(imports(copy)) == ["pipeline.errors -> pipeline.plugins -> pipeline.errors"]


def test_a_planted_import_at_the_top_of_the_command_line_is_found(copy: Path):
    path = copy / "pipeline/cli.py"
    path.write_text(f"import pydantic\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert "pydantic" in imports_at_the_top(path)
