// Timers: what is due runs between two rounds of jobs. `lambda.js` asks how long to sleep.
(function (module, builtin) {
  'use strict';

  const LONGEST_MS = 2 ** 31 - 1;
  const live = new Map();
  const immediate = new Map();
  let last = 0;

  class Timeout {
    constructor(id) {
      this.id = id;
    }
    ref() {
      return this;
    }
    unref() {
      const timer = live.get(this.id);
      if (timer) timer.isWaitedFor = false;
      return this;
    }
    hasRef() {
      return live.get(this.id)?.isWaitedFor ?? false;
    }
    refresh() {
      const timer = live.get(this.id);
      if (timer) timer.due = Date.now() + timer.ms;
      return this;
    }
    close() {
      clear(this);
      return this;
    }
    [Symbol.toPrimitive]() {
      return this.id;
    }
  }

  function check(callback) {
    if (typeof callback === 'function') return;
    const error = new TypeError(`The "callback" argument must be of type function. Received ${String(callback)}`);
    error.code = 'ERR_INVALID_ARG_TYPE';
    throw error;
  }

  function add(callback, ms, args, isRepeated) {
    check(callback);
    const wait = ms >= 1 && ms <= LONGEST_MS ? Math.trunc(ms) : 1;
    const id = ++last;
    live.set(id, { callback, args, ms: wait, due: Date.now() + wait, isRepeated, isWaitedFor: true });
    return new Timeout(id);
  }

  const setTimeout = (callback, ms, ...args) => add(callback, Number(ms), args, false);
  const setInterval = (callback, ms, ...args) => add(callback, Number(ms), args, true);
  const setImmediate = (callback, ...args) => {
    check(callback);
    const id = ++last;
    immediate.set(id, { callback, args });
    return new Timeout(id);
  };
  const clear = (timer) => {
    if (timer === undefined || timer === null) return;
    const id = Number(timer);
    live.delete(id);
    immediate.delete(id);
  };

  /** Runs what is due. The milliseconds until the next one is, 0 if something ran, null if nothing is waited for. */
  function run(failed) {
    if (immediate.size > 0) {
      const [id, { callback, args }] = immediate.entries().next().value;
      immediate.delete(id);
      call(callback, args, failed);
      return 0;
    }
    let first = null;
    let isWaitedFor = false;
    for (const [id, timer] of live) {
      isWaitedFor ||= timer.isWaitedFor;
      if (first === null || timer.due < live.get(first).due) first = id;
    }
    if (!isWaitedFor) return null;
    const timer = live.get(first);
    const wait = timer.due - Date.now();
    if (wait > 0) return wait;
    if (timer.isRepeated) timer.due = Date.now() + timer.ms;
    else live.delete(first);
    call(timer.callback, timer.args, failed);
    return 0;
  }

  function call(callback, args, failed) {
    try {
      callback(...args);
    } catch (error) {
      failed(error);
    }
  }

  const promises = {
    setTimeout: (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value)),
    setImmediate: (value) => new Promise((resolve) => setImmediate(resolve, value)),
    async *setInterval(ms, value) {
      for (;;) {
        await promises.setTimeout(ms);
        yield value;
      }
    },
    scheduler: { wait: (ms) => promises.setTimeout(ms) },
  };

  module.exports = {
    setTimeout, setInterval, setImmediate, clearTimeout: clear, clearInterval: clear, clearImmediate: clear, promises,
  };
  Object.defineProperty(module.exports, 'run', { value: run });
})
