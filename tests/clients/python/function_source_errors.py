"""Functions in source code that fail: in Lambda's words, for Invoke and in the log."""

import time

from source_support import JAVASCRIPT, PYTHON, bad, good, lambda_, make
from support import equal


def fails(number, files, runtime, kind, message, **more):
    name = f"f{number}"
    make(name, files, runtime, **more)
    told, tail = bad(name, {})
    equal(told["errorType"], kind, f"kind of failure ({told})")
    assert message in told["errorMessage"], told
    return told, tail


js = lambda text: {"index.js": text}
mjs = lambda text: {"index.mjs": text}
py = lambda text: {"app.py": text}
handler = "exports.handler = async () => { %s }"

cases = [
    (js(handler % "throw new TypeError('boom')"), JAVASCRIPT, "TypeError", "boom"),
    (js(handler % "throw 'a string'"), JAVASCRIPT, "string", "a string"),
    (js("class Own extends Error { name = 'Own' }; exports.handler = () => { throw new Own('x') }"), JAVASCRIPT, "Own", "x"),
    (js("exports.handler = (e, c, done) => done(new RangeError('late'))"), JAVASCRIPT, "RangeError", "late"),
    (js("exports.handler = (e, c, done) => { setTimeout(() => { throw new Error('lost') }, 1) }"), JAVASCRIPT, "Error", "lost"),
    (js(handler % "Promise.reject(new Error('floats')); await new Promise(r => setTimeout(r, 5))"), JAVASCRIPT, "Runtime.UnhandledPromiseRejection", "Error: floats"),
    (js(handler % "await new Promise(() => {})"), JAVASCRIPT, "Runtime.NodeJsExit", "not settled"),
    (js(handler % "const f = () => f() + 1; f()"), JAVASCRIPT, "RangeError", "call stack"),
    (js(handler % "const a = []; for (;;) a.push('x'.repeat(3e4) + a.length)"), JAVASCRIPT, "InternalError", "out of memory"),
    (js(handler % "process.exit(3)"), JAVASCRIPT, "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    (js(handler % "await fetch('http://example.com')"), JAVASCRIPT, "TypeError", "no network"),
    (js("exports.handler = async ( => {"), JAVASCRIPT, "Runtime.UserCodeSyntaxError", "SyntaxError: "),
    (mjs("export const handler = async ( => {"), JAVASCRIPT, "Runtime.UserCodeSyntaxError", "SyntaxError: "),
    (js("exports.other = 1"), JAVASCRIPT, "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
    (js("exports.handler = 1"), JAVASCRIPT, "Runtime.HandlerNotFound", "index.handler is not a function"),
    ({"main.js": ""}, JAVASCRIPT, "Runtime.ImportModuleError", "Error: Cannot find module 'index'\nRequire stack:\n- /var/runtime/index.mjs"),
    (js("require('left-pad')"), JAVASCRIPT, "Runtime.ImportModuleError", "Error: Cannot find module 'left-pad'\nRequire stack:\n- /var/task/index.js"),
    (mjs("import x from 'left-pad'; export const handler = x"), JAVASCRIPT, "Runtime.ImportModuleError", "Cannot find package 'left-pad' imported from /var/task/index.mjs"),
    (js("const name = 'aws' + '-sdk'; require(name)"), JAVASCRIPT, "Runtime.ImportModuleError", "would reach no network"),
    (js("require('https'); exports.handler = () => 1"), JAVASCRIPT, "Error", "no network"),
    ({"index.js": "exports.handler = require('./it.mjs')", "it.mjs": "export default await 1"}, JAVASCRIPT, "Error", "require() cannot be used on an ESM graph with top-level await"),
    (js(handler % "require('stream').Readable.from(['x']).pipe(new (require('stream').Transform)({ transform: (c, e, done) => done(new Error('bad chunk')) })); await new Promise(r => setTimeout(r, 50))"), JAVASCRIPT, "Error", "bad chunk"),
    (py("def handler(event, context):\n    raise ValueError('bad é')"), PYTHON, "ValueError", "bad é"),
    (py("import sys\ndef handler(event, context):\n    sys.exit(2)"), PYTHON, "Runtime.ExitError", "exit status 2"),
    (py("def handler(event, context):\n    def f(): return f()\n    f()"), PYTHON, "RecursionError", "recursion"),
    (py("def handler(event, context):\n    a = []\n    while True: a.append('x' * 100000)"), PYTHON, "MemoryError", ""),
    (py("def handler(event, context):\n    return {1}"), PYTHON, "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable"),
    (py("def handler(event, context):\n   return ("), PYTHON, "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': "),
    (py("other = 1"), PYTHON, "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
    ({"main.py": ""}, PYTHON, "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'app'"),
    (py("import requests"), PYTHON, "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'requests'"),
    (py("1/0"), PYTHON, "ZeroDivisionError", "division by zero"),
]
for number, (files, runtime, kind, message) in enumerate(cases):
    told, tail = fails(number, files, runtime, kind, message, Timeout=120)
    keys = {"errorType", "errorMessage", "trace"} if runtime is JAVASCRIPT else {"errorType", "errorMessage", "stackTrace", "requestId"}
    equal(set(told), keys)
    mark = '"errorType":' if runtime is JAVASCRIPT else "[ERROR] "
    assert mark in tail and tail.count("ERROR") == 1, tail

# Where it failed, by the file's own lines.
told, tail = fails("trace", js("function inner() {\n  null.x;\n}\nexports.handler = async () => {\n  inner();\n};"), JAVASCRIPT, "TypeError", "null")
assert told["trace"][0].startswith("TypeError: "), told
assert "inner (/var/task/index.js:2:" in told["trace"][1] and "/var/task/index.js:5:" in told["trace"][2], told
assert "\tERROR\tInvoke Error \t{" in tail, tail
told, _ = fails("traceback", py("def inner():\n    raise KeyError('k')\n\ndef handler(event, context):\n    inner()"), PYTHON, "KeyError", "'k'")
equal([entry.splitlines()[0] for entry in told["stackTrace"]], ['  File "/var/task/app.py", line 5, in handler', '  File "/var/task/app.py", line 2, in inner'])
assert "raise KeyError('k')" in told["stackTrace"][1], told

# Time: of the host's none is slept away, and what never ends is ended.
for name, files, runtime in (
    ("loop", js(handler % "for (;;);"), JAVASCRIPT),
    ("sleep", js(handler % "await new Promise((r) => setTimeout(r, 100000))"), JAVASCRIPT),
    ("loop-py", py("def handler(event, context):\n    while True: pass"), PYTHON),
    ("sleep-py", py("import time\ndef handler(event, context):\n    time.sleep(100)"), PYTHON),
):
    told, _ = fails(name, files, runtime, "Sandbox.Timedout", "Task timed out after 1.00 seconds", Timeout=1)
    equal(set(told), {"errorType", "errorMessage"})

# An instance is used again, keeps what its module has, and times are those of the function.
make("warm", js("let calls = 0; exports.handler = async () => { const t = Date.now(); await new Promise((r) => setTimeout(r, 700)); return [++calls, Date.now() - t]; }"), JAVASCRIPT)
begin = time.monotonic()
seen = [good("warm")[0] for _ in range(5)]
assert time.monotonic() - begin < 3, "sleeping takes no time"
assert seen[-1][0] > 1 and all(700 <= slept < 1500 for _, slept in seen), seen
lambda_.update_function_configuration(FunctionName="warm", Environment={"Variables": {"CHANGED": "1"}})
equal(good("warm")[0][0], 1)
