from __future__ import annotations

from collections.abc import Sequence

import pytest
from tracestill.policies.bundle import LicenceBundle, licence_bundle
from tracestill.policies.circumstances import Bundle
from tracestill.policies.hub_licences import hub_licence
from tracestill.policies.library import TermsSet, load_terms
from tracestill.policies.licence_texts import licence_text
from tracestill.policies.notice import notice
from tracestill.policies.outbound import Outbound, Source, combine
from tracestill.policies.owed import Binding, gather

OWN = [Source("mine", "own")]
LLAMA_NOTICE = (
    "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved."
)


def outbound(sources: Sequence[Source]) -> Outbound:
    found = combine(sources)
    assert isinstance(found, Outbound)
    return found


def bundle(
    terms: TermsSet, *ids: str, uses: Sequence[str] = (), sources: Sequence[Source] = OWN, **more: object
) -> LicenceBundle:
    bindings = [Binding(one) for one in terms.named(ids)]
    return licence_bundle(outbound(sources), sources, bindings, [*uses, "dataset_release"], **more)


def test_a_data_set_for_others_says_what_its_teachers_terms_ask(shipped):
    found = bundle(shipped, "llama3.1", "self-hosted")
    assert found.licences == {}
    assert any("contains outputs of Llama 3.1" in line and line.endswith("[llama3.1]") for line in found.statements)
    assert found.terms == ("llama3.1",)


def test_declared_weights_bring_the_notice_the_display_and_the_licence(shipped):
    found = bundle(shipped, "llama3.1", uses=["weights_release"])
    assert found.licences == {"LICENSES/llama3.1.txt": licence_text("llama3.1")}
    assert [wording.words for wording in found.wordings] == ["Built with Llama", LLAMA_NOTICE]
    assert any(point.startswith("Put a copy into LICENSES/llama3.1-use-policy.md: ") for point in found.open_points)


def test_a_text_that_does_not_ship_is_an_open_point(write_terms):
    duty = {"type": "licence_copy", "text": "A copy goes with it.", "file": "LICENSES/acme-2.0.txt"}
    found = bundle(own_terms(write_terms, [duty]), "acme")
    assert found.licences == {}
    assert found.open_points[0] == "Put a copy into LICENSES/acme-2.0.txt: A copy goes with it. [acme]"


def test_restrictions_without_a_place_of_their_own_come_with_the_text_of_the_terms(shipped):
    found = bundle(shipped, "deepseek-la-1.0", uses=["commercial_use"])
    assert found.licences == {"LICENSES/deepseek-la-1.0.txt": licence_text("deepseek-la-1.0")}


def test_what_binds_the_maker_alone_is_not_passed_on(shipped):
    found = bundle(shipped, "llama3.1", uses=["internal_research"])
    assert not any("700 million" in line for line in found.statements)


def test_a_base_asks_for_more_than_a_teacher(shipped):
    (terms,) = shipped.named(["smollm2"])
    assert gather([Binding(terms)], ["weights_release"]) == []
    (owed,) = gather([Binding(terms, "base")], ["weights_release"])
    assert owed.condition.type == "licence_copy"


def own_terms(write_terms, conditions, **more):
    rule = {"verdict": "conditional", "basis": "express", "clause": "c", "conditions": conditions}
    return load_terms(write_terms("acme", rules={"dataset_release": rule}, **more))


def test_a_copy_is_never_placed_outside_the_folder(write_terms):
    duty = {"type": "licence_copy", "text": "A copy.", "file": "../../evil/.ssh"}
    found = bundle(own_terms(write_terms, [duty]), "acme")
    assert found.open_points == (
        "Put a copy into LICENSES/acme.txt: A copy. [acme]",
        "Choose a licence for problems of your own: LicenseRef-own grants nobody anything.",
    )


def test_one_of_several_wordings_is_enough_and_an_attested_way_out_counts(write_terms):
    duty = {"type": "display", "text": "Show it.", "any_of": ["Built with Acme", "Improved using Acme"]}
    duty |= {"unless_attested": "users<=1M"}
    terms = own_terms(write_terms, [duty])
    assert [one.words for one in bundle(terms, "acme").wordings] == ["Built with Acme"]
    assert bundle(terms, "acme", attested=["users<=1M"]).wordings == ()


def test_an_open_exception_takes_the_rules_place(write_terms):
    way_out = {"id": "small", "clause": "c", "uses": ["dataset_release"], "when": [{"type": "not_distributed"}]}
    duty = {"type": "notice_text", "text": "Say it."}
    terms = own_terms(write_terms, [duty], exceptions=[way_out])
    (acme,) = terms.named(["acme"])
    assert len(gather([Binding(acme)], ["dataset_release"])) == 1
    assert gather([Binding(acme, opened=frozenset({"small"}))], ["dataset_release"]) == []


