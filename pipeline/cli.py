"""The command line. One call per command and no logic: stages are imported only when their command runs."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import DEFAULT_CONFIG, ConfigPath, Limit, Output, OutputForm, Public, PushTo, RetryFailed, Sets
from .cli_policies import policies_app
from .cli_review import review_app
from .cli_workspace import workspace_app

app = typer.Typer(
    name="tracestill",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
grade_app = typer.Typer(
    help="Run the verifiers by themselves, on any file.", no_args_is_help=True, rich_markup_mode=None
)
doctor_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
config_app = typer.Typer(help="Look at the configuration.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(doctor_app, name="doctor")
app.add_typer(grade_app, name="grade")
app.add_typer(policies_app, name="policies")
app.add_typer(config_app, name="config")
app.add_typer(review_app)
app.add_typer(workspace_app)


class Isolation(StrEnum):
    """What programs run in."""

    namespaces = "namespaces"
    landlock = "landlock"


class LogFormat(StrEnum):
    """How standard error looks."""

    text = "text"
    json = "json"


@app.callback()
def every_command(
    log_format: Annotated[
        LogFormat,
        typer.Option(
            "--log-format",
            envvar="TRACESTILL_LOG_FORMAT",
            help="Standard error: sentences, or one JSON object a line with time, level and run_id.",
        ),
    ] = LogFormat.text,
) -> None:
    """Distil reasoning: sample chain-of-thought traces, prove which are right, keep them, train a student on them."""
    os.environ["TRACESTILL_LOG_FORMAT"] = log_format.value  # logs.py and processes that are started read it


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="Folder to make; it must not hold a tracestill.yaml yet.")],
) -> None:
    """Write a commented tracestill.yaml and a few problems to start from."""
    from .commands import setup

    setup.init(directory)


@app.command()
def run(
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
    limit: Limit = None,
    retry_failed: RetryFailed = False,
) -> None:
    """Do every stage in order, each only as far as something is missing. What a scheduler calls."""
    from .commands import stages

    stages.run(config, sets, output.value, limit, retry_failed)


@app.command()
def generate(
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
    limit: Limit = None,
    retry_failed: RetryFailed = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="Ask through the providers' batch APIs: slower, and cheaper.")
    ] = False,
    cancel_batches: Annotated[
        bool, typer.Option("--cancel-batches", help="End the batches that are open and take in what is done.")
    ] = False,
) -> None:
    """Sample the traces that are missing from every teacher."""
    from .commands import stages

    stages.generate(config, sets, output.value, limit, retry_failed, batch, cancel_batches)


@app.command("filter")
def filter_(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """Verify traces: add every verdict that is missing."""
    from .commands import stages

    stages.one("filter", config, sets, output.value)


@app.command()
def synthesize(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """Have new problems written from topics and examples, and keep those that are news."""
    from .commands import stages

    stages.one("synthesize", config, sets, output.value)


@app.command()
def rewrite(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """Put accepted traces into another form with a model, and verify what comes."""
    from .commands import stages

    stages.one("rewrite", config, sets, output.value)


@app.command()
def curate(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """Choose the examples among the accepted traces and build corpus.duckdb."""
    from .commands import stages

    stages.one("curate", config, sets, output.value)


@app.command()
def export(
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
    partition: Annotated[
        bool, typer.Option("--partition", help="Leave out what the gate forbids, and list it; exits 7 if anything is.")
    ] = False,
    push: PushTo = None,
    public: Public = False,
) -> None:
    """Write the corpus as data sets in Parquet, with a card and what its licences ask."""
    from .commands import stages

    stages.export_sets(config, sets, output.value, partition, push, public)


@app.command("train-sft")
def train_sft(
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
    preflight: Annotated[
        bool, typer.Option("--preflight", help="Check everything and estimate tokens, memory and time; train nothing.")
    ] = False,
    push: PushTo = None,
    public: Public = False,
) -> None:
    """Train the student on the examples (needs the train extra)."""
    from .commands import stages

    if preflight:
        stages.one("train-sft --preflight", config, sets, output.value)
    else:
        stages.train(config, sets, output.value, push, public)


@app.command()
def evaluate(
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only N problems of each set, always the same ones.")
    ] = None,
    retry_failed: RetryFailed = False,
    output: OutputForm = Output.text,
) -> None:
    """Measure student and base on held-out problems, with intervals."""
    from .commands import stages

    stages.evaluate(config, sets, output.value, limit, retry_failed)


@app.command()
def report(
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
    compliance: Annotated[
        bool, typer.Option("--compliance", help="Write the compliance report and extend the manifest instead.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hold the workspace against the manifest; writes nothing.")
    ] = False,
) -> None:
    """Write the report as HTML and Markdown; its path is printed last."""
    from .commands import reports

    reports.report(config, sets, output.value, compliance, verify)


@app.command()
def ablate(
    ablation: Annotated[
        str | None, typer.Argument(help="Id of an ablation that ships, or the path of a file that describes one.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
    only_plan: Annotated[
        bool, typer.Option("--plan", help="Say what every arm would be trained on; trains and samples nothing.")
    ] = False,
    only_list: Annotated[bool, typer.Option("--list", help="Name the ablations that ship.")] = False,
) -> None:
    """Train students on different selections of the same traces, with the same budget, and compare them."""
    from .commands import ablate as command

    command.ablate(ablation, config, sets, output.value, only_plan=only_plan, only_list=only_list)


@app.command()
def plan(
    config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text, limit: Limit = None
) -> None:
    """Show the gate's decisions and what generate would buy; makes no call and writes nothing."""
    from .commands import inspection

    inspection.plan(config, sets, output.value, limit)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Traces as JSONL or Parquet.")],
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
    teacher: Annotated[
        str | None,
        typer.Option("--teacher", help="Id of the teacher that wrote them; needed where several are configured."),
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="traces, openr1 or sharegpt; found by the columns if not given.")
    ] = None,
) -> None:
    """Take in traces that exist already: our own export, or the OpenR1 or sharegpt shape."""
    from .commands import stages

    stages.import_traces(file, teacher, form, config, sets, output.value)


