"""two_stream: which frames each stream sees, where norms stand."""

import torch
from torch import nn

from repro.networks.two_stream import build

SMALL = {"width": 12, "norm": "bn", "stem_stride": 1, "grid": 2}


def test_the_second_norm_is_the_spatial_streams_alone() -> None:
    network = build(5, 5, width=6, grid=2)
    after = [s.backbone.after for s in (network.spatial, network.temporal)]
    norms = [[any(isinstance(m, nn.LocalResponseNorm) for m in part) for part in parts] for parts in after]
    assert norms == [[True, True, False, False, False], [True, False, False, False, False]]


def test_frames_that_each_stream_sees() -> None:
    network = build(5, 5, **SMALL)
    clip = torch.arange(16.0).view(1, 1, 16, 1, 1) + torch.tensor([0, 100, 200, 300, 400]).view(1, 5, 1, 1, 1)
    assert network.image(clip).flatten().tolist() == [8, 108, 208]
    assert network.fields(clip).flatten().tolist() == [c + t for t in range(3, 13) for c in (300, 400)]
    short = network.fields(clip[:, :, :4]).flatten()[::2] - 300  # T = 4 < L: the ends are repeated
    assert short.tolist() == [0, 0, 0, 0, 1, 2, 3, 3, 3, 3]


def test_of_colour_or_flow_alone_there_is_one_stream_which_sees_what_it_sees_beside_the_other() -> None:
    clip, both = torch.randn(2, 5, 12, 32, 32), build(5, 5, **SMALL).eval()
    for part, name in ((clip[:, :3], "spatial"), (clip[:, 3:], "temporal")):
        alone = build(5, part.shape[1], **SMALL).eval()
        alone.load_state_dict({key: value for key, value in both.state_dict().items() if key.startswith(name)})
        assert torch.allclose(alone(part)[0].softmax(1), both(clip)[1][f"{name}.scores"], atol=1e-6)
