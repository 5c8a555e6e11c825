"""What is documented is so, and what there is is documented.

Run as a program, this writes the tables of docs/configuration.md again from the configuration's models:
``.venv/bin/python tests/test_docs.py``.
"""

from __future__ import annotations

import datetime
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import pytest
import typer
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from tracestill.pipeline import errors
from tracestill.pipeline.ablations.results import Ablated
from tracestill.pipeline.cli import app
from tracestill.pipeline.config import Config
from tracestill.pipeline.config_file import load_config
from tracestill.pipeline.corpus import EXPORTED, Corpus
from tracestill.pipeline.job import Plan
from tracestill.pipeline.plugins import plugin_ids
from tracestill.pipeline.stages import curate, evaluate, export, generate, import_traces, report, train_sft
from tracestill.pipeline.stages import filter as filter_stage
from tracestill.pipeline.teachers.base import TeacherClient
from tracestill.pipeline.workspace import Workspace

ROOT = Path(__file__).parents[1]
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("docs/*.md"))}
PAGES |= {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")}
PAGES |= {"data/README.md": (ROOT / "data/README.md").read_text(encoding="utf-8")}
CONFIGURATION = ROOT / "docs/configuration.md"
BEGIN, END = "<!-- tables: written by tests/test_docs.py -->\n", "<!-- end of tables -->\n"


def fenced(page: str) -> list[str]:
    """The fenced YAML blocks of a page."""
    return re.findall(r"```yaml\n(.*?)```", PAGES[page], re.DOTALL)


def indented(page: str) -> list[str]:
    """The indented blocks of a page that are parts of a configuration."""
    found: list[str] = []
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGES[page], re.MULTILINE):
        first = block.lstrip("\n")[4:].partition(":")[0]
        if first in Config.model_fields:
            found.append(re.sub(r"^    ", "", block, flags=re.MULTILINE))
    return found


# The tables of docs/configuration.md.


def models(model: type[BaseModel], place: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    """A model and every model below it, each with the place where it stands in the file, in the file's order."""
    yield model, place
    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        if inner is not None and inner is not model:  # what holds itself is described once
            mark = "[]" if get_origin(field.annotation) is list else ""
            yield from models(inner, f"{place}.{field.alias or name}{mark}".lstrip("."))


def model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := model_in(inner)) is not None), None)


def tables() -> str:
    """A section per model: where it stands, what it is, a row per key."""
    places: dict[type[BaseModel], list[str]] = {}
    for model, place in models(Config):
        places.setdefault(model, []).append(place)
    sections: list[str] = []
    for model, where in places.items():
        title = " and ".join(f"`{place}`" for place in where) if where != [""] else "The top of the file"
        rows = ["| key | takes | default | meaning |", "|---|---|---|---|"]
        rows += [row(field.alias or name, field) for name, field in model.model_fields.items()]
        sections.append(f"### {title}\n\n{model.__doc__}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(sections)


def row(name: str, field: FieldInfo) -> str:
    cells = [f"`{name}`", kind(field.annotation) + bounds(field), default(field), field.description or ""]
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def kind(annotation: Any) -> str:
    """A type in the words of someone who writes YAML."""
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "anything"}
    names[datetime.date] = "date"
    if annotation in names:
        return names[annotation]
    arguments = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is Literal:
            return ", ".join(f"`{value}`" for value in arguments)
        case origin if origin in (Union, types.UnionType):
            return " or ".join("null" if part is type(None) else kind(part) for part in arguments)
        case origin if origin is list:
            return f"list of {kind(arguments[0])}"
        case origin if origin is dict:
            return "mapping" if arguments[1] is Any else f"{kind(arguments[0])}: {kind(arguments[1])}"
        case _ if model_in(annotation) is annotation:
            return "see below"
        case _:  # Annotated
            return kind(arguments[0])


def bounds(field: FieldInfo) -> str:
    signs = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    found = [
        f"{words} {getattr(rule, name):,}"
        for rule in field.metadata
        for name, words in signs.items()
        if hasattr(rule, name)
    ]
    return f", {', '.join(found)}" if found else ""


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if isinstance(field.default, BaseModel):
        changed = field.default.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return f"`{flow(changed)}`" if changed else ""
    return f"`{flow(field.default)}`"


def flow(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000).removesuffix("...\n").strip()


