from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.policies.creative_commons import creative_commons
from tracestill.policies.licences import alternatives
from tracestill.policies.outbound import Conflict, Outbound, Source, combine
from tracestill.policies.share_alike import destinations, passes_on

SHARE_ALIKE = (
    "CC-BY-SA-1.0", "CC-BY-SA-2.0", "CC-BY-SA-3.0", "CC-BY-SA-3.0-DE", "CC-BY-SA-4.0", "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-4.0", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "AGPL-3.0-only",
    "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LAL-1.3", "ODbL-1.0", "CDLA-Sharing-1.0",
)  # fmt: skip
OTHERS = ("MIT", "Apache-2.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "ODC-By-1.0")
SINGLE = st.sampled_from([*SHARE_ALIKE, *OTHERS, "own", None])
CHOICE = st.tuples(st.sampled_from([*SHARE_ALIKE, *OTHERS]), st.sampled_from(OTHERS)).map(" OR ".join)
SOURCES = st.lists(st.builds(Source, st.sampled_from("abcdef"), SINGLE | CHOICE), max_size=6)


def test_a_licence_for_one_country_stays_what_it_is():
    assert passes_on("CC-BY-SA-3.0-DE", "CC-BY-SA-3.0-DE")
    assert passes_on("CC-BY-SA-3.0-DE", "CC-BY-SA-4.0")
    assert not passes_on("CC-BY-SA-3.0-DE", "CC-BY-4.0")


def of(*licences: str | None) -> Outbound | Conflict:
    return combine([Source(f"set{number}", licence) for number, licence in enumerate(licences)])


def expression(*licences: str | None) -> str:
    found = of(*licences)
    assert isinstance(found, Outbound), found
    return found.expression


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        (["MIT"], "MIT"),
        (["mit", "MIT"], "MIT"),
        (["MIT", "Apache-2.0", "CC-BY-4.0"], "Apache-2.0 AND CC-BY-4.0 AND MIT"),
        (["MIT AND CC-BY-4.0", "CC-BY-4.0"], "CC-BY-4.0 AND MIT"),
        (["own"], "LicenseRef-own"),
        (["Own "], "LicenseRef-own"),
        ([], "LicenseRef-own"),
        (["own", "CC0-1.0"], "CC0-1.0"),
        ([None], "LicenseRef-unstated"),
        (["NOASSERTION", "", "own"], "LicenseRef-unstated"),
        (["CC-BY-NC-SA-4.0"], "CC-BY-NC-SA-4.0"),
        (["CC-BY-NC-SA-4.0", "CC-BY-4.0"], "CC-BY-4.0 AND CC-BY-NC-SA-4.0"),
        (["CC-BY-NC-SA-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0 AND CC-BY-NC-SA-4.0"),
        (["CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"], "CC-BY-NC-SA-3.0 AND CC-BY-NC-SA-4.0"),
        (["CC-BY-SA-4.0", "MIT"], "CC-BY-SA-4.0 AND MIT"),
        (["CC-BY-SA-3.0", "CC-BY-SA-4.0"], "CC-BY-SA-3.0 AND CC-BY-SA-4.0"),
        (["CC-BY-SA-4.0", "GPL-3.0-or-later"], "CC-BY-SA-4.0 AND GPL-3.0-or-later"),
        (["CC-BY-SA-4.0", "LAL-1.3"], "CC-BY-SA-4.0 AND LAL-1.3"),
        (["CC-BY-NC-4.0", "CC-BY-4.0"], "CC-BY-4.0 AND CC-BY-NC-4.0"),
    ],
)
def test_licences_that_go_together_all_bind(licences, expected):
    assert expression(*licences) == expected


