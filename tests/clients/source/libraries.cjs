// What JavaScript's surroundings say: run on Node.js and on the interpreter, which must agree.
"use strict";

const assert = require("node:assert");
const crypto = require("crypto");
const events = require("events");
const path = require("path");
const querystring = require("querystring");
const stream = require("node:stream");
const util = require("node:util");
const zlib = require("zlib");
const { StringDecoder } = require("string_decoder");

/** A value, or the kind and code of what it throws. */
function of(work) {
  try {
    return work();
  } catch (error) {
    return [error.name, error.code ?? null];
  }
}

const URLS = [
  "http://example.com", "https://user:p%40ss@Example.COM:8443/a/./b/../c%20d?q=1&r=%20#frag", "HTTP://EXAMPLE.com:80/", "https://example.com:443",
  "ftp://ftp.example.com/file.txt", "file:///etc/passwd", "file:/a/../b", "mailto:a@b.example", "data:text/plain,hello world", "urn:isbn:12",
  "http://[::1]:3000/x", "http://[2001:db8:0:0:1:0:0:1]/", "http://192.168.0.1/", "http://0x7f.1/", "http://256.1.1.1/", "http://a b/", "http://",
  "example.com", "", "http:example.com", "http://example.com\\a\\b", "https://münchen.example/straße?ä=ö#ü", "http://例え.テスト/", "ws://h/p?x#y",
  "s3://bucket/key/../other", "http://h/%7Efoo/../%zz?'\"<>", "http://h:99999/", "http://h:/", "http://u@h/", "http://h?x", "//h/p", "http://h/a//b///c",
  " http://h/x\n", "javascript:alert(1)", "arn:aws:kinesis:us-east-1:1:stream/s", "http://h/a/b/..", "http://h/..//x", "http://h/%2e%2E/x",
];
const RELATIVE = ["", "x", "./x", "../x", "/x", "//other/x", "?q", "#f", "https://z/", "x/../../..", "a?b#c", "http:x", "..", "."];

function url(text, base) {
  return of(() => {
    const it = new URL(text, base);
    const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = it;
    return [href, origin, protocol, username, password, host, hostname, port, pathname, search, hash, [...it.searchParams]];
  });
}

function urls() {
  const it = new URL("https://example.com/a?x=1&y=2");
  it.searchParams.append("z", "ä &=+");
  it.searchParams.set("x", "new");
  it.searchParams.delete("y");
  it.pathname = "/b c/ä?";
  it.hash = "h i";
  it.host = "other.example:8080";
  it.username = "u:s";
  const params = new URLSearchParams("a=1&b=2&a=3&c=%zz&d+e=f+g&=h&i");
  const sorted = new URLSearchParams([["z", "1"], ["a", "2"], ["z", "0"]]);
  sorted.sort();
  return {
    urls: URLS.map((text) => url(text)),
    relative: RELATIVE.map((text) => url(text, "http://h:81/p/q/r?s#t")),
    changed: it.href,
    params: [params.getAll("a"), params.get("nothing"), params.has("b"), [...params], params.toString(), params.size],
    sorted: sorted.toString(),
    object: new URLSearchParams({ a: "1 2", b: "~!'()*-._" }).toString(),
    can: [URL.canParse("x:y"), URL.canParse("nope"), JSON.stringify({ url: new URL("http://a") })],
    query: [querystring.parse("a=1&a=2&b=%20+c&d"), querystring.stringify({ a: [1, "x y"], b: true, c: null })],
    paths: [require("url").fileURLToPath("file:///a%20b/c"), require("url").pathToFileURL("/a b/c#d").href],
  };
}

