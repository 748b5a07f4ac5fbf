"""Every form of the LSTM against steps worked in numpy; statistics of batch norm; places of the
convolutional form.
"""

from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from repro.nn.lstm import LSTM, ConvLSTM, Form

FORMS = get_args(Form)
B, T, D, HIDDEN = 5, 4, 7, 6


def layer(ln: str) -> LSTM:
    """A layer whose gains and offsets are no longer what they begin as."""
    torch.manual_seed(0)
    made = LSTM(D, HIDDEN, ln)
    for p in made.parameters():
        nn.init.uniform_(p, 0.2, 1.5) if p.ndim == 1 or p.shape[0] in (3, 4) else nn.init.uniform_(p, -1, 1)
    return made


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def normal(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """Equations (3) to (5): minus the mean, over the root of the variance and epsilon."""
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + 1e-5)


def worked(made: LSTM, x: np.ndarray) -> np.ndarray:
    """The states by numpy, gate by gate: (B, T, D) -> (B, T, hidden)."""
    p = {name: value.detach().numpy().astype(float) for name, value in made.named_parameters()}
    h = c = np.zeros((len(x), HIDDEN))
    states = []
    for t in range(x.shape[1]):
        wx, uh = x[:, t] @ p["project.weight"].T, h @ p["recur.weight"].T
        if made.ln == "ba2016":
            total = normal(wx) * p["gain"].ravel() + normal(uh) * p["recur_gain"] + p["offset"].ravel()
            gates = np.split(total, 4, axis=1)
        else:
            gates = np.split(wx + uh, 4, axis=1)
            for k in range(4):
                if made.ln == "tf_cell":
                    gates[k] = normal(gates[k]) * p["gain"][k]
                elif made.ln == "bn" and k < 3:
                    gates[k] = normal(gates[k], axis=0) * p["gain"][k]
                gates[k] = gates[k] + p["offset"][k]
        i, f, o, j = gates
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(j)
        read = normal(c) * p["cell.weight"] + p["cell.bias"] if "cell.weight" in p else c
        c = read if made.ln == "tf_cell" else c
        h = sigmoid(o) * np.tanh(read)
        states.append(h)
    return np.stack(states, axis=1)


@pytest.mark.parametrize("ln", FORMS)
def test_equal_to_steps_worked_by_hand(ln: str) -> None:
    made, x = layer(ln), torch.randn(B, T, D)
    states = made(x).detach().numpy()
    assert states.shape == (B, T, HIDDEN) and states.std() > 0.1
    assert np.allclose(states, worked(made, x.numpy()), atol=1e-5)


def test_running_statistics_serve_all_steps_alike() -> None:
    made, x = LSTM(D, HIDDEN, "bn"), 3 * torch.randn(64, T, D) + 2
    for _ in range(100):
        made(x)
    train, test = made(x), made.eval()(x)
    assert (train - test).abs().mean() < 0.1 and torch.allclose(made(x[:1, :2]), test[:1, :2], atol=1e-6)


@pytest.mark.parametrize("ln", FORMS)
def test_it_begins_by_remembering(ln: str) -> None:
    made = LSTM(D, HIDDEN, ln)
    assert made.offset[1].eq(1).all() and made.offset[[0, 2, 3]].eq(0).all()


@pytest.mark.parametrize("norm", [True, False])
def test_on_one_place_the_convolutional_form_is_the_plain_one(norm: bool) -> None:
    plain, made = layer("tf_cell" if norm else "none"), ConvLSTM(D, HIDDEN, ln=norm)
    state = plain.state_dict()
    for name in ("project.weight", "recur.weight"):  # of a 3x3 kernel on one place only the centre counts
        state[name] = nn.functional.pad(state[name][:, :, None, None], (1, 1, 1, 1), value=7.0)
    made.load_state_dict(state)
    x = torch.randn(B, T, D)
    assert torch.allclose(made(x.transpose(1, 2)[..., None, None]), plain(x), atol=1e-5)


@pytest.mark.parametrize("steps", [1, T])
def test_the_backward_pass_written_by_hand_is_the_gradient(steps: int) -> None:
    made, x = layer("tf_cell").double(), torch.randn(2, steps, D, dtype=torch.double, requires_grad=True)
    names, weights = zip(*made.named_parameters(), strict=True)

    def states(x: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(made, dict(zip(names, weights, strict=True)), (x,))

    assert torch.autograd.gradcheck(states, (x, *weights))


def test_under_autocast_the_steps_are_taken_in_fp32() -> None:
    made, x = layer("tf_cell"), torch.randn(B, T, D)
    with torch.autocast("cpu", torch.bfloat16):
        states = made(x)
    states.sum().backward()
    assert states.dtype == made.recur.weight.grad.dtype == torch.float32
    assert torch.allclose(states, made(x), atol=0.05)
