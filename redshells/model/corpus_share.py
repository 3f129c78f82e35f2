"""The part of a corpus file that each of several workers reads."""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_TOKENS_OF_A_WORKER = 100_000  # gensim reads 10,000 at a time, and so up to 10,000 too many
_LONGEST_LINE = 1_000


@dataclass(frozen=True)
class CorpusShares:
    """Where each worker begins to read a corpus file, at a line, after an equal number of tokens.

    gensim itself begins after an equal number of bytes, but ends after an equal number of tokens: what is between the
    two is never read, or read twice.

    Attributes:
        offsets: The byte at which each worker begins.
        first_documents: How many lines with tokens are before it.
        lines: The lines of each share.
        documents: Those that have tokens.
        number_of_tokens: The tokens of the file.
        empty_lines: Positions of the lines without tokens.
        longest: The tokens of the longest line.
    """

    offsets: list[int]
    first_documents: list[int]
    lines: list[int]
    documents: list[int]
    number_of_tokens: int
    empty_lines: list[int]
    longest: int

    @classmethod
    def of(cls, path: str, workers: int) -> CorpusShares:
        """The shares of a file.

        Args:
            path: A file with a document a line, and its tokens separated by white space.
            workers: The most workers that there may be; a small file has fewer shares.
        """
        offsets, before, ends = array('q'), array('q', [0]), array('q')
        offset, tokens, documents, longest = 0, 0, 0, 0
        empty_lines = []
        with open(path, 'rb') as file:
            for number, line in enumerate(file):
                length = len(line.split())
                offsets.append(offset)
                offset += len(line)
                tokens += length
                documents += length > 0
                longest = max(longest, length)
                ends.append(tokens)
                before.append(documents)
                if length == 0:
                    empty_lines.append(number)
        count = max(1, min(workers, tokens // _TOKENS_OF_A_WORKER))
        # the tokens before a line are those up to the end of the line before it
        others = {bisect_left(ends, tokens * share / count) + 1 for share in range(1, count)}
        starts = [0, *sorted(start for start in others if start < len(offsets))]
        stops = [*starts[1:], len(offsets)]
        return cls(
            offsets=[offsets[start] if start else 0 for start in starts],
            first_documents=[before[start] for start in starts],
            lines=[stop - start for start, stop in zip(starts, stops, strict=True)],
            documents=[before[stop] - before[start] for start, stop in zip(starts, stops, strict=True)],
            number_of_tokens=tokens,
            empty_lines=empty_lines,
            longest=longest,
        )

    @property
    def workers(self) -> int:
        """How many workers share the file."""
        return len(self.offsets)


@contextmanager
def short_lines(path: str, longest: int) -> Iterator[str]:
    """A file with the tokens of another one, in which no line is longer than what gensim reads well.

    gensim learns from the first 10,000 words of each batch, and a batch may have all words of a long line too many.
    Where lines are too long, they are broken in a temporary copy.

    Args:
        path: A file with a document a line, and its tokens separated by white space.
        longest: The tokens of its longest line.

    Yields:
        The path of the copy, or that of the file itself.
    """
    if longest <= _LONGEST_LINE:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix='.txt') as copy:
        with open(path, 'rb') as file:
            for line in file:
                tokens = line.split()
                for start in range(0, len(tokens), _LONGEST_LINE):
                    copy.write(b' '.join(tokens[start : start + _LONGEST_LINE]) + b'\n')
        copy.flush()
        yield copy.name
