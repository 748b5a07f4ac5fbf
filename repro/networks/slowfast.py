"""SlowFast on a 3-D ResNet-50: Feichtenhofer, Fan, Malik and He, 2019 (Table 1, section 3).

A slow pathway sees every alpha-th frame, a fast pathway sees all frames with beta times the
channels. After the first pooling and after stages 1 to 3 a time-strided convolution brings the fast
pathway's map to the slow rate, where it is concatenated; nothing flows the other way. Both pathways
are averaged, concatenated and classified.

The paper's symbols: alpha = frames fast / frames slow, beta = channels fast / channels slow. Names
of the maps: `slow.stage2`, `fast.stage2`. The weights of the published models are read by
`from_pytorchvideo`.

SlowFast 16x8 with a ResNet-101 (Table 2) is blocks (3, 4, 23, 3) with alpha 4: 64 frames, every
second one of 128, of which the slow pathway takes 16. With non-local blocks (R101+NL) it has
nonlocal_units (6, 13, 20). Not given in the paper: alpha of this model, the blocks' places (units
of the slow stage 3, from 0), the dot product as their weights, and that only 6 of the 23 units have
temporal kernels; we use the authors' public configuration. The pooling before the blocks is
uncertain: 2x2x2, which that configuration names for detection only, gives the published 234 GMACs;
1x2x2, which it leaves unsaid for classification, would give 242.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.networks.nonlocal_resnet import UNIT_RULES, mixed_stage
from repro.nn import public
from repro.nn.config import Published, require
from repro.nn.resnet import Stem, check_beta, conv_bn, every

TEMPORAL = {"slow": (1, 1, 1, 3, 3), "fast": (5, 3, 3, 3, 3)}  # kernels of the stem and of stages 1 to 4
NONLOCAL_STAGE = 3  # res4 of the paper
NONLOCAL = ("dot", (2, 2, 2))  # how the blocks weigh, and the pooling in time and space before keys and values


class Config(Published):
    """All switches; the defaults are SlowFast 4x16 with a ResNet-50."""

    width: int = 64  # channels of the slow stem
    alpha: int = 8  # 32 fast frames / 4 slow frames; the published 8x8 model has 4
    beta: float = 1 / 8
    blocks: tuple[int, ...] = (3, 4, 6, 3)
    lateral_kernel: int = 5  # 5x1x1 in the paper; the published weights have 7x1x1
    dropout: float = 0.5
    nonlocal_units: tuple[int, ...] = ()  # units of the slow stage 3, from 0, after which a non-local block stands

    def __post_init__(self) -> None:
        self.check(width=1, alpha=1, blocks=1)
        require(len(self.blocks) <= 4, "blocks are four stages or fewer", self.blocks)
        require(self.lateral_kernel % 2 == 1, "lateral_kernel must be odd to have a middle", self.lateral_kernel)
        check_beta(self.width, self.beta)
        present = not self.nonlocal_units or len(self.blocks) >= NONLOCAL_STAGE
        require(present, f"nonlocal_units stand in stage {NONLOCAL_STAGE}", f"blocks {self.blocks}")


def build(classes: int, in_channels: int, **arguments: Any) -> SlowFast:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    return public.load(SlowFast(config), config, from_pytorchvideo)


class Lateral(nn.Module):
    """Fast to slow: kx1x1 convolution with stride alpha in time and twice the channels, then batch
    norm and ReLU.

    Norm and activation are not given in the paper; we use them because the authors' published
    weights contain them.
    """

    def __init__(self, fast: int, config: Config) -> None:
        super().__init__()
        self.conv = conv_bn(fast, 2 * fast, (config.lateral_kernel, 1, 1), time_stride=config.alpha)

    def forward(self, slow: Tensor, fast: Tensor) -> Tensor:
        """Slow (B, C, T, H, W), fast (B, beta C, alpha T, H, W) -> (B, C + 2 beta C, T, H, W)."""
        return torch.cat([slow, F.relu(self.conv(fast))], dim=1)


class SlowFast(nn.Module):
    """Two pathways of bottlenecks, laterals after the stem and all stages but the last, pooled
    features side by side.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = {"slow": config.width, "fast": int(config.width * config.beta)}
        for name in width:
            self.add_module(name, nn.ModuleDict({"stem": Stem(config.in_channels, width[name], TEMPORAL[name][0])}))
        self.lateral = nn.ModuleDict({"stem": Lateral(width["fast"], config)})
        fan = {"slow": width["slow"] + 2 * width["fast"], "fast": width["fast"]}
        for i, units in enumerate(config.blocks, start=1):
            for name in width:
                inner, temporal = width[name] * 2 ** (i - 1), [TEMPORAL[name][i]] * units
                after = config.nonlocal_units if (name, i) == ("slow", NONLOCAL_STAGE) else ()
                part = mixed_stage(fan[name], inner, temporal, 1 if i == 1 else 2, after, *NONLOCAL)
                self.get_submodule(name).add_module(f"stage{i}", part)
                fan[name] = 4 * inner
            if i < len(config.blocks):
                self.lateral[f"stage{i}"] = Lateral(fan["fast"], config)
                fan["slow"] += 2 * fan["fast"]
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(fan["slow"] + fan["fast"], config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, alpha T, H, W) -> logits (B, K) and the named inner maps,
        `<pathway>.<stage>`.

        Raises ValueError when the number of frames is no multiple of alpha.
        """
        slow, fast = every(clip, self.config.alpha), clip  # (B, C, T, H, W), (B, C, alpha T, H, W)
        inside = {"slow.input": slow, "fast.input": fast}
        inside["slow.stem"], slow = self.get_submodule("slow.stem")(slow)  # (B, D, T, H/4, W/4)
        inside["fast.stem"], fast = self.get_submodule("fast.stem")(fast)  # (B, beta D, alpha T, H/4, W/4)
        slow = self.lateral["stem"](slow, fast)  # (B, D + 2 beta D, T, H/4, W/4)
        for name in (f"stage{i}" for i in range(1, len(self.config.blocks) + 1)):
            slow = inside[f"slow.{name}"] = self.get_submodule(f"slow.{name}")(slow)
            fast = inside[f"fast.{name}"] = self.get_submodule(f"fast.{name}")(fast)
            slow = self.lateral[name](slow, fast) if name in self.lateral else slow
        pooled = torch.cat([slow.mean(dim=(2, 3, 4)), fast.mean(dim=(2, 3, 4))], dim=1)  # (B, slow + fast channels)
        return self.classifier(self.dropout(pooled)), inside


RULES = [  # PyTorchVideo's names -> ours
    *((rf"multipathway_blocks\.{number}\.", f"{name}.") for number, name in enumerate(("slow", "fast"))),
    (r"^blocks\.0\.(slow|fast)\.conv\.", r"\1.stem.conv.0."),
    (r"^blocks\.0\.(slow|fast)\.norm\.", r"\1.stem.conv.1."),
    (r"^blocks\.0\.multipathway_fusion\.", "lateral.stem."),
    (r"^blocks\.(\d)\.multipathway_fusion\.", r"lateral.stage\1."),
    (r"^(lateral\.\w+)\.conv_fast_to_slow\.", r"\1.conv.0."),
    (r"^(lateral\.\w+)\.norm\.", r"\1.conv.1."),
    (r"^blocks\.(\d)\.(slow|fast)\.res_blocks\.", r"\2.stage\1."),
    *UNIT_RULES,
    (r"^blocks\.\d\.proj\.", "classifier."),
]


def from_pytorchvideo(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of PyTorchVideo's slowfast_r50 (build it with alpha=4, lateral_kernel=7) as ours;
    unknown names stay as they are.
    """
    return public.renamed(state, RULES)
