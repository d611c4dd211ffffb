"""One WAMP session of autobahn, unmodified, driven from outside.

Reads its place as one line of JSON: {"url", "serializer", "realm", "authid"?, "ticket"?}. Then one command a line:
{"call"|"publish"|"subscribe"|"register": URI, "args"?, "options"?} or {"leave": true}. Writes one line of JSON for
each answer, and for what comes by itself: {"joined"}, {"event"}, {"left"}.
"""

import asyncio
import json
import sys
import threading

from autobahn.asyncio.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp import serializer as serializers
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallOptions, PublishOptions

SERIALIZERS = {
    "json": serializers.JsonSerializer,
    "msgpack": serializers.MsgPackSerializer,
}


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
        asyncio.get_running_loop().create_task(self.obey())

    def onLeave(self, details):
        tell(left={"reason": details.reason})
        self.disconnect()

    def onDisconnect(self):
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
            result = await self.call(command["call"], *args, options=CallOptions(**options))
            return getattr(result, "results", result)
        if "publish" in command:
            options = PublishOptions(acknowledge=True, **options)
            await self.publish(command["publish"], *args, options=options)
            return None
        if "subscribe" in command:
            topic = command["subscribe"]
            await self.subscribe(lambda *event: tell(event={"topic": topic, "args": event}), topic)
            return None
        if "register" in command:
            await self.register(lambda *given: [command["register"], *given], command["register"])
            return None
        raise AssertionError(f"no such command: {command}")


def read_lines(loop):
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line)
    loop.call_soon_threadsafe(lines.put_nowait, None)


lines = asyncio.Queue()
place = json.loads(sys.stdin.readline())
runner = ApplicationRunner(
    place["url"],
    place["realm"],
    extra=place,
    serializers=[SERIALIZERS[place["serializer"]]()],
)
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(runner.run(Driven, start_loop=False))
# A daemon: the process must end while it waits for a line.
threading.Thread(target=read_lines, args=[loop], daemon=True).start()
loop.run_forever()
