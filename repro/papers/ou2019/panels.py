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
STATED = {  # by the paper, in our words
    RATE: "above 1e-5 the first training does not converge",
    FC6: "any other than 0.5 lowers accuracy",
    LSTM: "above 0.25 lowers accuracy",
    FIELDS: "fewer than 4 lower accuracy",
    FRAMES: "too few lower accuracy; 17 are used",
    TAU: "too large loses local, too small overall meaning; drawn from 2 to 10",
    STARTS: "random start and tau overcome overfitting",
    STREAMS: "the fc stream acts as attention for the map stream (not tested there)",
    FUSION: "at pixels, not at scores; two levels are more robust, with many more weights",
    WEIGHTLESS: "learned correspondence of the two maps (not tested there)",
    NORM: "needed to ensure convergence",
    MAP: "the whole map, 512 x 14 x 14 (O7)",
    ANSWER: "eq. (11), (12): the state's softmax, W before the third LSTM (O9, O11, O12)",
}


def values_of(panel: str, scale: str) -> tuple[Any, ...]:
    """The values of a panel, the paper's own, or what stands for it, last."""
    if panel == FRAMES:
        return FRAMES_OF.get(scale, (1, 2, 4))
    return QUANTITIES.get(panel) or tuple(SWITCHES[panel])
