"""Searches that are killed, cut off from their storage or left without room: nothing is lost or counted twice."""

from __future__ import annotations

import itertools
import random
import tempfile
import time
from pathlib import Path

from benchmarks.campaign import Outcome, call_in_child
from benchmarks.study_crew import (
    Crew,
    Place,
    import_once,
    judge,
    place_of,
    search_alone,
    search_with_little_room,
)

_MEMORY = Path('/dev/shm')
"""Files there are as safe from kills as on a disk, and much faster."""
_KILLS = 200
_CUTS = 20
_TRIALS = {1: 12, 8: 48}
_LONGEST_TRIAL = 0.03


def killed_searches(folder: Path, scale: float, seed: int, kind: str) -> list[Outcome]:
    """SIGKILL with one worker and with eight, and a lost connection, or a full disk and a torn line.

    Args:
        folder: A folder for files.
        scale: The share of the full number of faults.
        seed: Decides when they happen.
        kind: One of ``KINDS``.
    """
    kills, cuts = max(1, round(_KILLS * scale)), max(1, round(_CUTS * scale))
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else folder) as fast:
        import_once(Path(fast))
        with place_of(kind, Path(fast)) as place:
            outcomes = [kill_workers(place, number, kills, random.Random(f'{seed} {kind}')) for number in _TRIALS]
            if place.servers:
                outcomes.append(cut_connections(place, cuts, random.Random(f'{seed} {kind}')))
        if not place.servers:
            (Path(fast) / 'full').mkdir()
            outcomes.append(fill_disk(kind, Path(fast) / 'full', cuts, random.Random(f'{seed} {kind}')))
        if kind == 'file':
            outcomes.append(tear_lines(Path(fast), kills, random.Random(seed)))
    return outcomes


def kill_workers(place: Place, number_of_workers: int, kills: int, generator: random.Random) -> Outcome:
    """Kill workers at any moment and start others in their place, in as many studies as it takes.

    Args:
        place: Where the studies are kept.
        number_of_workers: How many work at the same time.
        kills: How many are killed.
        generator: Draws the moments.
    """
    outcome = Outcome('searches', f'SIGKILL, {place.kind}, {number_of_workers} at work')
    n_trials = _TRIALS[number_of_workers]
    whole = call_in_child(search_alone, place.url, 'whole', n_trials) if number_of_workers == 1 else None
    seconds = _seconds_of_one(place, n_trials // number_of_workers)
    # So that the one at work is killed half-way, and the oldest of eight has worked for as long.
    longest = seconds if number_of_workers == 1 else seconds / 3
    numbers = itertools.count()
    while outcome.number < kills:
        crew = Crew(place, f'killed {number_of_workers} {next(numbers)}', n_trials, number_of_workers)
        while outcome.number < kills:
            in_trial = generator.random() < 0.5
            if not crew.kill_one(generator.uniform(0.0, _LONGEST_TRIAL if in_trial else longest), in_trial=in_trial):
                break
            outcome.number += 1
        crew.finish()
        judge(crew, whole, outcome)
    return outcome


def cut_connections(place: Place, cuts: int, generator: random.Random) -> Outcome:
    """Stop the server while three workers search, and start it again: each goes on, or says what is wrong.

    Args:
        place: Where the studies are kept.
        cuts: How often.
        generator: Draws the moments.
    """
    outcome = Outcome('searches', f'server restarted, {place.kind}, 3 at work')
    seconds = _seconds_of_one(place, _TRIALS[8] // 2 // 3)
    for number in range(cuts):
        crew = Crew(place, f'cut {number}', _TRIALS[8] // 2, 3)
        time.sleep(generator.uniform(0.2, 1.0) * seconds)
        server = generator.choice(place.servers)
        server.stop()
        time.sleep(generator.uniform(0.0, 0.2))
        server.start()
        outcome.number += 1
        for result in crew.wait():
            outcome.count(result)
            if result not in ('ended', 'StudyStorageError'):
                outcome.violations.append(f'{place.kind}: {result} where the server was restarted')
        crew.finish()
        judge(crew, None, outcome)
    return outcome


def fill_disk(kind: str, folder: Path, times: int, generator: random.Random) -> Outcome:
    """Leave no room for a study: a named error; with room again, the search goes on as if nothing had been.

    Args:
        kind: ``'file'`` or ``'sqlite'``.
        folder: A folder for the files.
        times: How often.
        generator: Draws the sizes.
    """
    outcome = Outcome('searches', f'disk full, {kind}, 1 at work')
    n_trials = _TRIALS[1]
    with place_of(kind, folder) as whole_place:
        whole = call_in_child(search_alone, whole_place.url, 'killed', n_trials)
    size = max(path.stat().st_size for path in folder.iterdir() if path.is_file())
    for number in range(times):
        (folder / str(number)).mkdir()
        with place_of(kind, folder / str(number)) as place:
            told, error = call_in_child(search_with_little_room, place.url, n_trials, generator.randrange(size))
            crew = Crew(place, 'killed', n_trials, 1)
            crew.told |= told
            crew.finish()
            outcome.number += 1
            outcome.count(error)
            if error not in ('StudyStorageError', 'ended'):
                outcome.violations.append(f'{kind}: {error} where there was no room')
            judge(crew, whole, outcome)
    return outcome


def tear_lines(folder: Path, times: int, generator: random.Random) -> Outcome:
    """Cut a journal in its last line, as a power cut does, at any line of a search.

    Args:
        folder: A folder for the files.
        times: How often.
        generator: Draws the places.
    """
    outcome = Outcome('searches', 'line torn, file, 1 at work')
    n_trials = _TRIALS[1]
    whole = call_in_child(search_alone, str(folder / 'whole'), 'torn', n_trials)
    lines = (folder / 'whole').read_bytes().splitlines(keepends=True)
    for number in range(times):
        place = Place('file', str(folder / f'torn {number}'))
        last = generator.randrange(len(lines))
        torn = lines[last][: generator.randrange(len(lines[last]))]
        Path(place.url).write_bytes(b''.join(lines[:last]) + torn)
        crew = Crew(place, 'torn', n_trials, 1)
        crew.finish()
        outcome.number += 1
        judge(crew, whole, outcome)
    return outcome


def _seconds_of_one(place: Place, n_trials: int) -> float:
    """Return how long one worker needs to start, and to do its share."""
    started = time.perf_counter()
    call_in_child(search_alone, place.url, f'timing {n_trials}', n_trials)
    return time.perf_counter() - started
