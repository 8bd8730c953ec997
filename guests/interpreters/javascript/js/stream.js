// stream: all of it, and what can be done with a Readable as with a list.
(function (module, builtin) {
  'use strict';

  const { Stream, addAbortSignal, HIGH_WATER_MARK, HIGH_WATER_MARK_OBJECTS } = builtin('stream_base');
  const { Readable } = builtin('stream_readable');
  const { Writable } = builtin('stream_writable');
  const { Duplex, Transform, PassThrough } = builtin('stream_duplex');
  const { finished, pipeline, promises, iterate, from } = builtin('stream_pipeline');

  for (const Kind of [Stream, Readable, Writable]) {
    Object.defineProperty(Kind.prototype, 'constructor', { value: Kind, writable: true, configurable: true });
  }
  Readable.from = from;
  Readable.prototype.iterator = function iterator(options) {
    return iterate(this, options);
  };
  Readable.prototype[Symbol.asyncIterator] = function asyncIterator() {
    return iterate(this);
  };
  for (const Kind of [Readable, Writable]) {
    Kind.prototype[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] = function dispose() {
      this.destroy();
      return promises.finished(this).catch(() => {});
    };
  }

  /** Those that give another stream. */
  const streams = {
    async *map(source, work) {
      for await (const it of source) yield await work(it);
    },
    async *filter(source, work) {
      for await (const it of source) if (await work(it)) yield it;
    },
    async *flatMap(source, work) {
      for await (const it of source) yield* await work(it);
    },
    async *take(source, count) {
      if (count <= 0) return;
      for await (const it of source) {
        yield it;
        if (--count <= 0) return;
      }
    },
    async *drop(source, count) {
      for await (const it of source) if (count-- <= 0) yield it;
    },
  };
  for (const [name, work] of Object.entries(streams)) {
    Readable.prototype[name] = function (given) {
      return from(work(this, given));
    };
  }

  /** Those that give a promise. */
  const results = {
    async toArray() {
      const all = [];
      for await (const it of this) all.push(it);
      return all;
    },
    async forEach(work) {
      for await (const it of this) await work(it);
    },
    async reduce(work, ...initial) {
      let hasValue = initial.length > 0;
      let value = initial[0];
      for await (const it of this) {
        value = hasValue ? await work(value, it) : it;
        hasValue = true;
      }
      if (!hasValue) throw Object.assign(new TypeError('Reduce of an empty stream requires an initial value'), { code: 'ERR_INVALID_ARG_TYPE' });
      return value;
    },
    async some(work) {
      for await (const it of this) if (await work(it)) return true;
      return false;
    },
    async every(work) {
      for await (const it of this) if (!(await work(it))) return false;
      return true;
    },
    async find(work) {
      for await (const it of this) if (await work(it)) return it;
      return undefined;
    },
  };
  Object.assign(Readable.prototype, results);

  module.exports = Object.assign(Stream, {
    Stream, Readable, Writable, Duplex, Transform, PassThrough, finished, pipeline, promises, addAbortSignal,
    getDefaultHighWaterMark: (isForObjects) => (isForObjects ? HIGH_WATER_MARK_OBJECTS : HIGH_WATER_MARK),
    isReadable: (it) => it?.readable === true,
    isErrored: (it) => Boolean(it?.errored),
    isDisturbed: (it) => Boolean(it?.readableDidRead || it?.readableAborted),
  });
  const custom = Symbol.for('nodejs.util.promisify.custom');
  Object.defineProperty(pipeline, custom, { value: promises.pipeline });
  Object.defineProperty(finished, custom, { value: promises.finished });
})