function buffers() {
  const texts = ["", "a", "héllo wörld", "日本語 😀", "\ud800 alone", "\u0000\u00ff"];
  const encodings = ["utf8", "utf-8", "hex", "base64", "base64url", "latin1", "binary", "ascii", "utf16le", "ucs2"];
  const bytes = Buffer.from([0, 1, 127, 128, 200, 255, 0xc3, 0x28, 0xf0, 0x9f, 0x98, 0x80, 0xe2, 0x82]);
  const numbers = Buffer.alloc(32);
  numbers.writeUInt32BE(0xdeadbeef, 0);
  numbers.writeInt16LE(-2, 4);
  numbers.writeDoubleBE(Math.PI, 8);
  numbers.writeBigUInt64LE(123456789012345678n, 16);
  numbers.writeUIntBE(0x123456, 24, 3);
  return {
    encoded: texts.map((text) => encodings.map((name) => Buffer.from(text, "utf8").toString(name))),
    decoded: encodings.map((name) => of(() => Buffer.from("aGk=-_/+ 616z4g", name).toString("hex"))),
    bytes: encodings.map((name) => bytes.toString(name)),
    slices: [bytes.slice(2, 5), bytes.subarray(-3), bytes.toString("hex", 1, 3), bytes.toString("utf8", 8)].map(String),
    json: JSON.stringify(Buffer.from("hi")),
    numbers: numbers.toString("hex"),
    read: [numbers.readUInt32BE(0), numbers.readInt16LE(4), numbers.readDoubleBE(8), String(numbers.readBigUInt64LE(16)), numbers.readUIntBE(24, 3),
      numbers.readUint8(3), of(() => numbers.readUInt32LE(30))],
    concat: Buffer.concat([Buffer.from("ab"), Buffer.from("cd")], 3).toString(),
    compare: [Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.from("a").equals(Buffer.from("a")), Buffer.from("abc").indexOf("c"),
      Buffer.from("abcabc").lastIndexOf("b"), Buffer.from("abc").includes("bc"), Buffer.from("abc").indexOf(Buffer.from("z"))],
    fill: [Buffer.alloc(5, "ab").toString(), Buffer.alloc(3, 7).toString("hex"), Buffer.from("abcdef").fill("x", 2, 4).toString()],
    write: (() => { const b = Buffer.alloc(6); return [b.write("é!", 1), b.toString("hex"), b.copy(Buffer.alloc(3), 0, 1)]; })(),
    lengths: [Buffer.byteLength("é"), Buffer.byteLength("aGk=", "base64"), Buffer.isBuffer(bytes), Buffer.isBuffer(new Uint8Array(1)), Buffer.isEncoding("HEX"), Buffer.isEncoding("x")],
    from: [Buffer.from([257, -1, 3.7]), Buffer.from(new Uint16Array([1, 256])), Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1), Buffer.from(JSON.parse(JSON.stringify(Buffer.from("x"))))].map((it) => it.toString("hex")),
    wrong: [of(() => Buffer.from(5)), of(() => Buffer.alloc(-1)), of(() => Buffer.from("a", "nope")), of(() => Buffer.from(null))],
    web: [atob("aGk="), btoa("hi"), of(() => atob("a")), of(() => btoa("日"))],
    text: [new TextDecoder().decode(bytes), of(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)), [...new TextEncoder().encode("é😀")],
      new TextDecoder("latin1").encoding, of(() => new TextDecoder("nope")), new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 65]))],
    stream: (() => { const d = new TextDecoder(); return [d.decode(new Uint8Array([0xf0, 0x9f]), { stream: true }), d.decode(new Uint8Array([0x98, 0x80]), { stream: true }), d.decode()]; })(),
    decoder: (() => { const d = new StringDecoder("utf8"); return [d.write(Buffer.from([0xe2, 0x82])), d.write(Buffer.from([0xac])), d.end()]; })(),
  };
}

