"""Commands of the kit, and pieces of code, in a process of their own."""

import os
import subprocess
import sys

REPRO = [sys.executable, "-c", "import sys; from repro.cli import main; sys.exit(main())"]


def repro(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What `repro` says to these words; `settings` are added to the environment."""
    return subprocess.run([*REPRO, *words], env=os.environ | settings, capture_output=True, text=True)


def loaded(code: str) -> set[str]:
    """The packages that are loaded after some code."""
    code = f"{code}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())
