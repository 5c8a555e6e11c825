"""Which problems go into the split ``test``."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from ..corpus import Corpus
from ..curation.duplicates import problem_text
from ..curation.near import Text, group_alike
from ..segments import table_of_rows
from ..stopping import Stop

_GROUPED = pa.schema([("id", pa.string()), ("leader", pa.int32())])


def hold_out(corpus: Corpus, share: float, likeness: float | None, stop: Stop) -> None:
    """Leave a table ``held_out`` (problem_id): a share of the problems in ``exported``, told by a hash of their ids.

    Args:
        corpus: a reader that holds the table ``exported``.
        share: how many, between 0 and 1; somewhat fewer are found where problems are nearly the same.
        likeness: how alike two problems are, at least, that have to be on one side; null compares none.
        stop: a request to leave.
    """
    if share and likeness is not None:
        corpus.keep("sought", "exported_problems")
        group_alike(corpus, lambda: _problems(corpus, stop), likeness)
    else:
        corpus.bind("grouped", table_of_rows([], _GROUPED))
    corpus.keep("held_out", "held_out", bound=f"{int(share * 2**32):08x}")


def _problems(corpus: Corpus, stop: Stop) -> Iterator[Text]:
    for rows in corpus.stream("exported_wordings"):
        stop.check("dividing problems into splits")
        for row in rows:
            yield problem_text(row["problem_id"], row["prompt"], row["answer"])
