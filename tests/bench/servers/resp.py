"""resp: Redis's protocol, with places to fill in."""

import plan


def argument(parts):
    """One argument of a command: bytes, a place, or a list of them."""
    parts = parts if isinstance(parts, list) else [parts]
    return [b"$%d\r\n" % plan.size(parts), *parts, b"\r\n"]


def command(*arguments):
    """The parts of a command."""
    parts = [b"*%d\r\n" % len(arguments)]
    for each in arguments:
        parts += argument(each)
    return parts


def plain(*arguments):
    """The bytes of a command without places."""
    out = [b"*%d\r\n" % len(arguments)]
    for each in arguments:
        data = each if isinstance(each, bytes) else str(each).encode()
        out.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(out)