def test_the_same_duty_of_two_terms_is_asked_once(shipped):
    sources = [Source("a", "MIT"), Source("b", "MIT AND CC-BY-4.0")]
    found = bundle(shipped, "data-mit", "cc-by", sources=sources)
    assert list(found.licences) == ["LICENSES/CC-BY-4.0.txt", "LICENSES/MIT.txt"]
    assert found.open_points == (
        "Add the copyright line of a to LICENSES/MIT.txt, which is the general form.",
        "Name the creators of b in NOTICE, with a link, as far as they are known.",
        "Add the copyright line of b to LICENSES/MIT.txt, which is the general form.",
    )


def test_the_notice_names_sources_models_words_and_open_points(shipped):
    sources = [Source("b-set", "CC-BY-SA-4.0"), Source("a-set", "own")]
    found = bundle(shipped, "cc-by-sa", "llama3.1", uses=["weights_release"], sources=sources)
    text = notice("Traces", outbound(sources), sources, ["meta/llama-3.1", "acme/x"], found)
    assert "Licence of this data set (SPDX): CC-BY-SA-4.0" in text
    assert (
        "b-set\n  Licence: CC-BY-SA-4.0\n"
        "  CC-BY-SA-4.0: https://creativecommons.org/licenses/by-sa/4.0/, LICENSES/CC-BY-SA-4.0.txt\n"
    ) in text
    assert "a-set\n  Licence: the publisher's own problems" in text
    assert "The problems were changed: " in text
    assert "written by machines and not by people. They come from:\n\n- acme/x\n- meta/llama-3.1\n" in text
    assert f"\n\n{LLAMA_NOTICE}\n" in text
    assert "under CC-BY-SA-4.0 or a compatible licence. [cc-by-sa]" in text
    assert "- Name the creators of b-set in NOTICE" in text
    again = notice("Traces", outbound(sources), sources[::-1], ["acme/x", "meta/llama-3.1"], found)
    assert again == text


def test_a_hostile_name_cannot_write_a_line_of_the_notice(shipped):
    sources = [Source("evil\n\nProblems\n\u202e\x1b[31m" + "x" * 500, "own")]
    text = notice("T", outbound(sources), sources, ["m\n- other"], bundle(shipped, sources=sources))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "- m - other\n" in text
    assert text.count("Problems\n--------") == 1
    assert max(map(len, text.splitlines())) < 260


def test_what_the_gate_looks_for_in_a_bundle_is_there(shipped):
    found = bundle(shipped, "llama3.1", uses=["weights_release"])
    text = notice("T", outbound(OWN), OWN, ["meta-llama/Llama-3.1-8B"], found)
    published = Bundle({**found.licences, "NOTICE": text})
    assert published.holds("LICENSES/llama3.1.txt")
    assert LLAMA_NOTICE in published.texts("NOTICE")[0]


@pytest.mark.parametrize(
    ("licences", "terms", "expected"),
    [
        (["Apache-2.0"], [], {"license": "apache-2.0"}),
        (["CC-BY-NC-SA-4.0"], [], {"license": "cc-by-nc-sa-4.0"}),
        (["ODC-By-1.0"], [], {"license": "odc-by"}),
        (["GPL-3.0-or-later"], [], {"license": "gpl-3.0"}),
        (["LicenseRef-scancode-openmdw-1.0"], [], {"license": "openmdw-1.0"}),
        (["LicenseRef-scancode-llama-3.1-license-2024"], [], {"license": "llama3.1"}),
        ([None], [], {"license": "unknown"}),
        (["own"], [], {"license": "other", "license_name": "licenseref-own", "license_link": "NOTICE"}),
        (
            ["MIT", "CC-BY-4.0"],
            [],
            {"license": "other", "license_name": "cc-by-4.0-and-mit", "license_link": "NOTICE"},
        ),
        (
            ["LicenseRef-scancode-deepseek-la-1.0"],
            [],
            {
                "license": "other",
                "license_name": "licenseref-scancode-deepseek-la-1.0",
                "license_link": "LICENSES/LicenseRef-scancode-deepseek-la-1.0.txt",
            },
        ),
        # Whoever filters by apache-2.0 must not find a set that carries a teacher's terms.
        (
            ["Apache-2.0"],
            ["llama3.1"],
            {"license": "other", "license_name": "apache-2.0-and-terms-of-llama3.1", "license_link": "NOTICE"},
        ),
    ],
)
def test_the_hubs_name_of_a_licence(shipped, licences, terms, expected):
    sources = [Source(f"s{number}", licence) for number, licence in enumerate(licences)]
    assert hub_licence(outbound(sources), bundle(shipped, *terms, sources=sources)) == expected