function shown() {
  class Point {
    constructor() {
      this.x = 1;
    }
  }
  const circular = { name: "c" };
  circular.self = [1];
  const values = [
    1, -0, 1n, "text", "it's", 'both "\' of them', "line\nend", true, null, undefined, Symbol("s"), [], {}, [1, "a", [2, [3, [4]]]], { a: { b: { c: { d: 1 } } } },
    { "a-b": 1, c: undefined, [Symbol("k")]: 2 }, new Point(), new (class {})(), new Map([["k", { v: 1 }]]), new Set([1, "b"]), new Date(0), /re/g,
    function named() {}, () => {}, class A {}, Object.create(null), [undefined, null], Buffer.from("hello"), new Uint8Array([1, 2]), [1, , 3], Promise.resolve(5), new Promise(() => {}),
    { get a() { return 1; }, set b(value) {} }, new Number(3), new String("s"), { long: "x".repeat(60), other: "y".repeat(20) },
    { nested: { list: ["aaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccc"] } }, async () => {}, { f() {} },
  ];
  return {
    inspect: values.map((value) => util.inspect(value)),
    format: [
      util.format("%s is %d years, %i %f %j %% %o", "he", "42", "42.9", "1.5", { a: 1 }, 1), util.format("a", "b", { c: 1 }, [1, 2]), util.format(1, 2),
      util.format("%s", null), util.format("%s"), util.format("%d", 5n), util.format("100%"), util.format("%s %s", "one"), util.format("%O", { a: { b: { c: {} } } }),
      util.format("%s", { a: 1 }), util.format("%x", 1), util.format(""), util.format("%s", Symbol("q")),
    ],
    equal: [util.isDeepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), util.isDeepStrictEqual([1], [2]), util.isDeepStrictEqual(new Set([1]), new Set([1]))],
    depth: util.inspect({ a: { b: { c: { d: 1 } } } }, { depth: null }),
    types: [util.types.isDate(new Date()), util.types.isPromise(Promise.resolve()), util.types.isNativeError(new TypeError())],
  };
}

async function others() {
  const order = [];
  const emitter = new events();
  emitter.once("a", (value) => order.push(`once ${value}`));
  emitter.on("a", (value) => order.push(`on ${value}`));
  emitter.prependListener("a", () => order.push("first"));
  order.push(emitter.emit("a", 1), emitter.emit("a", 2), emitter.emit("b"), emitter.listenerCount("a"));
  order.push(of(() => emitter.emit("error", new RangeError("x"))));
  const queue = [];
  // Timers count from when Node.js last looked at the clock, which may be long ago.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => {
    setTimeout(() => { queue.push("timeout"); resolve(); }, 20);
    setImmediate(() => queue.push("immediate"));
    Promise.resolve().then(() => queue.push("promise"));
    queueMicrotask(() => queue.push("microtask"));
    queue.push("sync");
  });
  const cleared = setTimeout(() => queue.push("never"), 1);
  clearTimeout(cleared);
  await new Promise((resolve) => setTimeout(resolve, 10, "x")).then((value) => queue.push(value));
  const controller = new AbortController();
  controller.signal.addEventListener("abort", () => queue.push("aborted"));
  controller.abort();
  const clone = structuredClone({ d: new Date(5), m: new Map([[1, { a: [1] }]]), s: new Set([1]), u: undefined });
  return {
    order,
    queue,
    promisify: await util.promisify((a, callback) => callback(null, a + 1))(1),
    sleep: await require("timers/promises").setTimeout(1, "slept"),
    clone: [clone.d.getTime(), clone.m.get(1), [...clone.s], "u" in clone, of(() => structuredClone(() => 1))],
    abort: [controller.signal.aborted, controller.signal.reason.name, of(() => controller.signal.throwIfAborted())],
    paths: [
      path.join("/a", "../b", "./c/"), path.resolve("/x", "y", "..", "z"), path.dirname("/a/b/c.txt"), path.basename("/a/b.txt", ".txt"), path.extname("a.b.c"),
      path.extname(".env"), path.relative("/a/b/c", "/a/d"), path.parse("/home/f.txt"), path.format({ dir: "/x", name: "f", ext: ".t" }), path.normalize("a//b/../c/."),
      path.isAbsolute("a"), path.join(), path.dirname("a"), of(() => path.join(1)),
    ],
    assert: [of(() => assert.equal(1, 2)), of(() => assert.deepStrictEqual({ a: 1 }, { a: 1 })) ?? "same", of(() => assert.ok(0)), of(() => assert.throws(() => {})), of(() => assert(false))],
    error: (() => { class Own extends Error {} const e = new Own("m", { cause: 1 }); return [e.name, String(e), e.stack.split("\n")[0], e instanceof Own, e.cause]; })(),
    language: [[3, 1, 2].toSorted(), "a-b".replaceAll("-", "+"), [1, [2, [3]]].flat(2), "x".at(-1), 0.1 + 0.2,
      (1234.5).toFixed(2), (255).toString(16), new Date(Date.UTC(2026, 10, 27, 1, 2, 3)).toISOString(), new Date("2026-11-27").getTime(), JSON.stringify({ a: 1n === 1n, d: new Date(0) }, null, 1),
      /(?<y>\d{4})-(?<m>\d\d)/.exec("2026-11").groups.m, [..."a😀"].length, parseInt("12px", 10), Number("0x1f"), encodeURIComponent("ä /?")],
  };
}