def with_tables(page: str) -> str:
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}"


def test_the_tables_of_the_configuration_are_current():
    page = CONFIGURATION.read_text(encoding="utf-8")
    assert page == with_tables(page), "write them again: .venv/bin/python tests/test_docs.py"


def test_every_key_has_a_meaning_and_a_row():
    page = PAGES["docs/configuration.md"]
    for model, place in models(Config):
        assert model.__doc__
        for name, field in model.model_fields.items():
            assert field.description, f"{place}.{name}"
            assert f"| `{field.alias or name}` | " in page


# Commands.


def commands(group: Any = None, name: str = "tracestill") -> Iterator[tuple[str, Any]]:
    """Every command by its full name."""
    group = group or typer.main.get_command(app)
    if not hasattr(group, "commands"):
        yield name, group
        return
    for inner, command in group.commands.items():
        yield from commands(command, f"{name} {inner}")


COMMANDS = dict(commands())
SECTIONS = dict(
    re.findall(r"^### `(tracestill[^`]*)`\n(.*?)(?=^##|\Z)", PAGES["docs/commands.md"], re.MULTILINE | re.DOTALL)
)


def test_every_command_is_documented():
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_where_its_command_is(name: str):
    usage = next(line for line in SECTIONS[name].splitlines() if line.startswith(f"    {name}"))
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "argument":
            assert (parameter.metavar or parameter.name.upper()) in usage
        else:
            assert all(re.search(rf"(?<![\w-]){option}(?![\w-])", usage) for option in parameter.opts)


def test_every_command_says_what_it_does():
    for name, command in COMMANDS.items():
        assert command.help, name
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"


def test_no_option_is_documented_that_does_not_exist():
    existing = {option for command in COMMANDS.values() for parameter in command.params for option in parameter.opts}
    existing |= {"--help", "--install-completion", "--show-completion", "--log-format"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGES["docs/commands.md"])) <= existing


RESULTS = {
    "tracestill generate": generate.Generated,
    "tracestill filter": filter_stage.Filtered,
    "tracestill curate": curate.Curated,
    "tracestill export": export.Exported,
    "tracestill train-sft": train_sft.Trained,
    "tracestill evaluate": evaluate.Evaluated,
    "tracestill ablate": Ablated,
    "tracestill report": report.Reported,
    "tracestill import": import_traces.Imported,
}


@pytest.mark.parametrize("name", RESULTS)
def test_every_field_of_a_result_is_documented(name: str):
    shape = SECTIONS[name].partition("JSON:")[2].partition("\n")[0]
    assert re.findall(r'"(\w+)"', shape) == ["stage", *RESULTS[name].__struct_fields__]


def test_every_exit_code_is_documented():
    classes = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, Exception)]
    codes = {0, *(item.exit_code for item in classes)}
    for page in ("docs/commands.md", "README.md"):
        assert set(map(int, re.findall(r"^\| (\d+) \| \w", PAGES[page], re.MULTILINE))) == codes


# Teachers, views, files.


def test_every_provider_has_a_configuration():
    found = {teacher["provider"] for teacher in documented_teachers().values()}
    assert found == set(plugin_ids("tracestill.pipeline.teachers", TeacherClient))


def documented_teachers() -> dict[str, dict[str, Any]]:
    blocks = [yaml.safe_load(block) for block in fenced("docs/teachers.md")]
    teachers = [teacher for block in blocks for teacher in block["teachers"]]
    assert len({teacher["id"] for teacher in teachers}) == len(teachers)
    return {teacher["id"]: teacher for teacher in teachers}


@pytest.mark.parametrize("teacher_id", documented_teachers())
def test_every_documented_teacher_can_be_planned(teacher_id: str, tmp_path: Path):
    plan = plan_of({"teachers": [documented_teachers()[teacher_id]]}, tmp_path)
    assert set(plan.recipes[teacher_id]) == {"math", "code", "open"} & set(plan.config.teachers[0].prompts)


def test_every_view_is_documented_with_its_columns(tmp_path: Path):
    page = PAGES["docs/workspace.md"]
    with Corpus(Workspace.create(tmp_path / "ws")) as corpus:
        for view in EXPORTED:
            columns = [column["column_name"] for column in corpus.answer(f"DESCRIBE {view}")]
            section = page.partition(f"### `{view}`\n")[2].partition("\n### ")[0].partition("\n## ")[0]
            listed = re.findall(r"`(\w+)`", section.strip().splitlines()[-1])
            assert listed == columns, view


