"""What printed numbers alone decide, and what to know of the printed rows of Tables 1 and 2."""

import math
from decimal import Decimal

from repro.evidence.verdicts import Verdict, static
from repro.papers.claims import Reported
from repro.papers.ou2019.settings import OURS

TABLE1 = {"Accuracy": "UCF101, as printed"}  # printed column -> our heading
TABLE2 = {"UCF11 Accuracy": "UCF11", "UCFSport Accuracy": "UCFSports"}
NOT_BUILT = {  # rows that stay as printed, and why
    "Dense trajectories": "reported only: hand-made trajectory features and an SVM, no network",
    "Snippets": "reported only: the printed name fits no one published network",
    "C3D+iDT+linear SVM": "reported only: hand-made trajectory features and an SVM on top of C3D, "
    "which has a row of its own",
    "Cho et al.": "reported only: sparse coding of hand-made features",
    "Weinzaepfel et al.": "reported only: tracks detections through a video; a detector is not part of this kit",
    "SGSH": "reported only: the printed name fits no one published network",
}
COPIED = {"Dense trajectories": "84.2", "Soft attention": "84.9", "Snippets": "89.5"}  # row -> number of two tables
DOUBTFUL = {row: f"the printed {number} is the number of the UCF11 table too" for row, number in COPIED.items()} | {
    OURS: "the printed 95.3 is of a random 70/30 split, the printed baselines' numbers of the official ones"
}  # of Table 1's printed numbers
EVALUATED = {  # data sets of the papers behind two rows, as these papers name them
    "Soft attention": "UCF-11, HMDB-51, Hollywood2",
    "Dense trajectories": "KTH, YouTube, Hollywood2, UCF sports, IXMAS, UIUC, Olympic Sports, UCF50, HMDB51",
}
PEAK = 11.3e12  # FLOP/s of one GTX 1080 Ti in fp32
TRAINING_VIDEOS = {"UCF101": 9324, "UCF11": 1120, "UCFSports": 105}  # 70 % of 13,320, 1,600 and 150


def duplicate_rows(reported: Reported) -> Verdict:
    """`ucf101-ucf11-duplicate-rows`: three rows print one number for two data sets."""
    where = (("ou2019.table1", "Accuracy"), ("ou2019.table2", "UCF11 Accuracy"))
    pairs = {row: [reported[table, row, column] for table, column in where] for row in COPIED}
    same = all(Decimal(one) == Decimal(other) for one, other in pairs.values())
    return static(same, "; ".join(f"{row}: {one} on UCF101, {other} on UCF11" for row, (one, other) in pairs.items()))


def soft_attention_not_ucf101() -> Verdict:
    """`soft-attention-not-ucf101`: neither of the two papers evaluates on UCF101."""
    text = "; ".join(f"{row}: {sets}" for row, sets in EVALUATED.items())
    absent = all("UCF101" not in sets for sets in EVALUATED.values())
    return static(absent, f"Data sets that the cited papers evaluate on. {text}")


def epoch_time_consistency(reported: Reported) -> Verdict:
    """`epoch-time-consistency`: minutes per epoch of both trainings agree within 5 %."""
    minutes = []
    for stage in ("first training", "second training"):
        hours, epochs = (Decimal(reported["ou2019.prose", stage, column]) for column in ("duration", "epochs"))
        minutes.append(60 * hours / epochs)
    apart = abs(minutes[0] - minutes[1]) / min(minutes)
    text = f"{minutes[0]:.2f} and {minutes[1]:.2f} minutes per epoch, {100 * apart:.1f} % apart"
    return static(apart <= Decimal("0.05"), text)


def needed(macs: int, videos: int, reported: Reported, passes: int = 3) -> float:
    """FLOP/s that the first training takes: two FLOPs per MAC, and a backward pass costs two
    forward ones, so three passes.
    """
    hours, epochs = (float(reported["ou2019.prose", "first training", column]) for column in ("duration", "epochs"))
    return 2 * passes * macs * videos * epochs / (3600 * hours)


def train_time_feasible(macs: int, reported: Reported) -> Verdict:
    """`train-time-feasible`: 140 epochs of UCF101 in a day, all parts trained, need no more than
    the card's peak.
    """
    rates = {name: needed(macs, videos, reported) / 1e12 for name, videos in TRAINING_VIDEOS.items()}
    forward = needed(macs, TRAINING_VIDEOS["UCF101"], reported, passes=1) / 1e12
    text = f"Needed TFLOP/s: {', '.join(f'{name} {rate:.1f}' for name, rate in rates.items())}"
    peak = f"the card's peak is {PEAK / 1e12:.1f}. UCF101 with forward passes alone: {forward:.1f}"
    return static(rates["UCF101"] <= PEAK / 1e12, f"{text}; {peak}")


def latency_770ms(macs: int, reported: Reported) -> Verdict:
    """`latency-770ms`: no less than the card's peak allows, flow left out."""
    milliseconds = float(reported["ou2019.prose", "inference", "time per video"])
    least = 1000 * 2 * macs / PEAK
    text = f"{macs / 1e9:.0f} GMACs take {least:.0f} ms at the peak of the paper's card"
    use = f"{milliseconds:.0f} ms use {100 * least / milliseconds:.0f} % of it; optical flow is not in it"
    return static(least <= milliseconds, f"{text}, so {use}")


def no_extra_fc_params(one: int, both: int, fusion: int) -> Verdict:
    """`no-extra-fc-params`: fully connected weights, fused at the convolution alone and at both
    levels; `fusion`: the 3-D filter's.
    """
    text = f"fully connected weights: {one / 1e6:.1f} M fused at the convolution, {both / 1e6:.1f} M at both levels"
    return static(one < both, f"{text}. The 3-D filter itself adds {fusion / 1e6:.2f} M")


def least_loss(classes: int) -> float:
    """Nats: the least cross-entropy of a softmax over K numbers in (-1, 1); -log(e / (e + (K - 1) /
    e)) (O9).
    """
    return math.log(math.e + (classes - 1) / math.e) - 1


def softmax_on_h_bound() -> Verdict:
    """`softmax-on-h-bound`: eq. (12) as printed keeps the loss above a bound that depends on K
    alone.
    """
    bounds = {classes: least_loss(classes) for classes in (101, 11, 10)}
    text = ", ".join(f"K = {classes}: {bound:.3f}" for classes, bound in bounds.items())
    above = all(bound > 0 for bound in bounds.values())
    return static(above, f"least cross-entropy in nats, {text}; with a linear layer there is none")
