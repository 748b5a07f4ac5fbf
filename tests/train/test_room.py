"""Memory of a GPU that workers share, on a GPU made up of four functions."""

import pytest
import torch

from repro.train import interrupt, room

GPU = torch.device("cuda:0")


class Card:
    """A GPU of 80 GB; `free` falls with each reservation, and rises by 10 GB a second."""

    def __init__(self, free: float) -> None:
        self.free, self.total, self.waited, self.taken = free, 80e9, 0, list[int]()

    def mem_get_info(self, device: torch.device) -> tuple[float, float]:
        return self.free, self.total

    def sleep(self, seconds: float) -> None:
        self.waited, self.free = self.waited + 1, self.free + 10e9

    def empty(self, count: int, dtype: torch.dtype, device: torch.device) -> None:
        self.free -= count
        self.taken.append(count)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    made = Card(15e9)
    monkeypatch.setattr(torch.cuda, "mem_get_info", made.mem_get_info)
    monkeypatch.setattr(torch, "empty", made.empty)
    monkeypatch.setattr(room.time, "sleep", made.sleep)
    return made


def test_a_run_takes_its_memory_when_that_is_free(card: Card) -> None:
    room.reserve(10e9, GPU)
    assert (card.waited, card.taken) == (0, [10_000_000_000])
    room.reserve(30e9, GPU)  # 5 GB are left
    assert card.waited == 3 and card.taken[1:] == [30_000_000_000]


def test_what_the_device_never_had_is_an_error(card: Card) -> None:
    with pytest.raises(MemoryError, match=r"needs about 90.0 GB, and cuda:0 has 80.0 GB.*smaller batch"):
        room.reserve(90e9, GPU)


def test_whoever_is_told_to_stop_waits_no_longer(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "requested", lambda: card.waited > 1)
    room.reserve(70e9, GPU)
    assert card.waited == 2 and not card.taken  # there would be no room


@pytest.mark.gpu
def test_what_is_reserved_is_there_for_tensors_and_given_back() -> None:
    device, before = torch.device("cuda"), torch.cuda.mem_get_info()[0]
    room.reserve(2e9, device)
    held = torch.cuda.mem_get_info()[0]
    assert before - held >= 1.9e9
    x = torch.zeros(1_000_000_000, dtype=torch.uint8, device=device)
    assert abs(torch.cuda.mem_get_info()[0] - held) < 1e8
    del x
    room.release()
    assert torch.cuda.mem_get_info()[0] > held + 1.8e9
