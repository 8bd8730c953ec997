// What a function of the world `handler` is given: the interface of `wit/handler.wit` as the runtime of
// componentize-qjs has it.

declare module 'shardmill:guest/lambda@0.1.0' {
  /** What is told of a call besides its event. */
  export interface Context {
    /** The call's id, as its caller is told and as it stands in the log. */
    requestId: string;
    functionName: string;
    /** Which version of the function runs: a number, or `$LATEST`. */
    functionVersion: string;
    /** The function's ARN, with the version's number behind it if it is one. */
    invokedFunctionArn: string;
    /** What the function asked for, in MiB. */
    memoryLimitMb: number;
    /** When the call ends at the latest, in milliseconds since the Unix epoch. */
    deadlineMs: bigint;
    /** Room for what later versions tell. */
    extra: [string, string][];
  }

  /** Why a call failed, as its caller is told: what is thrown. */
  export interface Failure {
    /** A kind, by which programs tell failures apart. */
    errorType: string;
    /** For people. */
    message: string;
    /** Where it failed, the innermost place first; may be empty. */
    stack: string[];
    /** Room for what later versions tell. */
    extra: [string, string][];
  }
}
