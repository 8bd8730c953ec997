// What the web has and Node too: events, abort signals, structured clones. And fetch, which says that there is none.
(function (module, builtin) {
  'use strict';

  class DOMException extends Error {
    constructor(message = '', name = 'Error') {
      super(message);
      Object.defineProperty(this, 'name', { value: typeof name === 'string' ? name : name?.name ?? 'Error', configurable: true });
      this.code = { InvalidCharacterError: 5, NotSupportedError: 9, AbortError: 20, TimeoutError: 23, DataCloneError: 25 }[this.name] ?? 0;
    }
  }

  class Event {
    constructor(type, { cancelable = false } = {}) {
      this.type = String(type);
      this.cancelable = cancelable;
      this.defaultPrevented = false;
      this.timeStamp = Date.now();
      this.target = null;
    }
    preventDefault() {
      if (this.cancelable) this.defaultPrevented = true;
    }
    stopImmediatePropagation() {
      this.isStopped = true;
    }
    stopPropagation() {}
  }

  class EventTarget {
    #listeners = new Map();
    addEventListener(type, listener, options) {
      const list = this.#listeners.get(type) ?? [];
      if (!list.some((it) => it.listener === listener)) list.push({ listener, once: Boolean(options?.once) });
      this.#listeners.set(type, list);
    }
    removeEventListener(type, listener) {
      this.#listeners.set(type, (this.#listeners.get(type) ?? []).filter((it) => it.listener !== listener));
    }
    dispatchEvent(event) {
      event.target = this;
      const handler = this[`on${event.type}`];
      if (typeof handler === 'function') handler.call(this, event);
      for (const { listener, once } of [...(this.#listeners.get(event.type) ?? [])]) {
        if (event.isStopped) break;
        if (once) this.removeEventListener(event.type, listener);
        if (typeof listener === 'function') listener.call(this, event);
        else listener.handleEvent(event);
      }
      return !event.defaultPrevented;
    }
  }

  const abort = Symbol('abort');

  class AbortSignal extends EventTarget {
    aborted = false;
    reason = undefined;
    onabort = null;
    throwIfAborted() {
      if (this.aborted) throw this.reason;
    }
    [abort](reason = new DOMException('This operation was aborted', 'AbortError')) {
      if (this.aborted) return;
      this.aborted = true;
      this.reason = reason;
      this.dispatchEvent(new Event('abort'));
    }
    static abort(reason) {
      const signal = new AbortSignal();
      signal[abort](reason);
      return signal;
    }
    static timeout(ms) {
      const signal = new AbortSignal();
      const late = () => signal[abort](new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
      builtin('timers').setTimeout(late, ms).unref();
      return signal;
    }
    static any(signals) {
      const signal = new AbortSignal();
      for (const one of signals) {
        if (one.aborted) signal[abort](one.reason);
        else one.addEventListener('abort', () => signal[abort](one.reason), { once: true });
      }
      return signal;
    }
  }

  class AbortController {
    signal = new AbortSignal();
    abort(reason) {
      this.signal[abort](reason);
    }
  }

  function structuredClone(value, _options, seen = new Map()) {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw new DOMException(`${String(value)} could not be cloned.`, 'DataCloneError');
    }
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    const inner = (it) => structuredClone(it, null, seen);
    const keep = (made) => {
      seen.set(value, made);
      return made;
    };
    if (value instanceof Date) return keep(new Date(value));
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
    if (value instanceof ArrayBuffer) return keep(value.slice(0));
    if (ArrayBuffer.isView(value)) {
      const bytes = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
      const Kind = value instanceof builtin('buffer').Buffer ? Uint8Array : value.constructor;
      return keep(new Kind(bytes));
    }
    if (value instanceof Map) {
      const made = keep(new Map());
      for (const [key, it] of value) made.set(inner(key), inner(it));
      return made;
    }
    if (value instanceof Set) {
      const made = keep(new Set());
      for (const it of value) made.add(inner(it));
      return made;
    }
    if (value instanceof Error) {
      const made = keep(new (globalThis[value.name] ?? Error)(value.message));
      made.stack = value.stack;
      if ('cause' in value) made.cause = inner(value.cause);
      return made;
    }
    const made = keep(Array.isArray(value) ? new Array(value.length) : {});
    for (const key of Object.keys(value)) made[key] = inner(value[key]);
    return made;
  }

  async function fetch() {
    const cause = Object.assign(new Error('a function of this server has no network'), { code: 'ENOTSUP' });
    throw Object.assign(new TypeError('fetch failed: a function of this server has no network'), { cause });
  }

  module.exports = { DOMException, Event, EventTarget, AbortSignal, AbortController, structuredClone, fetch };
})
