"""The errors that Tracestill raises, each with the exit code of the command line.

    TracestillError                 1   our fault, or one that has no better name
    ├── ConfigError                 2   the configuration or the command line is wrong
    │   └── ProblemError            2   a problem set has a line that cannot be used
    ├── WorkspaceError              1   the workspace cannot be read or written
    │   ├── WorkspaceTooNew         2   it was written by a newer Tracestill
    │   ├── WorkspaceLocked        75   another run holds it
    │   └── DiskFull                1   no space is left
    ├── PolicyRefused               3   terms or a licence forbid it, or are not known
    ├── PreflightRefused            3   it would not come out as it should: training would learn the wrong thing
    │   └── NoIsolation             3   nothing here can hold a program that a model wrote
    ├── MissingExtra                2   an optional dependency is not installed
    ├── BudgetReached               4   the budget is spent, work is left
    ├── TooManyFailures             5   done, with more failed samples than allowed
    ├── TeacherUnavailable          6   a teacher cannot be reached or refuses the key
    ├── HubUnavailable              6   the Hub cannot be reached or refuses the token
    ├── PartLeftOut                 7   done, without the part that terms forbid
    └── Interrupted               130   stopped by a signal, everything is saved

Two mechanisms, not one: a sample that fails is data (a trace with ``error`` set) and never
raises past the sampler; a set-up that cannot work raises one of these before it costs anything.
Every message says what is wrong, where, and what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class TracestillError(Exception):
    """Base of every error that the command line prints without a traceback."""

    exit_code: ClassVar[int] = 1


def exit_code_of(error: BaseException | None) -> int:
    """The exit code of a command that ends with ``error``."""
    if isinstance(error, TracestillError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return Interrupted.exit_code
    return 0 if error is None else TracestillError.exit_code


class ConfigError(TracestillError):
    """The configuration, an option or an input file is wrong; names the key or the line."""

    exit_code = 2


class ProblemError(ConfigError):
    """A problem set holds something that is not a problem; names the file and the line."""


class WorkspaceError(TracestillError):
    """The workspace cannot be read or written."""


class WorkspaceTooNew(WorkspaceError):
    """The workspace was written by a newer version than this one."""

    exit_code = 2


class WorkspaceLocked(WorkspaceError):
    """Another process works on the workspace."""

    exit_code = 75


class DiskFull(WorkspaceError):
    """The file system has no space left; what was acknowledged before is safe."""


class PolicyRefused(TracestillError):
    """Terms or a licence forbid the declared use, or are unknown, which is treated the same."""

    exit_code = 3


class PreflightRefused(TracestillError):
    """A check before training found that it would not learn what it should."""

    exit_code = 3


class NoIsolation(PreflightRefused):
    """This machine gives no isolation that could hold a program of a model; says why, and what to do."""


class MissingExtra(TracestillError):
    """An optional dependency is needed; the message gives the install command."""

    exit_code = 2


class BudgetReached(TracestillError):
    """The budget is spent and work is left."""

    exit_code = 4


class TooManyFailures(TracestillError):
    """The stage is done, with a larger share of failed samples than the configuration allows."""

    exit_code = 5


class TeacherUnavailable(TracestillError):
    """A teacher cannot be reached, refuses the key, or does not know the model."""

    exit_code = 6


class HubUnavailable(TracestillError):
    """The Hub cannot be reached, refuses the token, or broke off; nothing of a push is half there."""

    exit_code = 6


class PartLeftOut(TracestillError):
    """An export was written without the part that the gate forbids."""

    exit_code = 7


class Interrupted(TracestillError):
    """A signal asked to stop; everything that arrived is saved."""

    exit_code = 130
