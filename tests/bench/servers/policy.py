"""policy: Haoke itself, asked by a user with a typical policy: what permission costs. Beside it Haoke is asked by an
administrator, whom nothing is kept from.

The policy lets her see all that the workloads ask for, so that both give the same records: her own, and those of
her region, which is the whole country. She reads phones as 138****1001, and no e-mail address at all.
"""

from servers.haoke import Haoke

from client import request

USER = "王伟"
ROLE = [
    {"type": "customer", "actions": ["read", "create", "update"],
     "where": {"any": [{"owner": "$user"}, {"region": {"under": "$region"}}]},
     "fields": {"phone": "masked", "email": "hidden"}},
    {"type": "bench_task", "actions": ["read", "create", "update"]},
    {"type": "product", "actions": ["read"]},
]


class Policy(Haoke):
    name = "policy"
    prelude, prelude_replies = request(1, "session.become", {"user": USER}), 1

    def fill(self):
        super().fill()
        with self.connect() as client:
            client.call("role.define", name="seller", permissions=ROLE)
            client.call("user.create", user=USER, password="bench-2026", roles=["seller"])
            user = client.call("record.find", type="user", where={"name": USER})["items"][0]
            client.call("record.update", type="user", id=user["id"], values={"region": "国内"})
