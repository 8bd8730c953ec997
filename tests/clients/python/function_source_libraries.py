"""What the languages bring along: JavaScript's against Node's own answers, Python's modules one by one."""

import json
import os

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
