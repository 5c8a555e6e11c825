"""croissant.json of an export: the data set described for machines, in Croissant 1.1 with its RAI vocabulary.

Specifications: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html and .../croissant-rai-spec.html.
No clock and no run id is in it, so that the same corpus gives the same bytes; ``creator`` and ``datePublished`` are
for whoever publishes the set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import pyarrow as pa

from ..policies.creative_commons import creative_commons
from ..policies.licences import check_spdx
from ..policies.notice import CHANGES, MACHINE_WRITTEN, licence_words
from ..policies.outbound import NOT_STATED, OWN_ONLY
from ..policies.plain_text import one_line
from .config import Config
from .croissant_context import CONTEXT
from .dataset_card import title
from .exporting.writing import Written
from .provenance import Provenance

CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
ENCODINGS = {".parquet": "application/x-parquet", ".jsonl": "application/jsonlines"}
Json = dict[str, Any]


def croissant(config: Config, written: Sequence[Written], origin: Provenance) -> str:
    """The description of exported files, a record set for each split of each form; hashes are read from the files."""
    forms = dict.fromkeys(one.description for one in written)
    said = [*forms, MACHINE_WRITTEN, "Sampled, verified and chosen with Tracestill."]
    description = " ".join([*said, *([f"Not a verified set: {origin.unproven}"] if origin.unproven else [])])
    whole = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": title(config),
        "description": description,
        "conformsTo": CONFORMS_TO,
        **_address(config),
        "license": _licences(origin),
        "keywords": ["reasoning", "chain-of-thought", "synthetic", "tracestill"],
        "usageInfo": _usage(origin),
        "prov:wasDerivedFrom": [_entity(source.name, licence_words(source)) for source in origin.sources],
        "prov:wasGeneratedBy": {"@type": "prov:Activity", "prov:label": "Sampling, verification and choice of traces"},
        "prov:wasAttributedTo": [
            {"@type": "prov:SoftwareAgent", "prov:label": one_line(model)} for model in origin.models
        ],
        **_responsible(config, origin),
        "distribution": [part for one in written for part in _files(one)],
        "recordSet": [_record_set(one) for one in written],
    }
    return json.dumps({key: value for key, value in whole.items() if value != []}, indent=1, ensure_ascii=False) + "\n"


def _address(config: Config) -> Json:
    repo_id = config.export.repo_id
    return {"url": f"https://huggingface.co/datasets/{repo_id}"} if repo_id else {}


def _licences(origin: Provenance) -> list[str | Json]:
    """An address for each licence, as Croissant recommends; what has none is named, with the text beside it."""
    return [_licence(one, origin) for one in origin.outbound.licences or (origin.outbound.expression,)]


def _licence(licence: str, origin: Provenance) -> str | Json:
    if (found := creative_commons(licence)) is not None:
        return found.address
    if _is_listed(licence):
        return f"https://spdx.org/licenses/{licence}.html"
    return {"@type": "sc:CreativeWork", "name": licence, "url": next(iter(origin.bundle.paths(licence)), "NOTICE")}


def _is_listed(licence: str) -> bool:
    if licence.startswith("LicenseRef-") or " WITH " in licence:
        return False
    try:
        check_spdx(licence)
    except ValueError:
        return False
    return True


def _usage(origin: Provenance) -> Json:
    """What may be done with the set, as an ODRL offer where somebody grants something."""
    binds = [*origin.bundle.statements, *(f"{', '.join(one.by)}: {one.words}" for one in origin.bundle.wordings)]
    usage: Json = {"@type": "sc:CreativeWork", "name": "Licence and notices", "url": "NOTICE"}
    if binds:
        usage["description"] = " ".join(one_line(text, None) for text in binds)
    licences = origin.outbound.licences
    if NOT_STATED in licences or origin.outbound.expression == OWN_ONLY:
        return usage
    commons = [found for licence in licences if (found := creative_commons(licence)) is not None]
    actions = {"cc:Notice", *(["cc:Attribution"] if commons else [])}
    actions |= {"cc:ShareAlike"} if any(one.share_alike for one in commons) else set()
    duties = [{"@type": "odrl:Duty", "odrl:action": {"@id": action}} for action in sorted(actions)]
    usage |= {
        "@type": ["sc:CreativeWork", "odrl:Offer"],
        "odrl:permission": {"@type": "odrl:Permission", "odrl:action": {"@id": "odrl:use"}, "odrl:duty": duties},
    }
    if any(one.non_commercial for one in commons):
        usage["odrl:prohibition"] = {"@type": "odrl:Prohibition", "odrl:action": {"@id": "cc:CommercialUse"}}
    return usage


def _responsible(config: Config, origin: Provenance) -> Json:
    """The RAI vocabulary, as far as a program can fill it."""
    models = ", ".join(map(one_line, origin.models)) or "no model"
    verifiers = origin.verifiers
    return {
        "rai:dataCollection": f"Models ({models}) were asked each problem several times; every answer was recorded.",
        "rai:dataCollectionType": ["Synthetic", "Machine-generated"],
        "rai:dataPreprocessingProtocol": [
            CHANGES,
            f"Verifiers, cheapest first: {', '.join(verifiers)}. A trace is accepted when every required one passes.",
            f"Choice: at most {config.select.per_problem} per problem, {config.select.prefer} first, each text once.",
        ],
        "rai:machineAnnotationTools": [f"Tracestill verifier {verifier}" for verifier in verifiers],
        "rai:dataUseCases": [f"Declared uses: {', '.join(config.use.purposes)}.", "Supervised fine-tuning."],
        "rai:dataLimitations": [
            "Verifiers judge the final answer and the form; a right answer can follow from wrong steps.",
            "Answers carry the errors and the biases of the models that wrote them.",
        ],
        "rai:personalSensitiveInformation": [
            "None was sought. Problems were taken as they are, and nobody looked through the answers for personal data."
        ],
    }


def _entity(name: str, licence: str) -> Json:
    return {"@type": "prov:Entity", "prov:label": one_line(name), "sc:license": licence}


def _files(written: Written) -> Iterator[Json]:
    """Every file of a split by itself, with its hash, and the set of them where there are several."""
    for path in written.paths:
        place = f"{written.form}/{path.name}"
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield {
            "@type": "cr:FileObject",
            "@id": place,
            "name": place,
            "contentUrl": place,
            "contentSize": f"{path.stat().st_size} B",
            "encodingFormat": ENCODINGS[path.suffix],
            "sha256": digest,
        }
    if len(written.paths) > 1:
        yield {
            "@type": "cr:FileSet",
            "@id": written.pattern,
            "name": written.pattern,
            "includes": written.pattern,
            "encodingFormat": ENCODINGS[written.paths[0].suffix],
        }


def _source(written: Written) -> Json:
    """Where the columns of a split are found."""
    if len(written.paths) > 1:
        return {"fileSet": {"@id": written.pattern}}
    return {"fileObject": {"@id": f"{written.form}/{written.paths[0].name}"}}


def _record_set(written: Written) -> Json:
    name = written.form if written.split == "train" else f"{written.form}-{written.split}"
    source = _source(written)
    fields = [_field(f"{name}/{column.name}", column.name, column.type, source) for column in _columns(written.schema)]
    description = f"{written.description} Split: {written.split}."
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": description, "field": fields}


def _field(place: str, column: str, kind: pa.DataType, file: Json, path: str | None = None) -> Json:
    field: Json = {"@type": "cr:Field", "@id": place, "name": place.partition("/")[2]}
    if isinstance(kind, pa.ListType):
        field |= {"isArray": True, "arrayShape": "-1"}
        kind = cast("Any", kind).value_type
    if isinstance(kind, pa.StructType):
        inner = [(part, f"{path}.{part.name}" if path else part.name) for part in _columns(kind)]
        return field | {
            "subField": [_field(f"{place}/{part.name}", column, part.type, file, way) for part, way in inner]
        }
    source: Json = file | {"extract": {"column": column}}
    return field | {"dataType": data_type(kind), "source": source | ({"transform": {"jsonPath": path}} if path else {})}


def _columns(parts: pa.Schema | pa.StructType) -> Iterable[pa.Field[Any]]:
    return cast("Any", parts)


def data_type(kind: pa.DataType) -> str:
    """Croissant's name for a column's type."""
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "cr:Int64"
    return "cr:Float64" if pa.types.is_floating(kind) else "sc:Text"
