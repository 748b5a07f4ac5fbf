"""Testing: softmax scores averaged over the views of a video, every item scored exactly once,
metrics by scikit-learn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from repro.data.index import Item
from repro.files import replacing
from repro.spec import Protocol
from repro.train.batches import ClipSet, Norm, normalise
from repro.train.precision import autocast, for_testing

AUX_WIDTH = 8  # auxiliary outputs are at most so wide, such as the weights of a gate


class NonFiniteScores(RuntimeError):
    """A network's scores are no numbers."""


def loss_and_accuracy(probability: np.ndarray, label: np.ndarray) -> dict[str, float]:
    """`loss`, the cross-entropy in nats per item, and `accuracy`, a fraction, of class
    probabilities (N, K) and labels (N,).
    """
    loss = -np.log(np.maximum(probability[np.arange(len(label)), label], 1e-12)).mean()
    return {"loss": float(loss), "accuracy": float((probability.argmax(1) == label).mean())}


def metrics(probability: np.ndarray, label: np.ndarray) -> dict[str, Any]:
    """Top-1, top-5, mean recall over the classes present, mean score of the true class (W21), and
    the confusion matrix.

    `probability` (N, K), `label` (N,). The confusion matrix has actual classes as rows, predicted
    ones as columns (W16), in counts.
    """
    from sklearn.metrics import accuracy_score, confusion_matrix, recall_score, top_k_accuracy_score

    n, k = probability.shape
    predicted, classes = probability.argmax(1), np.arange(k)
    present = np.unique(label)
    return {
        "n": n,
        "top1": float(accuracy_score(label, predicted)),
        "top5": float(top_k_accuracy_score(label, probability, k=5, labels=classes)) if k > 5 else None,
        "mean_recall": float(recall_score(label, predicted, labels=present, average="macro")),
        "mean_true_score": float(probability[np.arange(n), label].mean()),
        "confusion": confusion_matrix(label, predicted, labels=classes).tolist(),
    }


@dataclass(frozen=True)
class Evaluation:
    """How a network is tested: on which clips, in how many views, and among which classes it
    answers.
    """

    network: nn.Module
    clips: ClipSet
    protocol: Protocol
    norm: Norm
    mapping: ClassMapping
    precision: str
    device: torch.device

    @property
    def labels(self) -> np.ndarray:
        """(N,) labels among the answers."""
        return self.mapping.labels([item.label for item in self.clips.items])

    @torch.no_grad()
    def predict(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Class probabilities (N, K) of the network as it is now, and its auxiliary outputs: the
        vectors of width <= 8 in `inside`, (N, 1..8) by name.

        Both are averaged over the views of an item. Does not depend on the batch size. Raises
        NonFiniteScores.
        """
        network = for_testing(self.network.eval(), self.precision)
        views, parts = self.protocol.views, []
        aux: dict[str, list[np.ndarray]] = defaultdict(list)
        for frames, _ in self.clips.load(self.clips.views_of_all(self.protocol.batch), self.device):
            with autocast(self.precision, self.device):
                logits, inside = network(normalise(frames, self.norm))  # (B, K)
            parts.append(logits.float().softmax(1).cpu().numpy())
            for name, value in inside.items():
                if value.ndim == 2 and value.shape[1] <= AUX_WIDTH:
                    aux[name].append(value.float().cpu().numpy())
        scores = np.concatenate(parts)  # (N V, K)
        if not np.isfinite(scores).all():
            what = "the trained network's scores are no numbers: its last step went too far"
            raise NonFiniteScores(f"{what}. Lower lr or set clip, and run again.")
        if len(scores) != len(self.clips) * views:
            expected = len(self.clips) * views
            raise RuntimeError(f"scored {len(scores)} clips, expected {expected}: the loader lost some")

        def averaged(rows: np.ndarray) -> np.ndarray:
            return rows.reshape(len(self.clips), views, -1).mean(1)  # (N V, D) -> (N, D)

        outputs = {name: averaged(np.concatenate(rows)) for name, rows in aux.items()}
        return self.mapping.read(averaged(scores)), outputs

    def curves(self) -> dict[str, float]:
        """`test_loss` and `test_accuracy` of the network as it is now."""
        return {f"test_{name}": value for name, value in loss_and_accuracy(self.predict()[0], self.labels).items()}

    def uniform_scores(self) -> np.ndarray:
        """(N, K) equal scores: the answers of a network that diverged."""
        return np.full((len(self.clips), len(self.mapping.classes)), 1 / len(self.mapping.classes))


@dataclass(frozen=True)
class ClassMapping:
    """How a network that was trained on `known` classes answers where only `asked` ones occur
    (W20).
    """

    classes: tuple[str, ...]  # of the answers, in their order
    columns: tuple[int, ...]  # of the network's scores that are kept, in this order
    position: tuple[int, ...]  # of each asked class among the answers

    @classmethod
    def of(cls, known: tuple[str, ...], asked: tuple[str, ...], kind: Literal["restrict", "full"]) -> ClassMapping:
        """`restrict`: the answer is one of the asked classes; `full`: any known one, and the others
        are mistakes.

        Names count, case does not. Raises ValueError when an asked class is not known.
        """
        at = {name.casefold(): number for number, name in enumerate(known)}
        strange = [name for name in asked if name.casefold() not in at]
        if strange:
            unknown = f"it knows no {', '.join(strange)}. Name classes that it knows."
            raise ValueError(f"`init_from` was trained on {', '.join(known)}; {unknown}")
        columns = tuple(at[name.casefold()] for name in asked)
        if kind == "restrict":
            return cls(asked, columns, tuple(range(len(asked))))
        return cls(known, tuple(range(len(known))), columns)

    def read(self, scores: np.ndarray) -> np.ndarray:
        """Class probabilities (N, known) as those of the answers, each row summing to one again."""
        kept = scores[:, self.columns]
        return kept / np.maximum(kept.sum(1, keepdims=True), 1e-12)

    def labels(self, labels: list[int]) -> np.ndarray:
        """Labels among the asked classes as labels among the answers."""
        return np.array([self.position[label] for label in labels])


def store_predictions(
    folder: Path, probability: np.ndarray, label: np.ndarray, items: Sequence[Item], aux_outputs: Mapping[str, Any]
) -> None:
    """predictions.npz: of every test item its scores (N, K), label, name, group and the network's
    auxiliary outputs.
    """
    columns: dict[str, Any] = {name: np.array([getattr(item, name) for item in items]) for name in ("name", "group")}
    columns = {"probability": probability.astype(np.float32), "label": label, **columns, **aux_outputs}
    with replacing(folder / "predictions.npz") as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **columns)
