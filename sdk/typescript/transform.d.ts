// What a function of the world `transform` sees of the host: the interfaces of `wit/transform.wit` as the runtime of
// componentize-qjs has them. Written by hand; a test of the functions that use it keeps it true.

declare module 'shardmill:guest/types@0.1.0' {
  /** One record of a stream. */
  export interface Event {
    /** Its sequence number in the shard: decimal digits. */
    sequence: string;
    /** Its place among the user records of one aggregated record; 0 if it was not aggregated. */
    subSequence: number;
    partitionKey: string;
    /** When it arrived, in milliseconds since the Unix epoch. */
    arrivalMs: bigint;
    data: Uint8Array;
  }

  /** A run of records of one shard, in order. */
  export interface Batch {
    /** The stream's ARN. */
    stream: string;
    /** The shard's id. */
    shard: string;
    firstSequence: string;
    lastSequence: string;
    /** 1 for the first try, then counted upwards. */
    attempt: number;
    /** Whether some of these records may have been handed over before. */
    replay: boolean;
    /** How far the last record is behind the newest of the shard, in milliseconds. */
    behindMs: bigint;
    records: Event[];
    /** Room for what later versions tell. */
    extra: [string, string][];
  }

  /** A record to be put into a stream. */
  export interface Emit {
    /** The index in the batch of the record that it was made of. */
    index: number;
    /** The stream it goes to; the mapping's own target if none is named. */
    target?: string;
    partitionKey: string;
    /** A decimal number that decides the shard instead of the partition key. */
    explicitHashKey?: string;
    data: Uint8Array;
    /** Room for what later versions carry along. */
    attributes: [string, string][];
  }

  /** What became of a record that is not simply done. */
  export type Disposition =
    | { tag: 'failed'; val: string }
    | { tag: 'retry-after'; val: bigint }
    | { tag: 'dropped'; val: string }
    | { tag: 'extra'; val: [string, string] };

  /** The fate of one record. */
  export interface Outcome {
    /** The record's index in the batch. */
    index: number;
    disposition: Disposition;
  }

  /** What a batch led to. A record that no outcome names is done. */
  export interface Reply {
    emits: Emit[];
    outcomes: Outcome[];
  }

  /** Why a batch as a whole failed: what is thrown. */
  export type Failure =
    | { tag: 'failed'; val: string }
    | { tag: 'retry-after'; val: bigint }
    | { tag: 'extra'; val: [string, string] };
}

declare module 'shardmill:guest/log@0.1.0' {
  export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** Writes a line for whoever operates the function. */
  export function write(level: Level, message: string): void;
}

declare module 'shardmill:guest/config@0.1.0' {
  /** The value of a variable of the function's environment. */
  export function get(key: string): string | undefined;
  /** All variables, sorted by name. */
  export function all(): [string, string][];
}
