"""Testing: softmax scores averaged over the views of a video, every item scored exactly once, metrics by scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from repro.spec import Protocol
from repro.train.batches import ClipSet, Norm, normalise
from repro.train.precision import autocast


@torch.no_grad()
def score(
    network: nn.Module, clips: ClipSet, protocol: Protocol, norm: Norm, *, precision: str, device: torch.device, workers: int
) -> np.ndarray:
    """Class probabilities (N, K) of all items, averaged over `protocol.views` views. Does not depend on the batch size."""
    network.eval()
    parts = []
    for frames, _ in clips.load(clips.views_of_all(protocol.batch), workers):
        with autocast(precision, device):
            logits, _ = network(normalise(frames.to(device), norm))  # (B, K)
        parts.append(logits.float().softmax(1).cpu().numpy())
    probability = np.concatenate(parts)  # (N V, K)
    if not np.isfinite(probability).all():
        raise RuntimeError("the trained network's scores are no numbers: its last step went too far. Lower lr or set clip, and run again.")
    expected = len(clips) * protocol.views
    if len(probability) != expected:
        raise RuntimeError(f"scored {len(probability)} clips, expected {expected}: the loader lost some")
    return probability.reshape(len(clips), protocol.views, -1).mean(1)  # (N, K)


def metrics(probability: np.ndarray, label: np.ndarray) -> dict[str, Any]:
    """Top-1, top-5, mean recall over the classes present, mean score of the true class (W21), and the confusion matrix.

    `probability` (N, K), `label` (N,). The confusion matrix has actual classes as rows, predicted ones as columns (W16), in counts.
    """
    from sklearn.metrics import accuracy_score, confusion_matrix, recall_score, top_k_accuracy_score

    n, k = probability.shape
    predicted, classes = probability.argmax(1), np.arange(k)
    present = np.unique(label)
    return {
        "n": n,
        "top1": float(accuracy_score(label, predicted)),
        "top5": float(top_k_accuracy_score(label, probability, k=5, labels=classes)) if k > 5 else None,
        "mean_recall": float(recall_score(label, predicted, labels=present, average="macro", zero_division=0)),
        "mean_true_score": float(probability[np.arange(n), label].mean()),
        "confusion": confusion_matrix(label, predicted, labels=classes).tolist(),
    }
