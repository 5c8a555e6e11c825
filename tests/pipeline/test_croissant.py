"""croissant.json of a real export, read by mlcroissant without a network."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlcroissant
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.croissant import data_type
from tracestill.pipeline.stages.export import export
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

Run = Callable[..., subprocess.CompletedProcess[str]]

# rdflib and pandas warn of names that mlcroissant still uses.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def exports(curated: Callable[..., Path], tracestill: Run, tmp_path: Path) -> Path:
    licences = {"sums": "own", "others": "CC-BY-NC-SA-4.0", "third": "Apache-2.0"}
    config = curated(licences, ("internal_research", "dataset_release"), export={"repo_id": "acme/traces"})
    done = tracestill("export", "-c", config)
    assert done.returncode == 0, done.stderr
    return tmp_path / "ws" / "exports"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, exports: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("validation must not ask the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def described(exports: Path) -> dict[str, Any]:
    return json.loads((exports / "croissant.json").read_text())


@pytest.mark.usefixtures("offline")
def test_it_is_valid_and_every_record_set_loads(exports: Path) -> None:
    dataset = mlcroissant.Dataset(jsonld=str(exports / "croissant.json"))
    assert dataset.metadata.ctx.issues.errors == set()
    # No clock goes into an export, and nobody has said how to cite it or which version it is.
    missing = {warning.split('"')[1].rpartition("/")[2] for warning in dataset.metadata.ctx.issues.warnings}
    assert missing == {"citeAs", "datePublished", "version"}
    for form in ("sft", "generations", "traces"):
        stored = pq.read_table(exports / form / "train-00000-of-00001.parquet").to_pylist()
        loaded = [_plain(record) for record in dataset.records(form)]
        assert len(loaded) == len(stored) == 3
        assert [set(record) for record in loaded] == [set(row) for row in stored]
        key = "uuid" if form != "traces" else "trace_id"
        assert [record[key] for record in loaded] == [row[key] for row in stored]
    first = _plain(next(iter(dataset.records("sft"))))
    assert [turn["role"] for turn in first["messages"]] == ["system", "user", "assistant"]
    assert first["num_tokens"] > 0


@pytest.mark.parametrize("file_format", ["parquet", "jsonl"])
def test_a_form_in_several_files_is_one_record_set(curated: Callable[..., Path], file_format: str) -> None:
    config = curated({"sums": "own", "others": "CC0-1.0"}, export={"shard_mb": 0.0001, "format": file_format})
    with start(open_plan(config, ()), Stop()) as job:
        folder = Path(export(job).folder)
    assert len(list((folder / "traces").iterdir())) == 2
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert dataset.metadata.ctx.issues.errors == set()
    assert [_plain(record)["problem_id"] for record in dataset.records("traces")] == ["p0", "p1"]


def test_files_are_named_with_their_hashes(exports: Path) -> None:
    assert len(described(exports)["distribution"]) == 3
    for one in described(exports)["distribution"]:
        content = (exports / one["contentUrl"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["contentSize"] == f"{len(content)} B"
        assert one["encodingFormat"] == "application/x-parquet"


def test_fields_have_the_types_of_the_columns(exports: Path) -> None:
    sets = {one["@id"]: {field["name"]: field for field in one["field"]} for one in described(exports)["recordSet"]}
    assert sets["sft"]["num_tokens"]["dataType"] == "cr:Int64"
    assert sets["traces"]["temperature"]["dataType"] == "cr:Float64"
    assert sets["generations"]["correctness"]["dataType"] == "sc:Boolean"
    assert sets["generations"]["generations"] | {"source": None} == {
        "@type": "cr:Field",
        "@id": "generations/generations",
        "name": "generations",
        "isArray": True,
        "arrayShape": "-1",
        "dataType": "sc:Text",
        "source": None,
    }
    assert [part["name"] for part in sets["sft"]["messages"]["subField"]] == ["messages/role", "messages/content"]


def test_provenance_use_and_responsibility_are_told(exports: Path) -> None:
    found = described(exports)
    assert found["conformsTo"] == ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
    assert found["url"] == "https://huggingface.co/datasets/acme/traces"
    assert found["license"] == [
        "https://spdx.org/licenses/Apache-2.0.html",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    ]
    assert [(one["prov:label"], one["sc:license"]) for one in found["prov:wasDerivedFrom"]] == [
        ("others", "CC-BY-NC-SA-4.0"),
        ("sums", "the publisher's own problems"),
        ("third", "Apache-2.0"),
    ]
    assert [one["prov:label"] for one in found["prov:wasAttributedTo"]] == ["HuggingFaceTB/SmolLM2-135M-Instruct"]
    offer = found["usageInfo"]
    assert offer["@type"] == ["sc:CreativeWork", "odrl:Offer"]
    assert offer["url"] == "NOTICE"
    duties = [duty["odrl:action"]["@id"] for duty in offer["odrl:permission"]["odrl:duty"]]
    assert duties == ["cc:Attribution", "cc:Notice", "cc:ShareAlike"]
    assert offer["odrl:prohibition"]["odrl:action"] == {"@id": "cc:CommercialUse"}
    assert any("math-answer 2" in text for text in found["rai:dataPreprocessingProtocol"])
    assert "Tracestill verifier math-answer 2" in found["rai:machineAnnotationTools"]
    assert not any("code-tests" in tool for tool in found["rai:machineAnnotationTools"])
    assert found["rai:dataCollectionType"] == ["Synthetic", "Machine-generated"]
    for key in ("dataCollection", "dataUseCases", "dataLimitations", "personalSensitiveInformation"):
        assert found[f"rai:{key}"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (pa.string(), "sc:Text"),
        (pa.int32(), "cr:Int64"),
        (pa.float32(), "cr:Float64"),
        (pa.bool_(), "sc:Boolean"),
        (pa.null(), "sc:Text"),
    ],
)
def test_types_of_columns(kind: pa.DataType, name: str) -> None:
    assert data_type(kind) == name


def _plain(value: Any) -> Any:
    """A record without the prefix that mlcroissant puts before its fields, and as text."""
    if isinstance(value, dict):
        return {key.rpartition("/")[2]: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value
