"""The interpreter of Python: runs the handler of a function's package, as AWS's runtime does.

It is imported once, when the component is built, and kept as it is then. What follows from the moment or from the function
is set in `load`.
"""

import sys

EARLY = frozenset(sys.modules)

import json
import logging
import os
import random
import time
import traceback
from decimal import Decimal
from importlib import import_module

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.lambda_ import Failure
from wit_world.imports import config, log

from . import standard
from .files import Package
from .output import LogHandler, Output

ROOT = "/var/task"

# What the interpreter needs itself, or AWS's runtime has imported before it looks for a handler: files of a package cannot
# take their places, as on AWS.
TAKEN = EARLY | {
    "_shardmill", "decimal", "importlib", "io", "json", "logging", "os", "random", "re", "string", "sys", "time",
    "traceback", "types", "typing", "warnings", "wit_world",
}

call = None
function = None


class Fault(Exception):
    """What the runtime itself says of a function, with a kind of Lambda's."""

    def __init__(self, kind, message, stack=()):
        super().__init__(message)
        self.kind = kind
        self.stack = list(stack)


class LambdaContext:
    """What a handler is told of its call besides the event."""

    def __init__(self, told):
        self.aws_request_id = told.request_id
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = told.function_name
        self.memory_limit_in_mb = str(told.memory_limit_mb)
        self.function_version = told.function_version
        self.invoked_function_arn = told.invoked_function_arn
        self.tenant_id = None
        self.client_context = None
        self.identity = None
        self._epoch_deadline_time_in_ms = told.deadline_ms

    def get_remaining_time_in_millis(self):
        """Milliseconds until the call is ended."""
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        """Writes a message as it is."""
        sys.stdout.write(str(message))

    def __repr__(self):
        told = [f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_")]
        return f"LambdaContext([{','.join(told)}])"


class Source(exports.Source):
    """Takes the package and imports the handler's module."""

    def load(self, files, handler):
        global function
        begin()
        package = Package(ROOT, {file.name: file.content for file in files})
        package.install(TAKEN)
        try:
            function = find(handler)
        except BaseException as error:
            raise Err(failure(error)) from None
        finally:
            sys.stdout.flush()


class Lambda(exports.Lambda):
    """Handles events."""

    def handle(self, event, context):
        global call
        call = context.request_id
        try:
            answer = function(json.loads(event), LambdaContext(context))
            return marshal(answer).encode()
        except BaseException as error:
            raise Err(failure(error)) from None
        finally:
            sys.stdout.flush()
            sys.stderr.flush()


def begin():
    """Sets what was another when the component was built."""
    os.environ.clear()
    os.environ.update(config.all())
    sys.path[:] = [ROOT]
    sys.argv[:] = [""]
    random.seed(int.from_bytes(os.urandom(32)))
    sys.stdout = Output(log.Level.INFO)
    sys.stderr = Output(log.Level.ERROR)
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    root = logging.getLogger()
    root.handlers[:] = [LogHandler(lambda: call)]
    root.setLevel(logging.WARNING)
    logging.lastResort = None


def find(handler):
    """The function that `folder/module.function` names."""
    try:
        module_name, name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {error}") from None
    try:
        if module_name.split(".")[0] in sys.builtin_module_names:
            raise Fault(
                "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
            )
        module = import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}{hint(error)}"
        ) from None
    except SyntaxError as error:
        place = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise Fault(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", [place]
        ) from None
    try:
        return getattr(module, name)
    except AttributeError:
        text = f"Handler '{name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", text) from None


def hint(error):
    """What to do about a module that is not there."""
    missing = (getattr(error, "name", None) or "").split(".")[0]
    if missing in ("boto3", "botocore"):
        return " (functions of this server have no network, and so no AWS SDK: records come with the event)"
    if missing in sys.stdlib_module_names and missing not in standard.MODULES:
        return " (this module of the standard library is not part of this interpreter)"
    return ""


def marshal(answer):
    """The answer as JSON."""
    try:
        return json.dumps(answer, ensure_ascii=False, default=plain)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def plain(value):
    """What JSON has no word for, but for numbers that AWS's own clients give."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def failure(error):
    """What is told of an error, which is written down as well."""
    if isinstance(error, Fault):
        kind, message, stack = error.kind, str(error), error.stack
    elif isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
        text = f"RequestId: {call} Error: Runtime exited with error: exit status {status}"
        kind, message, stack = "Runtime.ExitError", text, []
    else:
        kind, message = type(error).__name__, str(error)
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(ROOT)]
        stack = traceback.format_list(frames)
    lines = [f"[ERROR] {kind}: {message}" if message else f"[ERROR] {kind}"]
    if stack:
        lines.append("Traceback (most recent call last):")
    lines.extend(line for entry in stack for line in entry.splitlines())
    sys.stdout.flush()
    log.write(log.Level.ERROR, "\n".join(lines))
    return Failure(kind, message, stack, [])
