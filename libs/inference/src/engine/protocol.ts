/** A tensor as it travels between processes. */
export type TensorData =
  | { readonly type: "float32"; readonly data: Float32Array; readonly dims: readonly number[] }
  | { readonly type: "int32"; readonly data: Int32Array; readonly dims: readonly number[] }
  | { readonly type: "int64"; readonly data: BigInt64Array; readonly dims: readonly number[] };

export type Tensors = Readonly<Record<string, TensorData>>;

/** How a worker opens its sessions. */
export interface SessionSettings {
  /** Weights of the graphs lie relative to this folder. */
  readonly folder: string;
  readonly provider: "cpu" | "webgpu" | "cuda";
  /** Threads within an operator. */
  readonly threads: number;
  /** Sessions (each with its own copy of the weights) kept open at a time. */
  readonly maxSessions: number;
}

/** What a run of a graph that resumes takes from what its worker keeps. */
export interface Past {
  /** Numbers a token takes. */
  readonly width: number;
  /** Tokens that the worker keeps at most; the same in every run. */
  readonly capacity: number;
  /** Where each row's first tokens lie. */
  readonly rows: readonly Int32Array[];
}

/** Where the tokens that a row read and drew go; see `NOWHERE`. */
export interface Kept {
  readonly read: Int32Array;
  readonly drawn: Int32Array;
}

export type ToWorker =
  /** Closes all sessions and forgets all graphs and what was kept; those of later runs are opened by these settings. */
  | { readonly kind: "open"; readonly id: number; readonly settings: SessionSettings }
  | { readonly kind: "graph"; readonly key: string; readonly bytes: Uint8Array }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly graph: string;
      readonly feeds: Tensors;
      readonly past?: Past | undefined;
    }
  /** Of the run before, one entry a row. */
  | { readonly kind: "keep"; readonly rows: readonly Kept[] }
  | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "opened"; readonly id: number }
  | {
      readonly kind: "done";
      readonly id: number;
      readonly outputs: Tensors;
      /** Seconds of the run, with making its inputs. */
      readonly seconds: number;
      /** Highest resident memory of the worker so far. */
      readonly peakMemoryBytes: number;
    }
  | {
      readonly kind: "failed";
      readonly id: number;
      /** Whether the session could not be opened, or its run failed. */
      readonly stage: "open" | "run";
      readonly message: string;
    };
