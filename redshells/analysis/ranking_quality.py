"""How good the order within queries is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.model import metric_function
from redshells.model.metric import get_metric

Array = npt.NDArray[Any]

_DEEPEST = 10
_NUMBER_OF_WORST = 8


@dataclass(frozen=True)
class QueryScore:
    """A query and its score.

    Attributes:
        query: Its id, as a text.
        rows: Its rows.
        relevant: Rows of it whose relevance is above zero.
        ndcg: Its NDCG.
    """

    query: str
    rows: int
    relevant: int
    ndcg: float


@dataclass(frozen=True)
class RankingQuality:
    """What the order is worth.

    Attributes:
        ndcg_by_query: NDCG of each query that has a relevant row.
        without_relevant: Queries that have none; whatever the order, they count as 1.
        ndcg_at: Mean NDCG at 1, 2, ..., of all queries.
        relevance_by_rank: Mean relevance of the rows at rank 1, 2, ....
        mean_relevance: Mean relevance of all rows: that of a random order, at any rank.
        worst: The queries with the lowest NDCG.
    """

    ndcg_by_query: Array
    without_relevant: int
    ndcg_at: Array
    relevance_by_rank: Array
    mean_relevance: float
    worst: tuple[QueryScore, ...]


def judge_ranking(target: Array, score: Array, group: Array, weight: Array | None = None) -> RankingQuality:
    """Judge the order that scores give.

    Args:
        target: Relevances, of shape (rows,).
        score: Predicted scores, of shape (rows,).
        group: The query of each row, of shape (rows,).
        weight: Weight of each row.
    """
    codes, queries = pd.factorize(pd.Series(group), use_na_sentinel=False)
    ndcg = metric_function.ndcg(target, score, codes, np.inf)
    rows, relevant = np.bincount(codes), np.bincount(codes, weights=target > 0).astype(int)
    judged = np.flatnonzero(relevant > 0)
    worst = judged[np.argsort(ndcg[judged], kind='stable')][:_NUMBER_OF_WORST]
    depth = int(min(_DEEPEST, rows.max()))
    metrics = [get_metric(f'ndcg@{k}', 'ranking') for k in range(1, depth + 1)]
    order = np.lexsort((-score, codes))
    rank = np.arange(len(order)) - (np.cumsum(rows) - rows)[codes[order]]
    by_rank = [target[order][rank == position].mean() for position in range(depth)]
    return RankingQuality(
        ndcg_by_query=ndcg[judged],
        without_relevant=int(np.count_nonzero(relevant == 0)),
        ndcg_at=np.array([metric(target, score, group=codes, weight=weight) for metric in metrics]),
        relevance_by_rank=np.array(by_rank),
        mean_relevance=float(np.mean(target)),
        worst=tuple(
            QueryScore(str(queries[code]), int(rows[code]), int(relevant[code]), float(ndcg[code])) for code in worst
        ),
    )
