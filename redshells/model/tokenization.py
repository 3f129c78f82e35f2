"""Many texts into tokens, on all cores."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from tqdm import tqdm

from redshells.cores import thread_count
from redshells.fresh_process import FreshCall, FreshProcess
from redshells.model.token_rules import Tokenizer

_BATCH = 64


def tokenize(
    tokenizer: Tokenizer, texts: Sequence[str], *, n_jobs: int = -1, show_progress: bool = True
) -> list[list[str]]:
    """The tokens of each text, in the order of the texts.

    Few texts are dealt with here; where it saves time, fresh processes help. They are not forked, so it does not matter
    which libraries this process has used.

    Args:
        tokenizer: What cuts the texts.
        texts: The texts.
        n_jobs: How many processes there are at most; -1 for this worker's share of the cores. The result is the same.
        show_progress: Whether a progress bar is shown on a terminal.

    Raises:
        ProcessError: A process that helped died.
    """
    worth = sum(map(len, texts)) // tokenizer.characters_worth_a_process
    count = max(1, min(thread_count(n_jobs), worth, len(texts)))
    with tqdm(total=len(texts), desc='tokens', unit='text', disable=None if show_progress else True) as bar:
        if count == 1:
            result = _tokenize_part(tokenizer, texts, lambda: bar.update(_BATCH))
        else:
            result = _tokenize_side_by_side(tokenizer, texts, count, bar)
        bar.update(len(texts) - bar.n)
    return result


def _tokenize_part(tokenizer: Tokenizer, texts: Sequence[str], tick: Callable[[], Any]) -> list[list[str]]:
    tokens = tokenizer.start()
    result = []
    for number, text in enumerate(texts, start=1):
        result.append(tokens(text))
        if number % _BATCH == 0:
            tick()
    return result


def _tokenize_side_by_side(tokenizer: Tokenizer, texts: Sequence[str], count: int, bar: tqdm[Any]) -> list[list[str]]:
    with ExitStack() as stack:
        ticks = stack.enter_context(tempfile.NamedTemporaryFile())
        helpers = [
            stack.enter_context(_start_helper(tokenizer, texts[number::count], ticks.name))
            for number in range(1, count)
        ]
        own_ticks = 0

        def look() -> None:
            for helper in helpers:
                if helper.has_ended:
                    helper.result()  # which raises where it failed
            bar.update((own_ticks + ticks.seek(0, 2)) * _BATCH - bar.n)

        def tick() -> None:
            nonlocal own_ticks
            own_ticks += 1
            look()

        result: list[list[str]] = [[]] * len(texts)
        result[::count] = _tokenize_part(tokenizer, texts[::count], tick)
        while not all(helper.has_ended for helper in helpers):
            time.sleep(0.02)
            look()
        for number, helper in enumerate(helpers, start=1):
            result[number::count] = helper.result()
    return result


def _start_helper(tokenizer: Tokenizer, texts: Sequence[str], tick_path: str) -> FreshProcess[list[list[str]]]:
    call = FreshCall(
        _help, (tokenizer, texts, tick_path), why='for texts are tokenized side by side', way_out='Set n_jobs=1'
    )
    with call:  # a process that has been started keeps the file
        return call.start()


def _help(tokenizer: Tokenizer, texts: Sequence[str], tick_path: str) -> list[list[str]]:
    """Tokenize in a process beside, and write a byte for each batch."""
    with open(tick_path, 'ab', buffering=0) as ticks:
        return _tokenize_part(tokenizer, texts, lambda: ticks.write(b'.'))