function digests() {
  const data = ["", "abc", "x".repeat(200), Buffer.from([0, 255])];
  return {
    hashes: ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA256", "RSA-SHA256"].map((name) => data.map((it) => crypto.createHash(name).update(it).digest("hex"))),
    parts: crypto.createHash("sha256").update("a").update(Buffer.from("b")).update("63", "hex").digest("base64"),
    hmacs: ["md5", "sha1", "sha256", "sha512"].map((name) => ["key", "", "k".repeat(200)].map((key) => crypto.createHmac(name, key).update("message").digest("base64"))),
    buffer: crypto.createHash("md5").update("a").digest().toString("latin1").length,
    copy: (() => { const h = crypto.createHash("sha1").update("a"); const c = h.copy(); h.update("b"); return [h.digest("hex"), c.update("c").digest("hex")]; })(),
    wrong: [of(() => crypto.createHash("nope")), of(() => crypto.createHash("md5").update(1)), of(() => { const h = crypto.createHash("md5"); h.digest(); h.digest(); }), of(() => crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("ab")))],
    uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()) && crypto.randomUUID() !== globalThis.crypto.randomUUID(),
    random: [crypto.randomBytes(70000).length, crypto.getRandomValues(new Uint8Array(4)).length, crypto.randomInt(5) < 5, crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("a"))],
    unpacked: [
      zlib.gunzipSync(Buffer.from("H4sIAAAAAAAAA8tIzcnJVyjPL8pJAQCFEUoNCwAAAA==", "base64")).toString(), zlib.inflateSync(Buffer.from("eJzLSM3JyVcozy/KSQEAGgsEXQ==", "base64")).toString(),
      of(() => zlib.gunzipSync(Buffer.from("nonsense"))),
    ],
  };
}

/** Values of all kinds for packers: nothing, little, long runs, words, and what cannot be made smaller, across a window. */
function packable() {
  let seed = 1;
  const noise = Buffer.from(Array.from({ length: 100000 }, () => (seed = (seed * 48271) % 2147483647) & 255));
  const words = Array.from({ length: 20000 }, (_, at) => `${at % 7} word ${(at * at) % 1013}`).join(" ");
  return ["", "a", "abc".repeat(5), "x".repeat(300000), words, noise, Buffer.concat([noise, noise.subarray(0, 40000), noise])];
}

