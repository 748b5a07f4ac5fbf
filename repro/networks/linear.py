"""A linear classifier on the maps of a frozen backbone that others published, which the task
`features` stored: what such features are worth without anything else.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from repro.nn.config import Base, require


class Config(Base):
    """All switches."""

    dropout: float = 0.2

    def __post_init__(self) -> None:
        self.check(dropout=0)
        require(self.dropout < 1, "dropout is a fraction below 1", self.dropout)


def build(classes: int, in_channels: int, **arguments: Any) -> Linear:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on an impossible
    one.
    """
    return Linear(Config(classes, in_channels, **arguments))


class Linear(nn.Module):
    """Average over time and places, dropout, classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.in_channels, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Maps (B, D, T, h, w) -> logits (B, K), and their average, `latent` (B, D)."""
        latent = clip.mean(dim=(2, 3, 4))
        return self.classifier(self.dropout(latent)), {"latent": latent}
