"""What the languages bring along: JavaScript's against Node's own answers, Python's modules one by one."""

import base64
import gzip
import json
import os
import zlib

from function_support import zipped
from source_support import JAVASCRIPT, PYTHON, bad, good, make
from support import equal

FOLDER = os.environ["LIBRARIES"]


def text(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


with open(os.environ["EXPECTED"], encoding="utf-8") as file:
    expected = json.load(file)
make("lib-js", {"libraries.cjs": text("libraries.cjs")}, JAVASCRIPT, Handler="libraries.handler", Timeout=30)
seen, _ = good("lib-js")
equal(set(seen), set(expected))
wrong = {name: (seen[name], expected[name]) for name in expected if seen[name] != expected[name]}
assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)

# Modules of all kinds, from all kinds of places.
make("lib-modules", {
    "index.mjs": (
        'import fallback, { one } from "./lib/one.cjs";\nimport data from "./data.json" with { type: "json" };\n'
        'import deep, { named } from "pack/deep";\nimport main from "@scope/pack";\nimport { createRequire } from "node:module";\n'
        'const top = await Promise.resolve("awaited");\nconst require = createRequire(import.meta.url);\n'
        "export const handler = async () => ({ one, all: Object.keys(fallback), data, deep, named, main, top,\n"
        '  url: import.meta.url, json: require("./data.json").k, later: (await import("./lib/later.mjs")).default });\n'
    ),
    "lib/one.cjs": 'exports.one = require("./two").two - 1; exports.here = __dirname;',
    "lib/two.js": "// no end of line, and a comment\nmodule.exports = { two: 2 } // here",
    "lib/later.mjs": "export default 'later'",
    "data.json": '{"k": [1]}',
    "node_modules/pack/package.json": '{"exports": {"./deep": {"import": "./esm.mjs", "require": "./cjs.js"}}}',
    "node_modules/pack/esm.mjs": "export default 'esm'; export const named = 'named';",
    "node_modules/pack/cjs.js": "module.exports = 'cjs'",
    "node_modules/@scope/pack/package.json": '{"main": "lib"}',
    "node_modules/@scope/pack/lib/index.js": 'module.exports = require("pack/deep")',
}, JAVASCRIPT)
equal(good("lib-modules")[0], {
    "one": 1, "all": ["one", "here"], "data": {"k": [1]}, "deep": "esm", "named": "named", "main": "cjs", "top": "awaited",
    "url": "file:///var/task/index.mjs", "json": [1], "later": "later",
})

# What is packed here is read elsewhere, also what no packer makes smaller, and more of it than a window has.
make("lib-packed", {
    "index.mjs": (
        'import zlib from "node:zlib";\nimport { promisify } from "node:util";\n'
        "export const handler = async ({ data, level, twice }) => {\n"
        '  let bytes = Buffer.from(data, "base64");\n  for (let at = 0; at < (twice ?? 0); at++) bytes = Buffer.concat([bytes, bytes]);\n'
        '  const ways = ["gzip", "deflate", "deflateRaw"].map((name) => promisify(zlib[name])(bytes, { level }));\n'
        '  return (await Promise.all(ways)).map((it) => it.toString("base64"));\n};\n'
    ),
}, JAVASCRIPT, Timeout=60, MemorySize=512)
noise = os.urandom(150_000)
for data, level, twice in [
    (b"", -1, 0), (b"x", 6, 0), (b"abc", 0, 0), (noise, 6, 0), (noise, 0, 0), (noise[:40_000], 1, 3), (b"ab" * 500, 9, 10), (json.dumps(expected).encode(), 6, 1),
]:
    event = {"data": base64.b64encode(data).decode(), "level": level, "twice": twice}
    made = [base64.b64decode(it) for it in good("lib-packed", event)[0]]
    data *= 2 ** twice
    assert [gzip.decompress(made[0]), zlib.decompress(made[1]), zlib.decompress(made[2], -15)] == [data] * 3, (len(data), level)
    assert len(made[0]) <= len(data) * 1.01 + 40, (len(data), level, len(made[0]))

# Also where calls are as deep as they can be.
make("lib-packed-deep", {
    "index.js": (
        'const zlib = require("zlib");\nconst text = "x".repeat(1000);\nzlib.gzipSync(text);\n'
        "const deep = () => { try { return deep(); } catch { return zlib.gunzipSync(zlib.gzipSync(text)).length; } };\n"
        "exports.handler = async () => deep();\n"
    ),
}, JAVASCRIPT)
equal(good("lib-packed-deep")[0], 1000)

