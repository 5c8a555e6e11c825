"""What an export says of licences, through real servers, processes and files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from teacher_server import TeacherServer
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.dataset_card import size_category
from tracestill.pipeline.stages.export import export
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.policies.licence_texts import licence_text

Run = Callable[..., subprocess.CompletedProcess[str]]
Curated = Callable[..., Path]
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
LLAMA_NOTICE = (
    "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved."
)
RELEASE = ("internal_research", "dataset_release")


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return tmp_path / "ws" / "exports"


def result(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def front_matter(folder: Path) -> dict[str, Any]:
    head, separator, _ = (folder / "README.md").read_text().removeprefix("---\n").partition("\n---\n")
    assert separator
    return yaml.safe_load(head)


def test_a_bundle_of_several_licences(curated: Curated, tracestill: Run, exports: Path) -> None:
    config = curated({"sums": "own", "others": "CC-BY-4.0", "third": "MIT OR CC-BY-NC-4.0"}, RELEASE)
    done = result(tracestill("export", "-c", config, "--output", "json"))
    assert done["licence"] == "CC-BY-4.0 AND MIT"
    assert done["open_points"] == [
        "Name the creators of others in NOTICE, with a link, as far as they are known.",
        "Add the copyright line of third to LICENSES/MIT.txt, which is the general form.",
    ]
    assert {path.name for path in (exports / "LICENSES").iterdir()} == {"CC-BY-4.0.txt", "MIT.txt"}
    for name in ("CC-BY-4.0", "MIT"):
        assert (exports / f"LICENSES/{name}.txt").read_bytes() == (licence_text(name) or "").encode()
    notice = (exports / "NOTICE").read_text()
    assert "Licence of this data set (SPDX): CC-BY-4.0 AND MIT" in notice
    assert "others\n  Licence: CC-BY-4.0\n  CC-BY-4.0: https://creativecommons.org/licenses/by/4.0/" in notice
    assert "third\n  Licence: MIT OR CC-BY-NC-4.0\n  MIT: LICENSES/MIT.txt" in notice
    assert "- HuggingFaceTB/SmolLM2-135M-Instruct" in notice
    front = front_matter(exports)
    assert {key: front[key] for key in ("license", "license_name", "license_link")} == {
        "license": "other",
        "license_name": "cc-by-4.0-and-mit",
        "license_link": "NOTICE",
    }
    assert front["pretty_name"] == "Reasoning traces for student"
    assert front["annotations_creators"] == ["machine-generated"]
    assert front["language_creators"] == ["machine-generated", "found"]
    assert front["size_categories"] == ["n<1K"]
    assert front["source_datasets"] == ["others", "original", "third"]


def test_two_exports_of_a_corpus_have_the_same_bytes(curated: Curated, tracestill: Run, exports: Path) -> None:
    config = curated({"sums": "Apache-2.0", "others": "CC-BY-SA-4.0"}, RELEASE)
    result(tracestill("export", "-c", config, "--output", "json"))
    before = contents(exports)
    assert {"NOTICE", "README.md", "croissant.json", "LICENSES/Apache-2.0.txt"} < set(before)
    result(tracestill("export", "-c", config, "--output", "json"))
    assert contents(exports) == before


def test_licences_that_clash_leave_nothing_behind(curated: Curated, tracestill: Run, exports: Path) -> None:
    config = curated({"shared": "CC-BY-SA-4.0", "held": "CC-BY-NC-4.0"}, RELEASE)
    done = tracestill("export", "-c", config)
    assert done.returncode == 3
    assert "dataset:shared (cc-by-sa) and dataset:held (cc-by-nc) contradict" in done.stderr
    assert "--partition" in done.stderr
    assert contents(exports) == {}


def test_a_refusal_leaves_an_earlier_export_as_it_was(curated: Curated, tracestill: Run, exports: Path) -> None:
    config = curated({"sums": "CC-BY-NC-4.0"})
    assert tracestill("export", "-c", config).returncode == 0
    before = contents(exports)
    done = tracestill("export", "-c", config, "--set", "use.purposes=[commercial_use]")
    assert done.returncode == 3
    assert "NC_COMMERCIAL" in done.stderr or "CC-BY-NC-4.0" in done.stderr
    assert contents(exports) == before


def test_texts_of_an_earlier_export_go_and_what_somebody_added_stays(
    curated: Curated, tracestill: Run, exports: Path
) -> None:
    config = curated({"sums": "CC-BY-4.0"})
    tracestill("export", "-c", config)
    (exports / "LICENSES/llama3.txt").write_text("The text, added by hand.\n")
    # Added by hand to a text that ships, so it is no longer ours.
    (exports / "LICENSES/MIT.txt").write_text("Copyright (c) 2026 somebody\n" + (licence_text("MIT") or ""))
    result(tracestill("export", "-c", config, "--set", "problems.0.license=own", "--output", "json"))
    # The ledger holds the licence under which the problem was taken in.
    assert (exports / "LICENSES/CC-BY-4.0.txt").exists()
    assert tracestill("generate", "-c", config, "--set", "problems.0.license=own").returncode == 0
    done = result(tracestill("export", "-c", config, "--set", "problems.0.license=own", "--output", "json"))
    assert done["licence"] == "LicenseRef-own"
    assert {path.name for path in (exports / "LICENSES").iterdir()} == {"llama3.txt", "MIT.txt"}


def test_without_a_text_there_is_no_folder(curated: Curated, tracestill: Run, exports: Path) -> None:
    config = curated({"sums": "own"})
    tracestill("export", "-c", config)
    assert not (exports / "LICENSES").exists()
    assert front_matter(exports)["source_datasets"] == ["original"]
    assert "`dataset_release` is not among the declared uses" in (exports / "README.md").read_text()


def test_problems_without_a_licence_are_called_so(curated: Curated, tracestill: Run, exports: Path) -> None:
    config = curated({"found": None})
    done = result(tracestill("export", "-c", config, "--output", "json"))
    assert done["licence"] == "LicenseRef-unstated"
    assert done["open_points"] == ["Find out under which licence the problems of found are: nobody stated one."]
    assert front_matter(exports)["license"] == "unknown"


@pytest.fixture
def llama(teacher: TeacherServer) -> dict[str, Any]:
    """A teacher under Llama 3.1's licence, declared for a release of weights."""
    one = {
        "id": "local",
        "provider": "openai-chat",
        "base_url": teacher.url,
        "model": LLAMA,
        "self_hosted": True,
        "prompts": {"math": "math-cot"},
        "sampling": {"k": 1, "max_tokens": 64},
    }
    return {"teachers": [one], "policy": {"attest": ["mau_at(2024-07-23)<=700M"]}}


