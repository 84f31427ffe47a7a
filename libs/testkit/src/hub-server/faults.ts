/** What goes wrong with an answer. */
export type HubFault =
  /** This status in place of the answer. */
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection ends after so many bytes of the body: at once, or when the promise is settled (what was not read yet is lost). */
  | { readonly kind: "cut"; readonly after: number; readonly until?: Promise<unknown> }
  /** After so many bytes of the body nothing comes until the promise is settled; without one, for ever. */
  | { readonly kind: "hold"; readonly after: number; readonly until?: Promise<unknown> }
  /** The first byte of the body is another one. */
  | { readonly kind: "corrupt" }
  /** The body is this text. */
  | { readonly kind: "body"; readonly text: string }
  /** Ranges are ignored: the whole file comes. */
  | { readonly kind: "no-ranges" };

/** A request as faults are chosen by. */
export interface HubRequest {
  /** `hub`, or the `store` of large files, which is another origin. */
  readonly origin: "hub" | "store";
  readonly method: string;
  readonly path: string;
  /** The file's path in its repository, where one is asked for. */
  readonly file: string | undefined;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** How often this method and path have been asked for, this time included. */
  readonly times: number;
}
