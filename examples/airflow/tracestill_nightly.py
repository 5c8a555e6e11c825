"""An Airflow DAG that gives the one command every night. Airflow 3; Tracestill may live in an environment of its own.

Put it into your DAGs folder. The Airflow variable `tracestill_project` names the folder of the configuration, and
`tracestill_bin` the program, if it is not on the worker's PATH.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

BUDGET_REACHED, WORKSPACE_HELD = 4, 75

with DAG(
    dag_id="tracestill_nightly",
    description="Sample, verify and export reasoning traces",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["tracestill"],
):
    BashOperator(
        task_id="run",
        cwd="{{ var.value.tracestill_project }}",
        bash_command=("exec {{ var.value.get('tracestill_bin', 'tracestill') }} --log-format json run --output json"),
        # Both are for the next night, not for a person.
        skip_on_exit_code=[BUDGET_REACHED, WORKSPACE_HELD],
        retries=2,
        retry_delay=timedelta(minutes=20),
        execution_timeout=timedelta(hours=10),
    )