def test_the_queries_of_the_page_can_be_answered(tmp_path: Path):
    queries = re.findall(r"```sql\n(.*?)```", PAGES["docs/workspace.md"], re.DOTALL)
    assert len(queries) >= 4
    with Corpus(Workspace.create(tmp_path / "ws")) as corpus:
        for query in queries:
            corpus.answer(query)


def test_the_tree_of_the_readme_is_the_tree():
    tree = PAGES["README.md"].partition("```\npyproject.toml")[2].partition("```")[0]
    named: list[str] = []
    for line in tree.splitlines()[1:]:
        name = line.split()[0]
        named.append(f"{named_folder(named)}{name}" if line.startswith(" ") else name)
        assert (ROOT / named[-1]).exists(), named[-1]
    folder = {f"pipeline/{path.name}{'/' * path.is_dir()}" for path in (ROOT / "pipeline").iterdir()}
    left_out = {"pipeline/__init__.py", "pipeline/__pycache__/"}
    assert {name for name in named if name.startswith("pipeline/")} - {"pipeline/"} == folder - left_out


def named_folder(named: list[str]) -> str:
    """The folder that the last line without indentation names."""
    return next(name for name in reversed(named) if name.count("/") == 1 and name.endswith("/"))


# Examples and links.


EXAMPLES = [
    (page, number, block)
    for page in PAGES
    if page != "docs/policies.md"  # its blocks are terms and overrides; tests/policies loads them
    for number, block in enumerate([*fenced(page), *indented(page)], start=1)
]

BASE: dict[str, Any] = {
    "schema_version": 1,
    "workspace": "ws",
    "use": {"purposes": ["internal_research"]},
    "problems": [{"path": "problems.jsonl", "source": "mine", "license": "own"}],
    "teachers": [{"id": "local", "provider": "transformers", "model": "HuggingFaceTB/SmolLM2-135M-Instruct"}],
}
"""What an example that is a part of a file is put into."""


def completed(part: dict[str, Any]) -> dict[str, Any]:
    """A part of a configuration with what else must be there."""
    whole = BASE | part
    if "teachers" in part:
        whole["teachers"] = [BASE["teachers"][0] | teacher for teacher in part["teachers"]]
    if "train" in part:
        whole["train"] = {"model": BASE["teachers"][0]["model"]} | part["train"]
    return whole


def plan_of(part: dict[str, Any], folder: Path) -> Plan:
    path = folder / "tracestill.yaml"
    path.write_text(yaml.safe_dump(completed(part)), encoding="utf-8")
    return Plan.of(load_config(path, environ={}), folder)


def test_there_are_examples():
    assert len(EXAMPLES) >= 11
    assert {"README.md", "docs/configuration.md", "docs/teachers.md", "docs/training.md"} <= {
        page for page, *_ in EXAMPLES
    }


@pytest.mark.parametrize(
    ("page", "number", "block"), EXAMPLES, ids=[f"{page}-{number}" for page, number, _ in EXAMPLES]
)
def test_every_example_of_a_configuration_is_valid(page: str, number: int, block: str, tmp_path: Path):
    part = yaml.safe_load(block)
    assert set(part) <= set(Config.model_fields)
    plan = plan_of(part, tmp_path)
    assert plan.config.schema_version == 1


def test_every_sample_configuration_is_valid():
    files = [*ROOT.glob("examples/compose/*.yaml"), ROOT / "data/demo.yaml", ROOT / "pipeline/starter/starter.yaml"]
    assert len(files) >= 3
    for path in files:
        assert Plan.of(load_config(path, environ={}), path.parent).recipes


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str):
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        place = (ROOT / page).parent / path if path else ROOT / page
        assert place.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", place.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), target


def test_every_page_can_be_found_from_the_readme():
    linked = set(re.findall(r"\]\(((?:docs/)?[\w.]+\.md)\)", PAGES["README.md"]))
    assert linked >= {page for page in PAGES if page.startswith("docs/")} | {"CONTRIBUTING.md", "CHANGELOG.md"}


if __name__ == "__main__":
    CONFIGURATION.write_text(with_tables(CONFIGURATION.read_text(encoding="utf-8")), encoding="utf-8")
