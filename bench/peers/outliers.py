"""scikit-learn's side of bench/collusion.ts: reads worlds' features from stdin, prints scores.

In:  [{"rich": [[...]], "plain": ..., "distances": ..., "correlations": ...}, ...], a row per validator.
Out: {"isolation forest, rich": [[...]], ...}: a score from 0 to 1 per validator, world by world.
"""

import json
import sys

import numpy as np
from sklearn.cluster import DBSCAN
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler

# Pairs nearer to each other than this share of all pairs are neighbours. Of five between 0.002 and
# 0.05 tried on the tuning worlds the best compromise: recall falls and precision rises below it.
NEAR = 0.005
FLAGGED = 0.7


def min_max(scores):
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)


def forest(rows):
    rows = StandardScaler().fit_transform(np.array(rows))
    fitted = IsolationForest(random_state=0).fit(rows)
    return min_max(-fitted.score_samples(rows))


def local_outliers(rows):
    rows = StandardScaler().fit_transform(np.array(rows))
    fitted = LocalOutlierFactor(n_neighbors=min(20, len(rows) - 1)).fit(rows)
    return min_max(-fitted.negative_outlier_factor_)


def clusters(distances):
    """Who is in a cluster of those that agree too well is above the line, by how well."""
    pairs = distances[np.triu_indices(len(distances), 1)]
    eps = max(np.quantile(pairs, NEAR), 1e-9)
    labels = DBSCAN(eps=eps, min_samples=2, metric="precomputed").fit(distances).labels_
    nearest = np.where(np.eye(len(distances), dtype=bool), np.inf, distances).min(axis=1)
    closeness = min_max(-nearest)
    return np.where(labels >= 0, FLAGGED + (1 - FLAGGED) * closeness, 0.69 * closeness)


def apart(correlations):
    distances = np.maximum(1 - np.array(correlations), 0)
    np.fill_diagonal(distances, 0)
    return distances


METHODS = {
    "isolation forest, rich": lambda world: forest(world["rich"]),
    "isolation forest, plain": lambda world: forest(world["plain"]),
    "local outlier factor, rich": lambda world: local_outliers(world["rich"]),
    "DBSCAN on score agreement": lambda world: clusters(np.array(world["distances"])),
    "DBSCAN on error agreement": lambda world: clusters(apart(world["correlations"])),
}

worlds = json.load(sys.stdin)
found = {name: [list(method(world)) for world in worlds] for name, method in METHODS.items()}
json.dump(found, sys.stdout)
