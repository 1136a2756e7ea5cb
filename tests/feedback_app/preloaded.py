"""Run as a process: starts the app's server over and over, without the seconds of importing everything each time.

For each line read, arguments of `python -m feedback_app`, it forks a process that runs them, and prints its id.
"""

import os
import signal
import sys

import feedback_app.server  # noqa: F401 - all that a server imports
from feedback_app.commands import main

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed leaves nothing behind
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(2, 1)  # what it says is for the log; the ids have this way to themselves
        sys.exit(main(line.split()))
    print(child, flush=True)
