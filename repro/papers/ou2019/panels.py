"""The settings that `sensitivity` changes one at a time: their values, the paper's own last, and
the arguments that make them. Words only.
"""

from typing import Any

RATE, FC6, LSTM = "learning rate", "dropout of fc6", "dropout of LSTMs"
FIELDS, FRAMES, TAU, STARTS = "L, flow fields", "T, frames", "tau", "sampling in training"
STREAMS, FUSION, WEIGHTLESS = "streams", "fusion", "fusion on maps"
NORM, MAP, ANSWER = "norm of LSTMs", "what the map LSTM reads", "other readings"
JOINT = (STREAMS, FUSION, WEIGHTLESS)  # which need both inputs
ON_MAPS = (FC6, LSTM, NORM, MAP, ANSWER, WEIGHTLESS)  # of the head alone
RANGE = "2 to 10"
QUANTITIES: dict[str, tuple[Any, ...]] = {
    RATE: (100, 10, 1),  # times the first stage's
    FIELDS: (1, 2, 4),
    FRAMES: (2, 4, 8),
    TAU: (1, 2, 4, 8, RANGE),
    STARTS: ("fixed", "random"),
}
FRAMES_OF = {"mini": (2, 4, 8), "paper": (4, 8, 17)}  # elsewhere T is 4
SWITCHES: dict[str, dict[Any, dict[str, Any]]] = {  # value -> arguments of the network
    FC6: {0.2: {"dropout_fc6": 0.2}, 0.8: {"dropout_fc6": 0.8}, 0.5: {}},
    LSTM: {0.0: {"dropout_lstm": 0.0}, 0.5: {"dropout_lstm": 0.5}, 0.25: {}},
    NORM: {"none": {"ln": "none"}, "batch": {"ln": "bn"}, "ba2016": {"ln": "ba2016"}, "tf_cell": {}},
    STREAMS: {"map alone": {"streams": "conv"}, "fc alone": {"streams": "fc"}, "both": {}},
    FUSION: {"late": {"fusion": "late"}, "two levels": {"fusion": "both_levels"}, "3-D": {}},
    WEIGHTLESS: {
        "sum": {"fusion": "sum"}, "concat": {"fusion": "concat"}, "1x1": {"fusion": "conv2d1x1"}, "3-D": {},
    },
    MAP: {"mean": {"conv_stream": "gap"}, "pooled": {"conv_stream": "pool5"}, "ConvLSTM": {"conv_stream": "convlstm"},
          "all": {}},
    ANSWER: {"mean of states": {"answer": "mean"}, "softmax of state": {"head": "literal"}, "W": {"mix": "linear"},
             "as built": {}},
}  # fmt: skip


def values_of(panel: str, scale: str) -> tuple[Any, ...]:
    """The values of a panel, the paper's own, or what stands for it, last."""
    if panel == FRAMES:
        return FRAMES_OF.get(scale, (1, 2, 4))
    return QUANTITIES.get(panel) or tuple(SWITCHES[panel])
