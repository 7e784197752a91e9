"""Gradient-boosted trees as plain arrays: small to ship, quick to load, read without LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.profiles import Floats

UNKNOWN = np.float32(-1e6)
"""Stands for NaN in every feature, in training and afterwards, so that trees may split on it."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Complete binary trees of one depth, each a row; their leaves add up.

    `feature` (n_trees, 2**depth - 1) and `threshold` hold the inner nodes in heap order (the
    children of node i are 2i + 1 and 2i + 2, the left one where the feature is at most the
    threshold); `leaf` (n_trees, 2**depth).
    """

    feature: NDArray[np.int16]
    threshold: Floats
    leaf: Floats

    @property
    def depth(self) -> int:
        """How many questions lead to a leaf."""
        return int(self.leaf.shape[1]).bit_length() - 1

    def predict(self, matrix: Floats) -> Floats:
        """Scores (n,) of the rows of a feature matrix (n, n_features)."""
        features = np.ascontiguousarray(np.where(np.isnan(matrix), UNKNOWN, matrix).T)
        n_trees, width = self.feature.shape
        n = features.shape[1]
        row = np.arange(n, dtype=np.int32)[None, :]
        base = (np.arange(n_trees, dtype=np.int32) * width)[:, None]
        node = np.zeros((n_trees, n), dtype=np.int32)
        flat_feature = self.feature.ravel().astype(np.int32) * n
        flat_threshold, flat_value = self.threshold.ravel(), features.ravel()
        for _ in range(self.depth):
            at = base + node
            value = flat_value[flat_feature[at] + row]
            node = 2 * node + 1 + (value > flat_threshold[at])
        leaves = self.leaf.ravel()
        first = (np.arange(n_trees, dtype=np.int32) * self.leaf.shape[1] - width)[:, None]
        return np.asarray(leaves[first + node].sum(axis=0), dtype=np.float32)


def forest_from_lightgbm(dump: dict[str, Any], depth: int) -> Forest:
    """Convert `Booster.dump_model()`; no tree may be deeper than `depth`."""
    trees = [tree["tree_structure"] for tree in dump["tree_info"]]
    inner, leaves = 2**depth - 1, 2**depth
    feature = np.zeros((len(trees), inner), dtype=np.int16)
    threshold = np.full((len(trees), inner), np.inf, dtype=np.float32)
    leaf = np.zeros((len(trees), leaves), dtype=np.float32)
    for row, tree in enumerate(trees):
        todo: list[tuple[dict[str, Any], int]] = [(tree, 0)]
        while todo:
            node, i = todo.pop()
            if "leaf_value" in node:
                low = high = i
                while low < inner:
                    low, high = 2 * low + 1, 2 * high + 2
                leaf[row, low - inner : high - inner + 1] = node["leaf_value"]
            else:
                feature[row, i] = node["split_feature"]
                threshold[row, i] = _floor(float(node["threshold"]))
                todo += [(node["left_child"], 2 * i + 1), (node["right_child"], 2 * i + 2)]
    return Forest(feature, threshold, leaf)


def _floor(value: float) -> np.float32:
    """The largest float32 not above a float64, so that "at most" keeps its meaning."""
    near = np.float32(value)
    return near if float(near) <= value else np.nextafter(near, np.float32(-np.inf))
