"""`python tests/fakes/main.py CONF ARGV...`: the command line with the fake stages, as a process of its own."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

import alignment.stages  # noqa: E402
from alignment import run  # noqa: E402

if __name__ == "__main__":
    alignment.stages.__path__ = [str(HERE / "stages")]
    conf, *argv = sys.argv[1:]
    run.conf_dir = lambda: Path(conf)
    sys.exit(run.main(argv))
