"""Put on a server's path, this hides what a feedback server is installed without."""

import sys

HIDDEN = ("torch", "transformers", "trl", "peft", "datasets", "hydra", "omegaconf")


class Absent:
    """As if they were not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())