@app.command()
def show(
    trace_id: Annotated[str, typer.Argument(help="A trace's id, or the start of it.")],
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
) -> None:
    """Print one trace with its problem and its verdicts."""
    from .commands import inspection

    inspection.show(trace_id, config, sets, output.value)


@app.command()
def query(
    sql: Annotated[
        str,
        typer.Argument(help="SQL over the views: problems, traces, verdicts, decisions, examples, reviews, outcomes."),
    ],
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
) -> None:
    """Ask the ledger in SQL; works while a run writes to it."""
    from .commands import inspection

    inspection.query(sql, config, sets, output.value)


@app.command()
def status(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """Tell how far the workspace is, and what a running job is doing."""
    from .commands import inspection

    inspection.status(config, sets, output.value)


@config_app.command("show")
def config_show(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None) -> None:
    """Print the configuration with every default and override in it."""
    from .commands import setup

    setup.config_show(config, sets)


@config_app.command("schema")
def config_schema() -> None:
    """Print the JSON schema of the configuration file, for editors."""
    from .commands import setup

    setup.config_schema()


InFile = Annotated[Path, typer.Argument(help="Input, one JSON object a line.")]
OutFile = Annotated[Path, typer.Option("-o", "--out", help="Output, one JSON object a line in the same order.")]


@grade_app.command("math")
def grade_math(file: InFile, out: OutFile) -> None:
    """Grade {"id", "gold", "pred"} lines; "form" is answer or response (the default)."""
    from .commands import grading

    grading.grade_math(file, out)


@grade_app.command("code")
def grade_code(
    file: InFile,
    out: OutFile,
    isolation: Annotated[
        Isolation | None, typer.Option(help="Force what programs run in; left out, the best that this machine gives.")
    ] = None,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe-no-isolation", help="Run programs with your rights. Every verdict is marked."),
    ] = False,
    remote: Annotated[
        str | None, typer.Option(help="Run programs on a server: SandboxFusion's /run_code or piston's /execute.")
    ] = None,
) -> None:
    """Grade {"id", "code", "tests"} lines: run each program against its tests, in the sandbox."""
    from .commands import code_grading

    code_grading.grade_code(file, out, "none" if unsafe else isolation.value if isolation else None, remote)


@doctor_app.callback()
def doctor_machine(context: typer.Context, output: OutputForm = Output.text) -> None:
    """Find what is wrong with a set-up before it costs anything; by itself, what this machine can do."""
    if context.invoked_subcommand is None:
        from .commands import doctor

        doctor.machine(output.value)


@doctor_app.command("problems")
def doctor_problems(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """List problems whose reference cannot be read, and rows that are no problem. Calls no teacher."""
    from .commands import doctor

    doctor.problems(config, sets, output.value)


@app.command()
def forget(
    problems: Annotated[list[str] | None, typer.Option("--problem", help="Id of a problem; may be repeated.")] = None,
    sources: Annotated[list[str] | None, typer.Option("--source", help="Problem set; may be repeated.")] = None,
    teachers: Annotated[list[str] | None, typer.Option("--teacher", help="Id of a teacher; may be repeated.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is put on record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, only say what would go.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
) -> None:
    """Take problems, sources or a teacher's traces out of the workspace, and name the students trained on them."""
    from .commands import forget as command

    command.forget(problems or [], sources or [], teachers or [], reason, config, sets, output.value, really=yes)


def main() -> None:
    """Run the command line; typed errors are printed without a traceback and set the exit code."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # Imported late: most commands never fail, and the help must answer at once.
        from .errors import TracestillError

        if not isinstance(error, TracestillError):
            raise
        from . import logs

        logs.error(str(error), exit_code=error.exit_code)
        sys.exit(error.exit_code)