async function packed() {
  const all = packable();
  const ways = [["gzip", "gunzip"], ["deflate", "inflate"], ["deflateRaw", "inflateRaw"], ["gzip", "unzip"], ["deflate", "unzip"]];
  const same = (data, made) => Buffer.from(data).equals(made);
  const smaller = all.map((data) => zlib.gzipSync(data).length < data.length / 2);
  const through = async (data) => (await zlib.createGunzip().end(await zlib.createGzip().end(data).toArray().then(Buffer.concat)).toArray().then(Buffer.concat));
  return {
    same: ways.map(([pack, unpack]) => all.map((data) => same(data, zlib[`${unpack}Sync`](zlib[`${pack}Sync`](data))))),
    levels: [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((level) => all.map((data) => same(data, zlib.inflateSync(zlib.deflateSync(data, { level }))))),
    stored: zlib.deflateRawSync("abc", { level: 0 }).toString("hex"),
    head: [zlib.gzipSync("a").subarray(0, 4).toString("hex"), zlib.deflateSync("a").subarray(0, 2).toString("hex")],
    smaller,
    called: await new Promise((resolve) => zlib.gzip("abc", (error, made) => resolve([error, zlib.gunzipSync(made).toString()]))),
    level: await new Promise((resolve) => zlib.deflate("abc", { level: 9 }, (error, made) => resolve([error, zlib.inflateSync(made).toString()]))),
    promised: (await util.promisify(zlib.gunzip)(await util.promisify(zlib.gzip)(Buffer.from("promised")))).toString(),
    views: [zlib.gunzipSync(zlib.gzipSync(new Uint16Array([1, 2]))).toString("hex"), zlib.gunzipSync(zlib.gzipSync(new Uint8Array([7, 8, 9]).subarray(1))).toString("hex")],
    wrong: [of(() => zlib.gzipSync("a", { level: 10 })), of(() => zlib.gzipSync("a", { level: "1" })), of(() => zlib.gzipSync(5)), of(() => zlib.gzip("a")),
      of(() => zlib.gzipSync("abc".repeat(9), { maxOutputLength: 5 })),
      await util.promisify(zlib.gunzip)(Buffer.from("nonsense")).catch((error) => [error.name, error.code])],
    streams: [same("through", await through("through")), same(all[4], await through(all[4])), zlib.createGzip() instanceof stream.Transform],
    failed: await stream.promises.pipeline(stream.Readable.from([Buffer.from("nonsense")]), zlib.createGunzip(), new stream.PassThrough()).catch((error) => error.code),
  };
}

/** A Transform of text, and a Writable that collects. */
const upper = () => new stream.Transform({ transform: (chunk, _, done) => done(null, chunk.toString().toUpperCase()), flush(done) { this.push("."); done(); } });
function into(list, more) {
  return new stream.Writable({ write: (chunk, _, done) => { list.push(String(chunk)); done(); }, ...more });
}

/** What is seen of a stream's life until it closes. */
function life(it, names = ["pause", "end", "finish", "prefinish", "error", "close", "pipe", "unpipe"]) {
  const seen = [];
  for (const name of names) it.on(name, (value) => seen.push(value instanceof Error ? `${name} ${value.code ?? value.message}` : name));
  return new Promise((resolve) => it.on("close", () => setImmediate(() => resolve(seen))));
}

const collected = async (it) => { const all = []; for await (const chunk of it) all.push(chunk); return all; };
const code = (promise) => promise.then((value) => value ?? "fine", (error) => error.code ?? error.message);

async function readables() {
  const counter = (to, options) => { let at = 0; return new stream.Readable({ read() { this.push(at < to ? `${at++},` : null); }, ...options }); };
  const objects = stream.Readable.from([1, "two", { three: 3 }, [4]]);
  const paused = counter(3);
  const amounts = new stream.Readable({ read() {} });
  amounts.push("abcdef");
  amounts.push("ghi");
  amounts.push(null);
  const readable = counter(4);
  const pieces = [];
  readable.on("readable", () => { for (let chunk; (chunk = readable.read()) !== null;) pieces.push(String(chunk)); });
  await stream.promises.finished(readable);
  const pushed = [];
  const pushes = new stream.Readable({ highWaterMark: 4, read() {} });
  pushed.push(pushes.push("ab"), pushes.push("cd"), pushes.readableLength, pushes.readableFlowing);
  const broken = new stream.Readable({ read() { throw new RangeError("broken"); } });
  const early = stream.Readable.from([1, 2, 3]);
  for await (const one of early) if (one === 2) break;
  async function* failing() { yield 1; throw new Error("failing"); }
  const flowing = counter(3, { encoding: "utf8" });
  const told = life(flowing);
  const data = [];
  flowing.on("data", (chunk) => data.push(chunk));
  return {
    objects: await collected(objects), text: await collected(stream.Readable.from("text")), async: await collected(stream.Readable.from((async function* () { yield 1; yield 2; })())),
    bytes: Buffer.concat(await collected(counter(5))).toString(), flowing: [await told, data, flowing.destroyed, flowing.readableEnded],
    paused: [paused.readableFlowing, paused.pause().isPaused(), paused.readableFlowing, paused.resume().readableFlowing],
    amounts: [amounts.read(2), amounts.read(5), amounts.read(9), amounts.read()].map((it) => it && String(it)),
    pieces: pieces.join(""), pushed, broken: [await code(collected(broken)), broken.destroyed, broken.errored?.message], early: early.destroyed,
    failing: await code(collected(stream.Readable.from(failing()))),
    lists: [await stream.Readable.from([1, 2, 3, 4]).filter((it) => it % 2).map(async (it) => it * 10).toArray(), await stream.Readable.from([1, 2, 3]).reduce((a, b) => a + b, 0),
      await stream.Readable.from([1, 2, 3]).take(2).toArray(), await stream.Readable.from([1, 2]).some((it) => it === 2), await stream.Readable.from([[1], [2, 3]]).flatMap((it) => it).toArray()],
    after: await (async () => { const it = new stream.Readable({ read() {} }); const seen = life(it); it.push(null); it.push("late"); it.resume(); return seen; })(),
    encoded: await (async () => { const it = new stream.Readable({ read() {} }); it.setEncoding("utf8"); it.push(Buffer.from([0xe2, 0x82])); it.push(Buffer.from([0xac])); it.push(null); return collected(it); })(),
    types: [of(() => stream.Readable.from(5)), await code(collected(new stream.Readable({ read() { this.push(5); } })))],
  };
}

async function writables() {
  const list = [];
  const plain = into(list);
  const plainLife = life(plain);
  const answers = [plain.write("a"), plain.write(Buffer.from("b")), plain.write("63", "hex"), plain.writableLength];
  plain.end("d", () => list.push("ended"));
  const seen = await plainLife;
  const slow = [];
  const small = new stream.Writable({ highWaterMark: 3, write: (chunk, _, done) => setTimeout(() => { slow.push(String(chunk)); done(); }, 1) });
  const full = [small.write("ab"), small.write("cd"), small.writableNeedDrain];
  await events.once(small, "drain");
  full.push(small.writableNeedDrain, small.writableLength);
  small.end();
  await stream.promises.finished(small);
  const batches = [];
  const corked = new stream.Writable({ writev: (chunks, done) => { batches.push(chunks.map(({ chunk }) => String(chunk))); done(); } });
  corked.cork();
  for (const text of ["1", "2", "3"]) corked.write(text);
  corked.end("4");
  await stream.promises.finished(corked);
  const late = into([]);
  const lateLife = life(late);
  late.end();
  late.write("x", (error) => list.push(error.code));
  const failing = new stream.Writable({ write: (_chunk, _encoding, done) => done(new Error("full")) });
  const failingLife = life(failing);
  failing.write("x");
  failing.write("y", (error) => list.push(error.message));
  const final = into([], { final: (done) => setTimeout(() => { list.push("final"); done(); }, 1) });
  const finalLife = life(final);
  final.end("x");
  const destroyed = into([]);
  const destroyedLife = life(destroyed);
  destroyed.destroy(new Error("enough"));
  const result = { seen, answers, full, slow, batches, late: await lateLife, failing: await failingLife, final: await finalLife, destroyed: await destroyedLife };
  class Own extends stream.Writable {
    _write(chunk, encoding, done) { list.push(`own ${chunk} ${encoding}`); done(); }
  }
  const own = new Own({ decodeStrings: false });
  own.end("text");
  await stream.promises.finished(own);
  const objects = [];
  const ofObjects = new stream.Writable({ objectMode: true, write: (it, _, done) => { objects.push(it); done(); } });
  ofObjects.write({ a: 1 });
  ofObjects.end(5);
  await stream.promises.finished(ofObjects);
  const wrong = [of(() => into([]).write(null)), of(() => into([]).write(5)), await code(new Promise((_, no) => new stream.Writable().on("error", no).write("x")))];
  return { ...result, list, objects, wrong, kinds: [own instanceof stream, upper() instanceof stream.Writable, stream.Readable.from([]) instanceof stream.Writable] };
}

async function pipelines() {
  const { pipeline, finished } = stream.promises;
  const run = async (...stages) => { const list = []; return [await code(pipeline(...stages, into(list))), list.join("")]; };
  const called = await new Promise((resolve) => { const list = []; stream.pipeline(stream.Readable.from(["a", "b"]), upper(), into(list), (error) => resolve([error ?? null, list])); });
  async function* twice(source) { for await (const it of source) { yield it; yield it; } }
  const bad = () => new stream.Transform({ transform: (_chunk, _encoding, done) => done(new Error("bad")) });
  const source = stream.Readable.from(["x", "y"]);
  const failed = await run(source, bad());
  const piped = [];
  const pass = new stream.PassThrough();
  const pipedLife = life(pass);
  stream.Readable.from(["p", "q"]).pipe(pass).pipe(upper()).pipe(into(piped));
  const early = new stream.Readable({ read() {} });
  const waiting = code(finished(early));
  early.destroy();
  const large = new stream.Readable({ read() { this.push(this.at === 50 ? null : Buffer.alloc(10000, this.at = (this.at ?? 0) + 1)); } });
  const sums = [];
  let sum = 0;
  await pipeline(large, new stream.PassThrough({ highWaterMark: 1000 }), new stream.Writable({ highWaterMark: 5, write: (chunk, _, done) => { sum += chunk.length; setImmediate(done); } }));
  sums.push(sum);
  const controller = new AbortController();
  const aborted = code(pipeline(new stream.Readable({ read() {} }), into([]), { signal: controller.signal }));
  controller.abort();
  const duplex = new stream.Duplex({ read() { this.push("r"); this.push(null); }, write: (_chunk, _encoding, done) => done() });
  const duplexLife = life(duplex);
  duplex.end("w");
  duplex.resume();
  function Old() { stream.Transform.call(this, { objectMode: true }); }
  util.inherits(Old, stream.Transform);
  Old.prototype._transform = function (chunk, _encoding, done) { this.push({ chunk }); done(); };
  const old = new Old();
  old.write(1);
  old.end(2);
  return {
    called, simple: await run(stream.Readable.from(["a"]), upper()), generator: await run(["a", "b"], twice), bytes: await run(Buffer.from("hi"), upper()), failed, gone: source.destroyed,
    value: await pipeline(["a", "b"], async (it) => (await collected(it)).length), piped: [await pipedLife, piped], early: await waiting, sums, aborted: await aborted, duplex: await duplexLife, old: await collected(old),
    promisified: await code(util.promisify(stream.pipeline)(stream.Readable.from(["a"]), into([]))), thrown: await code(pipeline(["a"], async () => { throw new Error("thrown"); })),
    done: await code((async () => { const it = into([]); it.end(); await finished(it); return finished(it); })()), few: of(() => stream.pipeline(upper(), () => {})),
    names: [require("stream/promises").pipeline === stream.promises.pipeline, stream.Stream === stream, upper().constructor.name, new stream.PassThrough().constructor.name],
  };
}

exports.handler = async () => ({ urls: urls(), buffers: buffers(), shown: shown(), others: await others(), digests: digests(), packed: await packed(),
  readables: await readables(), writables: await writables(), pipelines: await pipelines() });
