/** A token at the end of a sequence whose keys and values are kept. */
interface Node {
  /** Where a worker keeps its numbers: 0 … capacity − 1. */
  readonly place: number;
  readonly token: number;
  readonly parent: Node | undefined;
  readonly next: Map<number, Node>;
  /** Neighbours in the order of last use. */
  older: Node | undefined;
  newer: Node | undefined;
}

/** Stands for tokens that are not to be kept. */
export const NOWHERE = -1;

/**
 * Which sequences' keys and values a worker keeps, and where: a tree of tokens, because the numbers of a token depend on all tokens before it
 * and on nothing else. Holds no numbers itself. When full, what was longest not used goes, ends before beginnings.
 */
export class PrefixIndex {
  readonly #capacity: number;
  readonly #roots = new Map<number, Node>();
  /** A node is always used before the one it stands on: the longest unused has nothing behind it. */
  #oldest: Node | undefined;
  #newest: Node | undefined;
  #size = 0;
  /** Places from here on were never given. */
  #unused = 0;

  /** @param capacity tokens */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Tokens kept. */
  get size(): number {
    return this.#size;
  }

  /** How many of the first tokens are kept. */
  held(tokens: Int32Array): number {
    return this.#path(tokens, tokens.length).length;
  }

  /** Places of the first tokens that are kept, at most `limit`; they count as used. */
  take(tokens: Int32Array, limit: number): Int32Array {
    const path = this.#path(tokens, limit);
    this.#touch(path);
    return Int32Array.from(path, ({ place }) => place);
  }

  /**
   * Makes room for a sequence of which the first `known` tokens are in it already or were.
   * @returns for each token from `known` on, where its numbers go, or {@link NOWHERE}: they are kept already, or there is no room
   */
  put(tokens: Int32Array, known: number): Int32Array {
    const places = new Int32Array(tokens.length - known).fill(NOWHERE);
    const path = this.#path(tokens, tokens.length);
    // Out of reach of what is dropped now, and used last afterwards.
    for (const node of path) this.#unlink(node);
    // What the sequence stands on may have gone since it was read.
    const room = path.length < known ? 0 : this.#capacity - path.length;
    const end = Math.min(tokens.length, path.length + room);
    for (let at = path.length; at < end; at++) {
      const parent = path.at(-1);
      const [place, token] = [this.#place(), tokens[at]!];
      const node: Node = { place, token, parent, next: new Map(), older: undefined, newer: undefined };
      (parent?.next ?? this.#roots).set(node.token, node);
      places[at - known] = node.place;
      path.push(node);
    }
    this.#link(path);
    return places;
  }

  #path(tokens: Int32Array, limit: number): Node[] {
    const path: Node[] = [];
    let level: ReadonlyMap<number, Node> = this.#roots;
    for (let at = 0; at < limit; at++) {
      const node = level.get(tokens[at]!);
      if (node === undefined) break;
      path.push(node);
      level = node.next;
    }
    return path;
  }

  #touch(path: readonly Node[]): void {
    for (const node of path) this.#unlink(node);
    this.#link(path);
  }

  /** As used last, the end of the path before its beginning. */
  #link(path: readonly Node[]): void {
    for (let at = path.length - 1; at >= 0; at--) {
      const node = path[at]!;
      node.older = this.#newest;
      if (this.#newest === undefined) this.#oldest = node;
      else this.#newest.newer = node;
      this.#newest = node;
    }
    this.#size += path.length;
  }

  #unlink(node: Node): void {
    const { older, newer } = node;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    node.older = node.newer = undefined;
    this.#size -= 1;
  }

  /** One never given, or that of the longest unused, which goes. */
  #place(): number {
    if (this.#unused < this.#capacity) return this.#unused++;
    const oldest = this.#oldest!;
    this.#unlink(oldest);
    (oldest.parent?.next ?? this.#roots).delete(oldest.token);
    return oldest.place;
  }
}
