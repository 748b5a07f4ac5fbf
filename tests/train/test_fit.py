"""The schedule, the optimisers and the losses, by hand."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_runs import log
from torch import Tensor, nn
from toy import InMemory, Toy

from repro.penalty.l2_weights import penalty, weights
from repro.spec import Recipe
from repro.train.batches import normalise
from repro.train.fit import Trainer, Validation, classification, fit, learning_rate, make_optimiser

X, LABEL = torch.randn(4, 8, 1, 1, 1, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2, 0])
CLASSIFY = classification(Recipe())


class Straight(nn.Module):
    """Logits of flattened clips, in the shape every network answers."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.linear = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return self.linear(x.flatten(1)), {}


def step(network: nn.Module, recipe: Recipe, x: Tensor = X, lr: float = 0.1) -> list[float]:
    stepped = Trainer(network, make_optimiser(network, recipe), CLASSIFY, recipe).step(x, LABEL, lr)
    return [value.item() for value in stepped]


def cosine(part: float) -> float:
    return 0.05 * (1 + math.cos(math.pi * part))


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"warmup": 2}, {1: 0.05, 2: 0.1, 7: 0.05, 12: 0.0, 4.5: cosine(1 / 4)}),
        ({"schedule": "constant"}, dict.fromkeys([0, 0.5, 6, 11.9, 12], 0.1)),
        ({"schedule": "constant", "warmup": 2}, {0.5: 0.025, 1: 0.05, 2: 0.1, 7: 0.1, 12: 0.1}),
    ],
)
def test_warm_up_then_half_a_cosine_or_a_constant_rate(settings: dict, rates: dict[float, float]) -> None:
    recipe = Recipe(epochs=12, lr=0.1, **settings)
    assert {done: learning_rate(recipe, done) for done in rates} == pytest.approx(rates, abs=1e-9)


def test_step_by_hand() -> None:
    network = Straight()
    before = network.linear.weight.detach().clone()
    loss = nn.functional.cross_entropy(network(X)[0], LABEL)
    gradient = torch.autograd.grad(loss, network.linear.weight)[0]
    value, right, _ = step(network, Recipe(lr=9.0, momentum=0.0, weight_decay=0.5))
    assert value == pytest.approx(loss.item()) and right in range(5)
    assert torch.allclose(network.linear.weight, before - 0.1 * (gradient + 0.5 * before), atol=1e-6)


@pytest.mark.parametrize(("clip", "way"), [(0.0, None), (1.0, 1.0)])
def test_gradients_are_clipped_and_their_norm_before_it_is_returned(clip: float, way: float | None) -> None:
    network = Straight()
    slopes = torch.autograd.grad(CLASSIFY(network, 1e3 * X, LABEL)[0], list(network.parameters()))
    norm = torch.cat([slope.flatten() for slope in slopes]).norm().item()
    before = torch.cat([p.detach().flatten() for p in network.parameters()])
    recipe = Recipe(momentum=0.0, weight_decay=0.0, clip=clip)
    assert step(network, recipe, 1e3 * X, lr=1.0)[2] == pytest.approx(norm, rel=1e-5) and norm > 100
    after = torch.cat([p.detach().flatten() for p in network.parameters()])
    assert (after - before).norm().item() == pytest.approx(way or norm, rel=1e-3)


def test_weights_that_are_frozen_have_no_gradient_to_measure() -> None:
    network = Straight()
    network.linear.bias.requires_grad_(False)
    assert 0 < step(network, Recipe(clip=1.0))[2] < math.inf


class Backboned(Straight):
    """A network of two parts, one of which it calls its backbone."""

    backbones = ("backbone",)

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return super().forward(self.backbone(x.flatten(1)))


@pytest.mark.parametrize("optimiser", ["sgd", "adam", "adamw"])
def test_a_backbone_moves_at_its_own_rate(optimiser: Any) -> None:
    """Plain SGD: a tenth of the rate is a tenth of the way; the others: the first step is about as
    long as the rate.
    """
    moved = {}
    for ratio in (1.0, 0.1):
        network = Backboned()
        before = {name: p.detach().clone() for name, p in network.named_parameters()}
        step(network, Recipe(optimiser=optimiser, momentum=0.0, weight_decay=0.0, backbone_rate=ratio), lr=0.01)
        moved[ratio] = {name: (p.detach() - before[name]).norm().item() for name, p in network.named_parameters()}
    for name, way in moved[1.0].items():
        assert moved[0.1][name] == pytest.approx(way * (0.1 if name.startswith("backbone") else 1), rel=1e-3)


def test_a_network_without_backbones_has_no_rate_for_them() -> None:
    wanted = r"backbone_rate 0\.1 is for networks that name their backbones; Straight names none"
    with pytest.raises(ValueError, match=wanted):
        make_optimiser(Straight(), Recipe(backbone_rate=0.1))


# Losses: cross-entropy, a network's own, and penalties (ackerly2025, eq. 2 and 3)