def test_what_a_teachers_licence_prescribes_is_in_the_card_to_the_letter(
    curated: Curated, tracestill: Run, exports: Path, llama: dict[str, Any]
) -> None:
    config = curated({"sums": "Apache-2.0"}, ("weights_release", "dataset_release"), **llama)
    data = yaml.safe_load(config.read_text())
    data["use"]["student"] = {"name": "Llama-sums", "distributed": True}
    config.write_text(yaml.safe_dump(data))
    done = result(tracestill("export", "-c", config, "--output", "json"))
    card, notice = (exports / "README.md").read_text(), (exports / "NOTICE").read_text()
    section = card.partition("## Licence and notices")[2].partition("\n## ")[0]
    for words in ("Built with Llama", LLAMA_NOTICE):
        assert f"```text\n{words}\n```" in section
        assert f"\n\n{words}\n" in notice
    assert "contains outputs of Llama 3.1" in section
    assert (exports / "LICENSES/llama3.1.txt").read_text() == licence_text("llama3.1")
    assert any("llama3.1-use-policy" in point for point in done["open_points"])
    front = front_matter(exports)
    assert (front["license"], front["license_name"]) == ("other", "apache-2.0-and-terms-of-llama3.1")


def test_rejected_traces_count_where_they_are_exported(curated: Curated, tracestill: Run, exports: Path) -> None:
    config = curated({"sums": "Apache-2.0", "wrong": "CC-BY-4.0"}, RELEASE)
    problems = config.parent / "1.jsonl"
    problems.write_text(problems.read_text().replace('"answer": "2"', '"answer": "7"'))
    for stage in ("generate", "filter", "curate"):
        assert tracestill(stage, "-c", config).returncode == 0
    only = ("--set", "export.configs=[sft]", "--output", "json")
    assert result(tracestill("export", "-c", config, *only))["licence"] == "Apache-2.0"
    assert result(tracestill("export", "-c", config, "--output", "json"))["licence"] == "Apache-2.0 AND CC-BY-4.0"


def test_hostile_names_stay_text(curated: Curated, tracestill: Run, exports: Path) -> None:
    name = 'x]|(http://evil)\n---\nlicense: mit\n<script>alert(1)</script> `*_"\u202e'
    tracestill("export", "-c", curated({name: "CC-BY-4.0"}, RELEASE))
    front = front_matter(exports)
    assert front["license"] == "cc-by-4.0"
    (source,) = front["source_datasets"]
    assert source.startswith("x]|(http://evil) --- license: mit <script>")
    card, notice = (exports / "README.md").read_text(), (exports / "NOTICE").read_text()
    body = card.partition("\n---\n")[2]
    assert "<script" not in body
    assert "\u202e" not in card + notice
    assert "\nlicense: mit" not in card.replace("license: cc-by-4.0", "") + notice
    assert body.count("\n---\n") == 0
    described = json.loads((exports / "croissant.json").read_text())
    assert "\n" not in described["prov:wasDerivedFrom"][0]["prov:label"]


@pytest.mark.parametrize(
    ("rows", "name"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**8, "100M<n<1B"), (10**9, "1B<n<10B")]
)
def test_size_categories(rows: int, name: str) -> None:
    assert size_category(rows) == name


def test_the_card_says_how_far_it_goes_and_where_it_lies(curated: Curated, exports: Path) -> None:
    config = curated({"sums": "own"})
    sets = ("export.repo_id=acme/sums", "decontaminate.hashes=[gsm8k-test]")
    for settings, said in ((sets, "a problem of gsm8k-test were left out"), ((), "a problem of gsm8k-test, humaneval")):
        with start(open_plan(config, settings), Stop()) as job:
            export(job)
        card = (exports / "README.md").read_text()
        limits = card.partition("## Limits")[2].partition("\n## ")[0]
        assert said in limits
        assert "math-answer" in limits
        assert f'load_dataset("{"acme/sums" if settings else "FOLDER_OR_NAME"}", "sft"' in card
