"""Greets each record. Lines that begin with `#` are left out."""

from wit_world import exports
from wit_world.imports import config, log
from wit_world.imports.types import Batch, Disposition_Dropped, Emit, Outcome, Reply


class Transformer(exports.Transformer):
    def handle(self, batch: Batch) -> Reply:
        greeting = (config.get("GREETING") or "hello").encode()
        reply = Reply(emits=[], outcomes=[])
        for index, record in enumerate(batch.records):
            if record.data.startswith(b"#"):
                reply.outcomes.append(Outcome(index, Disposition_Dropped("a comment")))
            else:
                data = greeting + b", " + record.data
                reply.emits.append(Emit(index, None, record.partition_key, None, data, []))
        counts = f"{len(reply.emits)} of {len(batch.records)} records go out"
        log.write(log.Level.DEBUG, counts)
        return reply
