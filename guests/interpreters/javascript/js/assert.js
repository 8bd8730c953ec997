// assert: what code checks of itself.
(function (module, builtin) {
  'use strict';

  const { inspect, isDeepStrictEqual } = builtin('util');

  class AssertionError extends Error {
    constructor({ message, actual, expected, operator }) {
      super(message);
      Object.assign(this, { code: 'ERR_ASSERTION', actual, expected, operator, generatedMessage: false });
    }
  }
  Object.defineProperty(AssertionError.prototype, 'name', { value: 'AssertionError', writable: true, configurable: true });

  function check(isTrue, message, text, actual, expected, operator) {
    if (isTrue) return;
    if (message instanceof Error) throw message;
    throw new AssertionError({ message: message ?? text(), actual, expected, operator });
  }

  const both = (word, a, b) => () => `Expected values to be ${word}:\n\n${inspect(a)} !== ${inspect(b)}\n`;
  const ok = (value, message) => check(value, message, () => 'The expression evaluated to a falsy value', value, true, '==');

  function fits(error, expected) {
    if (expected === undefined) return true;
    if (expected instanceof RegExp) return expected.test(String(error));
    if (typeof expected === 'function') {
      return expected.prototype !== undefined && error instanceof expected ? true : Error.isPrototypeOf(expected) ? false : expected(error) === true;
    }
    return Object.keys(expected).every((key) => (expected[key] instanceof RegExp
      ? expected[key].test(error[key]) : isDeepStrictEqual(error[key], expected[key])));
  }

  const assert = Object.assign((value, message) => ok(value, message), {
    AssertionError,
    ok,
    equal: (a, b, message) => check(a == b || (a !== a && b !== b), message, both('loosely equal', a, b), a, b, '=='),
    notEqual: (a, b, message) => check(a != b, message, both('loosely unequal', a, b), a, b, '!='),
    strictEqual: (a, b, message) => check(Object.is(a, b), message, both('strictly equal', a, b), a, b, 'strictEqual'),
    notStrictEqual: (a, b, message) => check(!Object.is(a, b), message, both('strictly unequal', a, b), a, b, 'notStrictEqual'),
    deepStrictEqual: (a, b, message) => check(isDeepStrictEqual(a, b), message, both('strictly deep-equal', a, b), a, b, 'deepStrictEqual'),
    notDeepStrictEqual: (a, b, message) => check(!isDeepStrictEqual(a, b), message, both('not strictly deep-equal', a, b), a, b, 'notDeepStrictEqual'),
    match: (text, pattern, message) => check(pattern.test(text), message, () => `The input did not match ${pattern}. Input: ${inspect(text)}`, text, pattern, 'match'),
    fail(message = 'Failed') {
      check(false, message, () => message);
    },
    ifError(value) {
      if (value !== null && value !== undefined) throw value;
    },
    throws(work, expected, message) {
      let thrown = null;
      try {
        work();
      } catch (error) {
        thrown = { error };
      }
      check(thrown, message, () => 'Missing expected exception.', undefined, expected, 'throws');
      if (!fits(thrown.error, expected)) throw thrown.error;
    },
    async rejects(promise, expected, message) {
      let thrown = null;
      try {
        await (typeof promise === 'function' ? promise() : promise);
      } catch (error) {
        thrown = { error };
      }
      check(thrown, message, () => 'Missing expected rejection.', undefined, expected, 'rejects');
      if (!fits(thrown.error, expected)) throw thrown.error;
    },
    doesNotThrow: (work) => void work(),
  });
  assert.deepEqual = assert.deepStrictEqual;
  assert.notDeepEqual = assert.notDeepStrictEqual;
  assert.strict = assert;
  module.exports = assert;
})
