"""A corpus with planted topics: each document has words of one topic and words of all."""

from __future__ import annotations

import random
from pathlib import Path

from redshells.model.corpus import Corpus

Documents = list[list[str]]

TOPICS = {
    'animals': ['cat', 'dog', 'horse', 'cow', 'sheep', 'goat'],
    'colours': ['red', 'green', 'blue', 'yellow', 'black', 'white'],
    'tools': ['hammer', 'saw', 'drill', 'pliers', 'wrench', 'chisel'],
}
COMMON = ['the', 'a', 'of', 'and']


def topic_documents(count: int = 600, seed: int = 0, length: int = 12) -> Documents:
    generator = random.Random(seed)
    topics = list(TOPICS.values())
    return [
        [
            generator.choice(topics[number % len(topics)] if generator.random() < 0.75 else COMMON)
            for _ in range(generator.randrange(length // 2, length))
        ]
        for number in range(count)
    ]


def write_corpus(folder: Path, documents: Documents | None = None, name: str = 'corpus.txt') -> Corpus:
    return Corpus.write(topic_documents() if documents is None else documents, str(folder / name))


def topic_of(word: str) -> str | None:
    return next((topic for topic, words in TOPICS.items() if word in words), None)
