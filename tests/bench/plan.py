"""plan: requests with places that the load generator fills in anew each time; the file it reads is
described in load/plan.h. A request is a list of bytes, Tag, Number and Choice.
"""

import dataclasses

import dataset


@dataclasses.dataclass(frozen=True)
class Tag:
    """The number by which a reply names its request."""
    size = 4

    def line(self):
        return "tag"


@dataclasses.dataclass(frozen=True)
class Number:
    """A random number as `size` bytes: "big" endian or decimal "digits"."""
    form: str
    size: int
    least: int
    most: int
    factor: int = 1
    modulus: int = 0

    def line(self):
        return (f"number {self.form} {self.size} {self.least} {self.most} {self.factor} "
                f"{self.modulus}")


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of several texts that have as many bytes."""
    texts: tuple

    @property
    def size(self):
        return len(self.texts[0])

    def line(self):
        assert len({len(text) for text in self.texts}) == 1, "choices must have one size"
        return "choice " + " ".join(text.hex() for text in self.texts)


def choice(texts):
    return Choice(tuple(text.encode() for text in texts))


def phone(least, most):
    """The parts of a customer's phone."""
    return [dataset.PHONE_PREFIX.encode(),
            Number("digits", 8, least, most, dataset.PHONE_FACTOR, dataset.PHONE_MODULUS)]


def size(parts):
    return sum(len(part) if isinstance(part, bytes) else part.size for part in parts)


def joined(parts):
    """The same with bytes that follow one another as one."""
    out = []
    for part in parts:
        if isinstance(part, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += part
        elif part != b"":
            out.append(part)
    return out


@dataclasses.dataclass
class Request:
    """One kind of request; `least` bytes make a good reply."""
    parts: list
    least: int
    weight: int = 1

    def lines(self):
        yield f"request {self.weight} {self.least}"
        for part in joined(self.parts):
            yield f"bytes {part.hex()}" if isinstance(part, bytes) else part.line()

    def weighing(self, weight):
        return dataclasses.replace(self, weight=weight)


def write(path, protocol, requests, prelude=b"", replies=0):
    lines = [f"protocol {protocol}", f"prelude {replies} {prelude.hex()}".rstrip()]
    for request in requests:
        lines += request.lines()
    path.write_text("\n".join(lines) + "\n")
