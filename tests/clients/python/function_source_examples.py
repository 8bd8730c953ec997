"""Handlers of events that were packed, and of tumbling windows: the examples as they are, in both languages."""

import gzip
import json

from function_support import lines
from source_support import JAVASCRIPT, PYTHON, event, example, good, make
from support import equal

QUAKES = [line for line in lines() if b'"place":"' in line][:4]


def packed(kind, group, *messages):
    """A record of a subscription, as CloudWatch Logs packs it."""
    said = [{"id": str(at), "timestamp": 1_545_084_650_987, "message": text} for at, text in enumerate(messages)]
    batch = {"messageType": kind, "owner": "1", "logGroup": group, "logStream": "s", "logEvents": said}
    return gzip.compress(json.dumps(batch).encode())


def window(records, state, is_final):
    about = {"start": "2020-07-30T17:00:00Z", "end": "2020-07-30T17:05:00Z"}
    return event(*records) | {
        "window": about,
        "state": state,
        "shardId": "shardId-000000000000",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
        "isFinalInvokeForWindow": is_final,
        "isWindowTerminatedEarly": False,
    }


for language, runtime, ending in (("javascript", JAVASCRIPT, "mjs"), ("python", PYTHON, "py")):
    name = f"logs-{language}"
    make(name, example(f"{language}/logs.{ending}"), runtime, Handler="logs.handler")
    given = event(packed("CONTROL_MESSAGE", "c", "x"), packed("DATA_MESSAGE", "a", "über", "2"), packed("DATA_MESSAGE", "b", "3"))
    answer, tail = good(name, given)
    equal(answer, {"groups": {"a": 2, "b": 1}})
    assert "a/s 2018-12-17T22:10:50.987" in tail and "über" in tail and " x" not in tail, tail

    name = f"window-{language}"
    make(name, example(f"{language}/window.{'js' if ending == 'mjs' else ending}"), runtime, Handler="window.handler")
    first, tail = good(name, window(QUAKES, {}, False))
    equal(sum(first["state"].values()), len(QUAKES))
    assert "from 2020" not in tail, tail
    last, tail = good(name, window([], first["state"], True))
    equal(last, first)
    assert "from 2020-07-30T17:00:00Z to 2020-07-30T17:05:00Z" in tail, tail
