"""Edits of sound files, and the random contents that readers are tried on."""

import random

from hypothesis import strategies as st

WORDS = [
    "", " ", "\t", ",", '"', "\r", "\0", "\ufeff", "..", "/", "-1", "0", "1", "2", "9" * 5000, "x" * 300,
    "x" * 140_000, "²", "٣",
]  # fmt: skip


def edited(whole: bytes, number: int) -> bytes:
    """A sound file after one to three edits, as people, programs and disks make them."""
    draw, content = random.Random(number), whole
    for _ in range(draw.randint(1, 3)):
        rows = content.splitlines(keepends=True) or [b""]
        one, other = draw.randrange(len(rows)), draw.randrange(len(rows))
        words = rows[one].split(draw.choice([b" ", b",", b"\t", b"/", b"_"]))
        at, to = draw.randrange(len(content) + 1), draw.randrange(len(content) + 1)
        kind = draw.randrange(12)
        if kind == 0:
            del rows[one]
        elif kind == 1:
            rows.insert(other, rows[one])
        elif kind == 2:
            rows[one], rows[other] = rows[other], rows[one]
        elif kind == 3:
            draw.shuffle(words)
            rows[one] = draw.choice([b" ", b",", b"\t"]).join(words)
        elif kind == 4:
            parts = rows[other].split()
            rows[one] = rows[one].replace(draw.choice(words), draw.choice(parts) if parts else b"")
        elif kind == 5:
            rows[one] = rows[one].replace(draw.choice(words), draw.choice(WORDS).encode())
        elif kind == 6:
            rows[one] = rows[one].swapcase()
        elif kind == 7:
            content = content[: min(at, to)] + content[max(at, to) :]
        elif kind == 8:
            content = content[:at] + draw.choice(WORDS).encode() + content[at:]
        elif kind == 9:
            content = content[:at] + draw.randbytes(draw.randint(1, 4)) + content[at:]
        elif kind == 10:
            content = content.replace(b"\n", draw.choice([b"\r\n", b"\r", b"\n\n", b" \n"]))
        else:
            content = content.swapcase() if draw.random() < 0.2 else content[:at]
        if kind < 7:
            content = b"".join(rows)
    return content


CHANGES = st.one_of(
    st.integers(0, 2**40),  # the number of an edit
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda some: some.encode("utf8", "surrogatepass")),
)