class Small(nn.Module):
    """A convolution, batch norm, attention and a classifier, with positions; it adds the square of
    its first bias, times 1, 2, 3, … over the clips of a batch, to the loss.
    """

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
        self.attention, self.head = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(4, 3)
        self.positions = nn.Parameter(torch.ones(4, 4))
        self.own = 0.0

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        steps = self.norm(self.conv(x.squeeze(2))).flatten(2).transpose(1, 2) + self.positions
        latent = self.attention(steps, steps, steps)[0].mean(1)
        inside = {"auxiliary": self.own * torch.arange(1.0, len(x) + 1)} if self.own else {}
        return self.head(latent), {"latent": latent, **inside}


FRAMES, LABELS = torch.randn(5, 3, 1, 2, 2, generator=torch.Generator().manual_seed(1)), torch.tensor([0, 1, 2, 1, 0])


def loss_of(network: nn.Module, **recipe: Any) -> float:
    return classification(Recipe(**recipe))(network.eval(), FRAMES, LABELS)[0].item()


def test_eq_2_is_the_mean_of_minus_log_the_true_class() -> None:
    network = Small().eval()
    loss, right = CLASSIFY(network, FRAMES, LABELS)
    probability = network(FRAMES)[0].softmax(1)
    assert loss.item() == pytest.approx(-probability[range(5), LABELS].log().mean().item(), rel=1e-6)
    assert right == int((probability.argmax(1) == LABELS).sum())


def test_a_networks_own_loss_is_averaged_and_added() -> None:
    network = Small()
    plain, network.own = loss_of(network), 0.25
    assert loss_of(network) - plain == pytest.approx(0.25 * 3, rel=1e-5)


def test_eq_3_weighs_convolutions_and_linear_maps_and_nothing_else() -> None:
    network = Small()
    names = {id(p): name for name, p in network.named_parameters()}
    expected = {"conv.weight", "attention.in_proj_weight", "attention.out_proj.weight", "head.weight"}
    assert {names[id(p)] for p in weights(network)} == expected
    (0.3 * penalty(network, {})).backward()
    for name, p in network.named_parameters():
        assert torch.allclose(p.grad, 0.6 * p) if name in expected else p.grad is None


def test_the_penalty_is_added_to_the_loss() -> None:
    network = Small()
    plain = loss_of(network)
    squares = sum(float((w.detach() ** 2).sum()) for w in weights(network))
    latent = network(FRAMES)[1]["latent"].abs().mean().item()
    for name, weight, value in (("l2_weights", 0.01, squares), ("l1_latent", 2.0, latent)):
        assert loss_of(network, penalty=name, penalty_weight=weight) - plain == pytest.approx(weight * value, rel=1e-4)
    with pytest.raises(KeyError, match="latent"):
        classification(Recipe(penalty="l1_latent"))(Straight(), X, LABEL)


# Whole trainings on clips in memory

NORM = ([100.0] * 3, [60.0] * 3)


def trained(folder: Path, recipe: Recipe, validation: Validation | None = None, **network: Any) -> tuple[Toy, list]:
    """A toy trained from seed 0, and its lines of metrics."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    made = Toy(3, 3, **network)
    where = {"folder": folder, "device": torch.device("cpu"), "validation": validation}
    fit(made, InMemory(), recipe, NORM, seed=0, **where)
    return made, log(folder)


def test_the_rate_that_is_logged_is_the_one_used(tmp_path: Path) -> None:
    _, lines = trained(tmp_path / "a", Recipe(epochs=4, batch=12, lr=0.1, warmup=2, schedule="constant"))
    assert [set(line) for line in lines] == [{"epoch", "loss", "accuracy", "lr"}] * 4
    assert [line["lr"] for line in lines] == pytest.approx([0.05, 0.1, 0.1, 0.1])


def test_the_largest_gradient_of_each_epoch_before_the_clip_is_logged(tmp_path: Path) -> None:
    """With a rate of nought the weights stay, so that each batch's gradient can be worked out
    beside.
    """
    recipe = Recipe(epochs=3, batch=4, lr=0.0, clip=0.01)
    network, lines = trained(tmp_path / "a", recipe, validation=lambda: {"test_loss": 1.5}, dropout=0.0)
    clips, expected = InMemory(), []
    for epoch in range(3):
        norms = []
        for frames, label in clips.load(clips.epoch(0, epoch, 4)):
            network.zero_grad()
            nn.functional.cross_entropy(network(normalise(frames, NORM))[0], label).backward()
            norms.append(math.sqrt(sum(float(p.grad.square().sum()) for p in network.parameters())))
        expected.append(norms)
    assert any(norms[-1] < 0.95 * max(norms) for norms in expected) and min(map(max, expected)) > 0.1
    assert [line["gradient"] for line in lines] == pytest.approx([max(norms) for norms in expected], rel=1e-3)
    assert [line["test_loss"] for line in lines] == [1.5] * 3


def test_a_gradient_that_is_no_number_stays_the_largest_of_its_epoch(tmp_path: Path, monkeypatch) -> None:
    norms = iter([1.0, math.nan, 2.0])
    monkeypatch.setattr("repro.train.fit.Trainer.step", lambda *_: torch.tensor([0.5, 1, next(norms)]))
    _, (line,) = trained(tmp_path / "a", Recipe(epochs=1, batch=4), validation=dict)
    assert math.isnan(line["gradient"])
