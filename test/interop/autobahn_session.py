"""One WAMP session of autobahn, unmodified, driven from outside.

Reads its place as one line of JSON: {"url", "serializer", "realm", "authid"?, "ticket"?, "reconnect"?}; with "reconnect"
it is a component of autobahn, which joins again by itself. Then one command a line: {"call"|"publish"|"subscribe":
URI, "args"?, "options"?}, {"call": URI, "progress": true}, {"start": URI, "args"?} and then {"cancel": true},
{"register": URI, "as"?, "options"?} or {"leave": true}. Writes one line of JSON for each answer, and for what comes by
itself: {"joined"}, {"event", "details"}, {"progress"}, {"interrupted"}, {"left"}.
"""

import asyncio
import json
import os
import sys
import threading
import time

from autobahn.asyncio.component import Component
from autobahn.asyncio.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp import serializer as serializers
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallOptions, PublishOptions, RegisterOptions, SubscribeOptions

SERIALIZERS = {
    "json": serializers.JsonSerializer,
    "msgpack": serializers.MsgPackSerializer,
    "cbor": serializers.CBORSerializer,
}


def make_serializer(name):
    kind, _, batched = name.partition(".")
    return SERIALIZERS[kind](batched=batched == "batched")


def told(details, *names):
    """What a call or an event tells beside its arguments."""
    values = {name: getattr(details, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def tell(**what):
    print(json.dumps(what), flush=True)


class Driven(ApplicationSession):
    def onConnect(self):
        place = self.config.extra
        methods = ["ticket"] if "ticket" in place else ["anonymous"]
        self.join(self.config.realm, methods, place.get("authid"))

    def onChallenge(self, challenge):
        assert challenge.method == "ticket", challenge.method
        return self.config.extra["ticket"]

    async def onJoin(self, details):
        tell(
            joined={
                "session": details.session,
                "authid": details.authid,
                "authrole": details.authrole,
                "authmethod": details.authmethod,
                "serializer": self._transport._serializer.SERIALIZER_ID,
            }
        )
        self.obeying = asyncio.get_running_loop().create_task(self.obey())

    def onLeave(self, details):
        tell(left={"reason": details.reason})
        if hasattr(self, "obeying"):
            self.obeying.cancel()
        if not self.config.extra.get("reconnect"):
            self.disconnect()

    def onDisconnect(self):
        if not self.config.extra.get("reconnect"):
            asyncio.get_running_loop().stop()

    async def obey(self):
        while True:
            line = await lines.get()
            if line is None:
                self.leave()
                return
            try:
                tell(answer=await self.carry_out(json.loads(line)))
            except ApplicationError as error:
                tell(error={"uri": error.error, "args": list(error.args)})

    async def carry_out(self, command):
        args = command.get("args", [])
        options = command.get("options", {})
        if "call" in command:
            if command.get("progress"):
                options["on_progress"] = lambda *results: tell(progress=results)
            result = await self.call(command["call"], *args, options=CallOptions(**options))
            return getattr(result, "results", result)
        if "start" in command:
            self.started = self.call(command["start"], *args, options=CallOptions(**options))
            return None
        if "cancel" in command:
            self.started.cancel()
            return None
        if "publish" in command:
            options = PublishOptions(acknowledge=True, **options)
            await self.publish(command["publish"], *args, options=options)
            return None
        if "subscribe" in command:
            topic = command["subscribe"]

            def hear(*event, details):
                known = told(details, "publisher", "publisher_authid", "publisher_authrole", "topic", "retained")
                tell(event={"topic": topic, "args": event, "details": known})

            await self.subscribe(hear, topic, SubscribeOptions(details=True, **options))
            return None
        if "register" in command:
            await self.register(
                self.endpoint(command["register"], command.get("as", "echo"), command.get("name")),
                command["register"],
                RegisterOptions(details_arg="details", **options),
            )
            return None
        raise AssertionError(f"no such command: {command}")

    def endpoint(self, procedure, kind, name):
        """A procedure that gives back its arguments, counts, waits until it is canceled, or says who it is."""

        async def echo(*given, details):
            return [procedure, *given]

        async def count(upto, details):
            for number in range(1, upto):
                if details.progress is not None:
                    details.progress(number)
            return upto

        async def wait(details):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                tell(interrupted=procedure)
                raise

        async def who(*given, details):
            return [name, told(details, "caller", "caller_authid", "caller_authrole", "procedure")]

        return {"echo": echo, "count": count, "wait": wait, "who": who}[kind]


def read_lines(loop):
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line)
    loop.call_soon_threadsafe(lines.put_nowait, None)
    # Whoever drives it is gone. A session that has not joined, or cannot leave, must not stay.
    time.sleep(5)
    os._exit(0)


lines = asyncio.Queue()
place = json.loads(sys.stdin.readline())
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
# A daemon: the process must end while it waits for a line.
threading.Thread(target=read_lines, args=[loop], daemon=True).start()
if place.get("reconnect"):
    kind, address = ("rawsocket", "rs") if place["url"].startswith("rs") else ("websocket", "ws")
    host, _, port = place["url"].removeprefix(f"{address}://").partition("/")[0].rpartition(":")
    transport = {
        "type": kind,
        "url": place["url"],
        "endpoint": {"type": "tcp", "host": host, "port": int(port)},
        "max_retries": -1,
        "initial_retry_delay": 0.1,
        "max_retry_delay": 0.5,
    }
    # A RawSocket of autobahn speaks one serializer, a WebSocket offers several.
    name = place["serializer"]
    transport |= {"serializer": name} if kind == "rawsocket" else {"serializers": [name]}
    component = Component(
        transports=[transport],
        realm=place["realm"],
        extra=place,
        session_factory=Driven,
    )
    loop.run_until_complete(component.start(loop))
else:
    runner = ApplicationRunner(
        place["url"],
        place["realm"],
        extra=place,
        serializers=[make_serializer(place["serializer"])],
    )
    loop.run_until_complete(runner.run(Driven, start_loop=False))
    loop.run_forever()
