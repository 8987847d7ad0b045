"""workload: what is measured: of which requests a load is made, in which shapes, against whom."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Shape:
    connections: int
    depth: int = 1

    def __str__(self):
        deep = f"×{self.depth}" if self.depth > 1 else ""
        return f"{self.connections}{deep}"

    @property
    def key(self):
        return f"{self.connections}x{self.depth}"


ONE, MANY, DEEP = Shape(1), Shape(64), Shape(64, 16)


@dataclasses.dataclass(frozen=True)
class Workload:
    """mix: request → weight; shapes: the first is what --quick measures."""
    name: str
    title: str
    mix: dict
    shapes: tuple
    peers: tuple
    seconds: dict = dataclasses.field(default_factory=dict) # of some shapes, instead of the usual

    def run_seconds(self, shape, usual):
        return max(usual, self.seconds.get(shape, 0))


ALL = ("redis", "tarantool", "postgres")
SQL = ("postgres",)

WORKLOADS = {each.name: each for each in [
    Workload("W1", "read by id", {"get": 1}, (MANY, ONE, DEEP), ALL),
    Workload("W2", "read by phone", {"phone": 1}, (MANY, ONE, DEEP), ALL),
    Workload("W3", "update an indexed field, durable", {"update": 1}, (MANY, ONE), ALL),
    Workload("W4", "order with revisit in a script, durable", {"order": 1}, (MANY, ONE), ALL,
             {MANY: 60}),
    Workload("W5", "50 next due tasks of one owner", {"tasks": 1}, (MANY, ONE), ALL),
    Workload("W6", "import with three indexes", {}, (ONE,), SQL),
    Workload("W7", "mix of W1 to W5, 50/20/10/10/10",
             {"get": 50, "phone": 20, "update": 10, "order": 10, "tasks": 10}, (MANY,), ALL),
    Workload("W8-list", "first page, filtered and sorted", {"list": 1}, (MANY,), SQL),
    Workload("W8-search", "search of two characters", {"search": 1}, (MANY,), SQL),
]}


def chosen(words):
    """W8 means both of its parts."""
    names = [name for name in WORKLOADS
             if not words or any(name == word or name.startswith(f"{word}-") for word in words)]
    unknown = [word for word in words if not any(name.split("-")[0] == word or name == word
                                                 for name in WORKLOADS)]
    if unknown:
        raise SystemExit(f"there is no workload {unknown[0]}: {' '.join(WORKLOADS)}")
    return [WORKLOADS[name] for name in names]
