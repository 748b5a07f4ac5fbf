"""composite_lstm: who reads which frames, the decoders' errors by hand."""

import torch

from repro.networks.composite_lstm import build

SMALL = {"width": 4, "size": (32, 40), "norm": "bn", "hidden": 24}


def test_the_errors_by_hand() -> None:
    """Decoders that always say 2, and frames whose features are 1, 3, 2 | 5, 0: squared errors 1,
    1, 0 of 1, 9, 4, and 9, 4 of 25, 0.
    """
    network = build(5, 3, **SMALL)
    for decoder in (network.reconstructor, network.predictor):
        decoder.features = torch.nn.Linear(24, 2)
        torch.nn.init.zeros_(decoder.features.weight)
        torch.nn.init.constant_(decoder.features.bias, 2.0)
    state = (torch.randn(2, 1, 24), torch.randn(2, 1, 24))
    past, future = (torch.tensor(values)[None, :, None].expand(1, -1, 2) for values in ([1.0, 3.0, 2.0], [5.0, 0.0]))
    assert torch.allclose(network.errors(state, past, future), torch.tensor([[2 / 14, 13 / 25]]))
    assert network.errors(state, 0 * past, 0 * future).isfinite().all()  # dead features are no trouble


def test_the_encoder_stops_in_the_middle_for_the_decoders() -> None:
    """Of 5 frames it has read 3; what the decoders say depends on these alone, and the auxiliary
    loss is the weighted sum.
    """
    network = build(5, 3, **SMALL).eval()
    inside = network(torch.randn(2, 3, 5, 32, 40))[1]
    past, future = inside["features"][:, :3], inside["features"][:, 3:]
    _, state = network.encoder(past)
    back, ahead = network.reconstructor(state, 3), network.predictor(state, 2)
    squares = torch.stack([(back - past.flip(1)).square().sum((1, 2)), (ahead - future).square().sum((1, 2))], 1)
    by_hand = squares / torch.stack([past.square().sum((1, 2)), future.square().sum((1, 2))], 1)
    assert torch.allclose(inside["errors"], by_hand, atol=1e-7)
    assert torch.allclose(inside["auxiliary"], by_hand.sum(1), atol=1e-7)


def test_the_auxiliary_loss_sends_no_gradient_into_its_target() -> None:
    """The frames of the second half are targets only: their pixels feel nothing. Those of the first
    half were read.
    """
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(2, 3, 6, 32, 40, requires_grad=True)
    network(clip)[1]["auxiliary"].sum().backward()
    felt = clip.grad.abs().sum(dim=(0, 1, 3, 4))
    assert felt[:3].min() > 0 and felt[3:].max() == 0
    assert all(p.grad is None for p in network.classifier.parameters())
