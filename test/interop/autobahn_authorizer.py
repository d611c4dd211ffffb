"""A dynamic authorizer as it is written for crossbar, with autobahn, unmodified.

Arguments: URL, realm, ticket. Writes "ready" when it has registered, then one line of JSON for each question.
"""

import asyncio
import json
import sys

from autobahn.asyncio.wamp import ApplicationRunner, ApplicationSession


class Authorizer(ApplicationSession):
    def onConnect(self):
        self.join(self.config.realm, ["ticket"], "authorizer")

    def onChallenge(self, challenge):
        assert challenge.method == "ticket", challenge.method
        return self.config.extra["ticket"]

    async def onJoin(self, details):
        await self.register(self.authorize, "com.example.authorize")
        print("ready", flush=True)

    def authorize(self, session, uri, action, options):
        print(json.dumps([session, uri, action, options]), flush=True)
        if session["authrole"] == "device" or uri.endswith(".state"):
            return True
        if session["authid"] == "friend" and action in ("call", "subscribe"):
            return {"allow": True, "disclose": False, "cache": True}
        return False

    def onDisconnect(self):
        asyncio.get_running_loop().stop()


url, realm, ticket = sys.argv[1:]
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
runner = ApplicationRunner(url, realm, extra={"ticket": ticket})
loop.run_until_complete(runner.run(Authorizer, start_loop=False))
loop.run_forever()
