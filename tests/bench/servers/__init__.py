"""servers: what is measured, one module each."""

from servers.haoke import Haoke
from servers.policy import Policy
from servers.postgres import Postgres
from servers.redis import Redis
from servers.tarantool import Tarantool

PEERS = {"redis": Redis, "tarantool": Tarantool, "postgres": Postgres}

__all__ = ["PEERS", "Haoke", "Policy", "Postgres", "Redis", "Tarantool"]
