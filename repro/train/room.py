"""Memory of a GPU that several workers share: a run starts when what it needs is free, and takes it
at once.
"""

import time

import torch

from repro.train import interrupt

POLL_S = 1.0


def reserve(needed: float, device: torch.device) -> None:
    """Take so many bytes of a GPU for this process: they lie in torch's allocator, where the run
    finds them. Only one process of a GPU may be here at a time.

    Waits while others hold them. Raises MemoryError when the device never had so many.
    """
    total = torch.cuda.mem_get_info(device)[1]
    if needed > total:
        has = f"this run needs about {needed / 1e9:.1f} GB, and {device} has {total / 1e9:.1f} GB"
        raise MemoryError(f"{has}. Take a smaller batch or a larger GPU.")
    while torch.cuda.mem_get_info(device)[0] < needed:
        if interrupt.requested():
            return
        time.sleep(POLL_S)
    torch.empty(int(needed), dtype=torch.uint8, device=device)  # freed at once, and kept by this process


def release() -> None:
    """Give back what no tensor holds."""
    torch.cuda.empty_cache()
