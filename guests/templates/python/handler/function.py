"""Greets who is named by the event."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.lambda_ import Context, Failure


class Lambda(exports.Lambda):
    def handle(self, event: bytes, context: Context) -> bytes:
        name = json.loads(event).get("name")
        if name is None:
            raise Err(Failure("NoName", "the event has no `name`", [], []))
        return json.dumps({"greeting": f"hello, {name}"}, ensure_ascii=False).encode()
