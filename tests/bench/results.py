"""results: finished pairs in a file, so that a bench that was broken off goes on where it stopped. Only
whole pairs are kept; each is written at once, with the conditions under which it was measured: pairs of
another build of Haoke or of runs of another length do not count.
"""

import json
import pathlib
import statistics


class Results:
    def __init__(self, path, conditions):
        self.path = pathlib.Path(path)
        self.conditions = conditions
        self.pairs = json.loads(self.path.read_text()) if self.path.exists() else {}

    @staticmethod
    def key(workload, shape, peer):
        return f"{workload.name} {shape.key} {peer}"

    def pairs_of(self, workload, shape, peer):
        """[{"haoke": figures, "peer": figures}, …] in the order in which they were measured."""
        return [pair for pair in self.pairs.get(self.key(workload, shape, peer), [])
                if pair["conditions"] == self.conditions]

    def add(self, workload, shape, peer, haoke_figures, peer_figures):
        pairs = self.pairs.setdefault(self.key(workload, shape, peer), [])
        pairs.append({"conditions": self.conditions, "haoke": haoke_figures, "peer": peer_figures})
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.pairs, indent=1))
        part.rename(self.path)


def ratios(pairs):
    """Haoke's speed over the peer's of each pair: least, median, most."""
    each = [pair["haoke"]["per_second"] / pair["peer"]["per_second"] for pair in pairs]
    return min(each), statistics.median(each), max(each)


def median(pairs, side, figure):
    return statistics.median(pair[side][figure] for pair in pairs)


def cpu_microseconds(pairs, side):
    """Of the server, for one request."""
    return statistics.median(pair[side]["server_cpu"] / pair[side]["per_second"] * 1e6
                             for pair in pairs)