@pytest.mark.parametrize(
    ("licences", "clash"),
    [
        (["CC-BY-SA-4.0", "CC-BY-NC-4.0"], ("CC-BY-SA-4.0", "CC-BY-NC-4.0")),
        (["CC-BY-NC-SA-4.0", "CC-BY-SA-4.0"], ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0")),
        (["GPL-3.0-only", "CC-BY-NC-4.0"], ("GPL-3.0-only", "CC-BY-NC-4.0")),
        (["ODbL-1.0", "CC-BY-NC-4.0"], ("ODbL-1.0", "CC-BY-NC-4.0")),
        (["ODbL-1.0", "CC-BY-SA-4.0"], ("CC-BY-SA-4.0", "ODbL-1.0")),
        (["CC-BY-SA-4.0", "GPL-2.0-only"], ("CC-BY-SA-4.0", "GPL-2.0-only")),
        (["CC-BY-SA-3.0", "GPL-3.0-only"], ("CC-BY-SA-3.0", "GPL-3.0-only")),
        (["CC-BY-SA-1.0", "CC-BY-SA-4.0"], ("CC-BY-SA-1.0", "CC-BY-SA-4.0")),
        (["MIT", "CC-BY-ND-4.0"], ("CC-BY-ND-4.0", "CC-BY-ND-4.0")),
        (["CC-BY-NC-ND-4.0"], ("CC-BY-NC-ND-4.0", "CC-BY-NC-ND-4.0")),
    ],
)
def test_licences_that_clash_are_named_with_their_sources(licences, clash):
    found = of(*licences)
    assert isinstance(found, Conflict)
    assert found.code == "LICENCE_INCOMPATIBLE"
    assert found.licences == clash
    assert (found.first.licence, found.second.licence) == clash
    for source in (found.first, found.second):
        assert source.name in found.sentence
        assert source.licence in found.sentence


def test_one_source_can_clash_with_itself():
    found = of("CC-BY-SA-4.0 AND CC-BY-NC-4.0")
    assert isinstance(found, Conflict)
    assert found.sentence.startswith("'set0' (CC-BY-SA-4.0 and CC-BY-NC-4.0): ")


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        (["MIT OR CC-BY-NC-4.0"], "MIT"),
        (["CC-BY-SA-4.0 OR CC-BY-NC-4.0"], "CC-BY-SA-4.0"),
        # The more lenient option would clash with the other source.
        (["CC-BY-SA-4.0 OR CC-BY-NC-SA-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0 AND CC-BY-NC-SA-4.0"),
        (["GPL-2.0-only OR MIT", "CC-BY-SA-4.0"], "CC-BY-SA-4.0 AND MIT"),
        (["MIT", "MIT OR CC0-1.0"], "MIT"),
        (["CC-BY-4.0 OR CC-BY-ND-4.0"], "CC-BY-4.0"),
    ],
)
def test_a_choice_takes_the_most_lenient_option_that_fits(licences, expected):
    assert expression(*licences) == expected


def test_a_choice_of_which_no_option_fits_is_a_conflict():
    found = of("CC-BY-NC-4.0 OR CC-BY-NC-SA-4.0", "CC-BY-SA-4.0")
    assert isinstance(found, Conflict)
    assert {found.first.name, found.second.name} == {"set0", "set1"}


def test_problems_that_are_only_named_bind_nobody():
    assert combine([Source("a", "CC-BY-ND-4.0"), Source("b", None)], prompts="by_reference") == combine([])


def test_what_is_relied_on_of_a_source():
    sources = [Source("a", "CC0-1.0 OR MIT AND CC-BY-4.0"), Source("b", "own"), Source("c", "CC-BY-4.0")]
    found = combine(sources)
    assert isinstance(found, Outbound)
    assert [found.taken(source) for source in sources] == [("CC0-1.0",), (), ("CC-BY-4.0",)]


def test_no_expression_is_refused():
    with pytest.raises(ValueError, match="is no SPDX"):
        of("Acme-1.0")


@given(SOURCES, st.randoms())
def test_the_order_of_sources_does_not_matter(sources, random):
    shuffled = [*sources, *sources[:2]]
    random.shuffle(shuffled)
    assert combine(shuffled) == combine(sources)


@given(SOURCES)
def test_the_result_is_under_its_own_licence(sources):
    found = combine(sources)
    if isinstance(found, Outbound) and found.licences and "LicenseRef-unstated" not in found.licences:
        assert combine([Source("again", found.expression)]) == found


@given(SOURCES)
def test_every_source_finds_its_licence_in_the_result(sources):
    found = combine(sources)
    if isinstance(found, Conflict):
        assert found.first in sources
        assert found.second in sources
        return
    for source in sources:
        offered = alternatives(source.licence)
        assert set(found.taken(source)) in [
            {"LicenseRef-unstated" if one == "none" else one for one in option if one != "own"} for option in offered
        ]
        for licence in found.taken(source):
            cc = creative_commons(licence)
            assert cc is None or not cc.no_derivatives
            if cc and cc.share_alike and "LicenseRef-unstated" not in found.licences:
                assert passes_on(licence, found.expression)


@pytest.mark.parametrize("three", list(combinations(SHARE_ALIKE, 3)))
def test_licences_that_fit_in_pairs_fit_together(three):
    # So that looking at pairs is enough to find every clash.
    kept = [destinations(licence) for licence in three]
    if all(one & other for one, other in combinations(kept, 2)):
        assert frozenset.intersection(*kept)


def test_addresses_of_creative_commons():
    assert creative_commons("CC-BY-NC-SA-4.0").address == "https://creativecommons.org/licenses/by-nc-sa/4.0/"
    assert creative_commons("CC-BY-3.0-DE").address == "https://creativecommons.org/licenses/by/3.0/de/"
    assert creative_commons("CC0-1.0") is None
