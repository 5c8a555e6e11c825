"""Views are made when a question needs them: whatever is asked first, the answer is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from teacher_server import TeacherServer
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.corpus import EXPORTED, Corpus
from tracestill.pipeline.views import Views
from tracestill.pipeline.workspace import Workspace

SCHEMA = """-- The lowest.
CREATE OR REPLACE VIEW low AS SELECT 1 AS n, 2 AS high;

CREATE OR REPLACE VIEW high AS
SELECT n FROM low;

CREATE OR REPLACE VIEW apart AS SELECT 3 AS n;
"""


def test_a_question_makes_what_it_names_and_what_that_rests_on_once():
    made: list[str] = []
    views = Views(SCHEMA)
    views.make("SELECT n FROM High", made.append)
    assert [statement.split()[4] for statement in made] == ["low", "high"]
    views.make("SELECT n FROM low JOIN high USING (n)", made.append)
    assert len(made) == 2


def test_a_view_that_could_not_be_made_is_tried_again():
    def fail(statement: str) -> None:
        raise OSError(statement)

    views, made = Views(SCHEMA), list[str]()
    with pytest.raises(OSError, match="low"):
        views.make("FROM low", fail)
    views.make("FROM low", made.append)
    assert len(made) == 1


def test_what_is_no_view_is_refused():
    with pytest.raises(ValueError, match="CREATE TABLE"):
        Views("CREATE TABLE t (n INT);\n")


@pytest.mark.parametrize("name", EXPORTED)
def test_every_view_can_be_the_first_that_is_asked_for(
    teacher: TeacherServer, project: Callable[..., Path], sample: Callable[..., object], name: str
):
    config = project(teacher.url, problems=1, k=1)
    sample(config)
    plan = open_plan(config, ())
    with Corpus(Workspace.open(plan.workspace_path), plan.view()) as corpus:
        first = corpus.answer(f"SELECT count(*) AS n FROM {name}")
        cursor = corpus.cursor()
        assert cursor.answer(f"SELECT count(*) AS n FROM {name}") == first
        assert corpus.answer("SELECT count(*) AS n FROM outcomes") == [{"n": 1}]
