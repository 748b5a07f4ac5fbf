"""A process that decodes what it is told, each file in a fork of its own: a decoder that crashes
takes the fork along, and no other file.

in   one line a file: {"path": …, "photo": false, "keep": a path for the frames}
out  one line a file: {"status": "sound" | "reported" | "crashed", …}
"""

import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from repro.data import decode, photo
from repro.data.frames import stored_frames
from repro.data.index import DataError, Item
from repro.spec import Clips

CLIPS = Clips(height=28, width=28, clip_length=8, clip_stride=1, fit="squeeze")  # stored 32 x 32
MOST_BYTES, MOST_SECONDS = 12 << 30, 120  # of address space, of time: beyond these the fork ends


def decoded(path: Path, is_photo: bool, keep: str) -> dict[str, Any]:
    """What the kit makes of a file, as a run would."""
    try:
        source = (photo if is_photo else decode).read(Item("a", 0, "a", path), CLIPS)
        frames = stored_frames(source, CLIPS, "a")
        if isinstance(source, decode.Video):
            facts = source.facts
            assert facts and facts.frames == len(frames), "the facts and the frames do not agree"
            damage = facts.damage
        else:
            damage = ""
    except DataError as error:
        return {"status": "reported", "text": str(error), "named": str(path) in str(error)}
    np.save(keep, frames)
    return {"status": "decoded", "damage": damage, "frames": len(frames)}


def in_a_fork(asked: dict[str, Any], say: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    signal.alarm(MOST_SECONDS)
    began = time.perf_counter()
    try:
        reply = decoded(Path(asked["path"]), asked["photo"], asked["keep"])
    except BaseException:
        reply = {"status": "traceback", "text": traceback.format_exc()}
    reply["seconds"] = round(time.perf_counter() - began, 3)
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reply["megabytes"] = usage // (1 << 20 if sys.platform == "darwin" else 1 << 10)
    os.write(say, json.dumps(reply).encode())


def main() -> None:
    import av  # noqa: F401  before the forks, so that no file pays for it
    from av.video.reformatter import VideoReformatter  # noqa: F401
    from PIL import Image

    Image.init()
    for line in sys.stdin:
        asked = json.loads(line)
        hear, say = os.pipe()
        sys.stdout.flush()
        child = os.fork()
        if not child:
            os.close(hear)
            in_a_fork(asked, say)
            os._exit(0)
        os.close(say)
        with open(hear, "rb") as answer:
            text = answer.read()
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        reply = json.loads(text) if code == 0 and text else {"status": "crashed", "text": f"ended with {code}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
