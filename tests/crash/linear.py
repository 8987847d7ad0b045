"""Decides whether a history of concurrent calls on one register is linearizable: whether each call can
be given an instant between its begin and its end, such that one after the other they explain all
answers.

A register holds (version, value). A write makes it (version + 1, its value) and answers that; a
conditional write does so only when the version is the one it names, and else answers CONFLICT; a
read answers what it holds.

The instants are tried as they become necessary: when a call ends, it must have had its instant. What
may be true at that moment is a set of configurations (what the register holds, which of the calls
under way have had theirs, and what they were answered); none left means no.
"""

import dataclasses

CONFLICT = "conflict"
READ, WRITE, WRITE_IF = "read", "write", "write if"


@dataclasses.dataclass
class Call:
    kind: str
    begin: float
    end: float
    answer: object  # (version, value), or CONFLICT
    value: object = None  # of a write
    version: int = 0  # that a conditional write names


def explained(call, state):
    """What the register holds after that call, or None when it would have been answered otherwise."""
    if call.kind == READ:
        return state if call.answer == state else None
    if call.kind == WRITE_IF and call.version != state[0]:
        return state if call.answer == CONFLICT else None
    after = (state[0] + 1, call.value)
    return after if call.answer == after else None


def closure(configurations, calls, under_way):
    """All that may have become true by letting calls under way have their instant."""
    seen, waiting = set(configurations), list(configurations)
    while waiting:
        state, done = waiting.pop()
        for number in under_way - done:
            after = explained(calls[number], state)
            reached = (after, done | {number})
            if after is not None and reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return seen


def first_anomaly(calls, initial):
    """The number of the first call whose answer nothing explains; None when there is none. A call
    that ends when another begins is taken to overlap it."""
    events = sorted([(call.begin, 0, number) for number, call in enumerate(calls)] +
                    [(call.end, 1, number) for number, call in enumerate(calls)])
    configurations, under_way = {(initial, frozenset())}, frozenset()
    for _, ends, number in events:
        if not ends:
            under_way |= {number}
            continue
        reached = closure(configurations, calls, under_way)
        configurations = {(state, done - {number}) for state, done in reached if number in done}
        under_way -= {number}
        if not configurations:
            return number
    return None
