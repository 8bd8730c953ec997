"""A server without interpreters says what is missing, and runs components all the same."""

from source_support import JAVASCRIPT, PYTHON, lambda_, make
from support import equal, refused

for runtime, language, files in (
    (JAVASCRIPT, "JavaScript", {"index.js": "exports.handler = async () => 1"}),
    (PYTHON, "Python", {"app.py": "def handler(event, context): return 1"}),
):
    with refused("InvalidParameterValueException", contains=f"no interpreter for {language}"):
        make("f", files, runtime)
    with refused("InvalidParameterValueException", contains="guests/interpreters/build.sh"):
        make("f", files, runtime)
equal(lambda_.list_functions()["Functions"], [])
