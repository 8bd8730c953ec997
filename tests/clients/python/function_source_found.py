"""An interpreter that was put there meanwhile is found; the other one is still missing."""

from source_support import JAVASCRIPT, PYTHON, good, make
from support import equal, refused

make("js", {"index.js": "exports.handler = async (event) => event.n + 1"}, JAVASCRIPT)
equal(good("js", {"n": 41})[0], 42)
with refused("InvalidParameterValueException", contains="no interpreter for Python"):
    make("py", {"app.py": "def handler(event, context):\n    return event['n'] + 1"}, PYTHON)
