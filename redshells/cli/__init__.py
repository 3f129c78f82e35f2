"""The console command ``redshells``."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import redshells

__all__ = ['main']

#: Loggers that say too much at INFO.
_WORDY_LOGGERS = ('gokart', 'luigi', 'luigi-interface')
_LEVELS = ('DEBUG', 'INFO', 'WARNING', 'ERROR')
_WORK = """\
Help with the searches of a task and of all that it needs, until each study has its trials.

Start it on any number of machines, at any time, beside the build of the same task. The machines must reach the same
workspace and the same studies: storage='postgresql://...', 'mysql://...', 'redis://...' or a path on a shared disk.
A helper may be killed at any time; the trial that it ran is repeated by others. It saves no output: the build does.
"""
_WORK_USAGE = 'redshells work [options] --module MODULE TASK [--parameter-of-the-task VALUE ...]'
_WORK_END = """\
example:
  redshells work --module my_pipeline ChurnModel --date 2026-11-24

The task, its parameters and further options (--TaskName-parameter VALUE) are given as to `luigi` and `gokart.run`.
Configuration is read from luigi.cfg in the working directory, or from the file that LUIGI_CONFIG_PATH names.
Exit status: 0 when nothing is left to do, 1 when a search or an input fails, 2 when the command is wrong, 128 + the
number of the signal that ended it.
"""


class _Ended(BaseException):
    """A signal ends the command."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console command.

    Args:
        arguments: What stands behind ``redshells`` on the command line.

    Returns:
        The exit status.
    """
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
    logging.basicConfig(
        level=options.log_level, format='%(asctime)s %(levelname)s %(name)s: %(message)s', datefmt='%H:%M:%S'
    )
    if options.log_level != 'DEBUG':
        for name in _WORDY_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    # As python -m does: the user's module lies in the working directory more often than not.
    sys.path.insert(0, os.getcwd())
    run: Callable[[argparse.Namespace, list[str]], int] = options.run
    try:
        return run(options, rest)
    except _Ended as end:
        print(f'redshells: ended by {signal.Signals(end.number).name}', file=sys.stderr)
        return 128 + end.number


def _end(number: int, frame: Any) -> NoReturn:
    raise _Ended(number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='redshells', description=redshells.__doc__, allow_abbrev=False, epilog='redshells work --help says more.'
    )
    parser.add_argument('--version', action='version', version=f'redshells {redshells.__version__}')
    commands = parser.add_subparsers(dest='command', metavar='command', title='commands')
    work = commands.add_parser(
        'work',
        help='help with the searches of a task, on any number of machines',
        usage=_WORK_USAGE,
        description=_WORK,
        epilog=_WORK_END,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    work.add_argument('--n-jobs', type=_positive, default=1, help='trials that run side by side here (default: 1)')
    work.add_argument(
        '--wait', type=float, default=600.0, metavar='SECONDS', help='how long to wait for inputs (default: 600)'
    )
    work.add_argument('--log-level', choices=_LEVELS, default='INFO', help='what is logged (default: INFO)')
    work.set_defaults(run=_work)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'{text} was given; at least 1 is expected')
    return number


def _work(options: argparse.Namespace, rest: list[str]) -> int:
    from redshells.cli.work import work

    return work(rest, n_jobs=options.n_jobs, wait=options.wait)
