"""Joins with autobahn, unmodified, one after the other, each by the authenticator of autobahn that it names.

Reads a list of places as one line of JSON: [{"url", "serializer", "realm", "method", "with": {...}}]; "with" is what the
authenticator of that method takes. Writes one line of JSON for each: {"joined": {...}} or {"left": reason}.
"""

import asyncio
import json
import sys

from autobahn.asyncio.wamp import ApplicationRunner, Session
from autobahn.wamp import serializer as serializers
from autobahn.wamp.auth import create_authenticator

SERIALIZERS = {
    "json": serializers.JsonSerializer,
    "msgpack": serializers.MsgPackSerializer,
    "cbor": serializers.CBORSerializer,
}


class Joining(Session):
    def __init__(self, config):
        super().__init__(config)
        place = config.extra
        authenticator = create_authenticator(place["method"], **place["with"])
        self.add_authenticator(authenticator)

    def onJoin(self, details):
        self.tell(
            joined={
                "authid": details.authid,
                "authrole": details.authrole,
                "authmethod": details.authmethod,
                "authextra": details.authextra,
            }
        )
        self.leave()

    def onLeave(self, details):
        # It comes after the end of a session that had joined, too.
        self.tell(left=details.reason)
        self.disconnect()

    def onDisconnect(self):
        self.tell(left="disconnected")

    def tell(self, **what):
        outcome = self.config.extra["outcome"]
        if not outcome.done():
            outcome.set_result(what)


async def join(place):
    place = {**place, "outcome": asyncio.get_running_loop().create_future()}
    runner = ApplicationRunner(
        place["url"],
        place["realm"],
        extra=place,
        serializers=[SERIALIZERS[place["serializer"]]()],
    )
    await runner.run(Joining, start_loop=False)
    return await asyncio.wait_for(place["outcome"], 10)


async def main():
    for place in json.loads(sys.stdin.readline()):
        print(json.dumps(await join(place)), flush=True)


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