# ES modules can be required as long as nothing in them waits; to CommonJS they look as on Node.js.
make("lib-required", {
    "index.js": (
        'const whole = require("./whole.mjs");\nconst named = require("./lib");\nconst own = require("./own.mjs");\n'
        "const of = (name) => { try { return require(name); } catch (error) { return [error.name, error.code ?? null, error.message.split('.')[0]]; } };\n"
        "const later = (name) => import(name).then((it) => it.default, (error) => error.code);\n"
        "exports.handler = async () => ({\n"
        "  whole: [whole.default, whole.__esModule, whole.count, whole.add(), whole.count], named: [Object.keys(named), named.__esModule ?? null], own,\n"
        '  same: [require("./whole.mjs") === whole, (await import("./whole.mjs")).count, (await import("./lib/index.js")) === named],\n'
        '  waits: [of("./waits.mjs"), of("./deep.mjs")], throws: [of("./throws.mjs"), of("./throws.mjs")], cycle: of("./cycle.mjs"),\n'
        '  cycles: [await later("./around.mjs"), await later("./first.mjs")],\n'
        '  later: (await import("./waits.mjs")).default, wrong: of("./wrong.mjs")[0], missing: of("./missing.mjs"),\n'
        "});\n"
    ),
    "whole.mjs": 'import { two } from "./lib/two.cjs";\nexport default "whole";\nexport let count = two;\nexport const add = () => ++count;\n',
    "lib/package.json": '{"type": "module"}', "lib/index.js": 'export { one } from "./one.js";', "lib/one.js": "export const one = 1;", "lib/two.cjs": "exports.two = 2;",
    "own.mjs": 'export default 1;\nconst own = "own";\nexport { own as "module.exports" };',
    "waits.mjs": "export default await Promise.resolve('waited');", "deep.mjs": 'import it from "./waits.mjs";\nexport default it;',
    "throws.mjs": "throw new RangeError('thrown. here');", "wrong.mjs": "export default (;", "missing.mjs": 'import "./nowhere.mjs";',
    "cycle.mjs": 'import "./back.cjs";\nexport default 1;', "back.cjs": 'require("./cycle.mjs");',
    "around.mjs": 'import "./around.cjs";\nexport default 1;', "around.cjs": 'require("./around.mjs");',
    "first.mjs": 'import { createRequire } from "module";\nexport default "own";\ncreateRequire(import.meta.url)("./second.mjs");', "second.mjs": 'import "./first.mjs";',
}, JAVASCRIPT)
equal(good("lib-required")[0], {
    "whole": ["whole", True, 2, 3, 3], "named": [["one"], None], "own": "own", "same": [True, 3, True],
    "waits": [["Error", "ERR_REQUIRE_ASYNC_MODULE", "require() cannot be used on an ESM graph with top-level await"]] * 2,
    "throws": [["RangeError", None, "thrown"]] * 2,
    "cycle": ["Error", "ERR_REQUIRE_CYCLE_MODULE", "Cannot require() ES Module /var/task/cycle"],
    "cycles": ["ERR_REQUIRE_CYCLE_MODULE"] * 2,
    "later": "waited", "wrong": "SyntaxError", "missing": ["Error", "ERR_MODULE_NOT_FOUND", "Cannot find module '"],
})

make("lib-modules-py", {
    "app/main.py": (
        "import json, os\nfrom . import near\nfrom lib.far import FAR\nimport spaces.inside\n"
        "def handler(event, context):\n    with open('data/d.txt', encoding='utf-8') as file:\n"
        "        return [near.NEAR, FAR, spaces.inside.HERE, file.read(), near.__file__, os.environ['AWS_REGION'], os.environ['OWN']]\n"
    ),
    "app/near.py": "NEAR = 1", "lib/__init__.py": "", "lib/far.py": "FAR = 'f\u00e4r'", "spaces/inside.py": "HERE = 3",
    "data/d.txt": "t\u00e9xt",
}, PYTHON, Handler="app/main.handler", Environment={"Variables": {"OWN": "o"}})
equal(good("lib-modules-py")[0], [1, "f\u00e4r", 3, "t\u00e9xt", "/var/task/app/near.py", "us-east-1", "o"])

# Each module of the list can be imported and is not only a name.
listed = text("../../../guests/interpreters/python/_shardmill/standard.py").split('"""')[3].split()
assert len(listed) > 120
make("lib-standard", {
    "app.py": "import importlib\ndef handler(event, context):\n    return [len(dir(importlib.import_module(name))) for name in event]",
}, PYTHON, Timeout=30)
sizes, _ = good("lib-standard", listed)
assert all(size > 5 for size in sizes), dict(zip(listed, sizes))
make("lib-work", {"app.py": text("libraries.py")}, PYTHON, Timeout=30)
seen, _ = good("lib-work")
here = {}
exec(compile(text("libraries.py"), "libraries.py", "exec"), here)
equal(seen, json.loads(json.dumps(here["handler"]({}, None))))
make("lib-sqlite", {"app.py": "import sqlite3"}, PYTHON)
told, _ = bad("lib-sqlite")
assert "not part of this interpreter" in told["errorMessage"], told
