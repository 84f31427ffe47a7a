import { PGlite, types } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import { sql } from "drizzle-orm";
import { createSchema } from "./create-schema.ts";
import { databaseError } from "./failure.ts";
import type { Queries } from "./ids.ts";
import { databaseFolder, finishFolder, prepareFolder } from "./folder.ts";

/** How much the log may grow before its changes are written into the tables: bounds disk use and the time of a recovery. */
const CHECKPOINT_BYTES = 64 * 2 ** 20;
const LOG_LINES = 20;
/** What the WebAssembly runtime says when PostgreSQL gives up, after the reason was logged. */
const ABORTED = /^Aborted\(/;

/** PostgreSQL inside this process, with its data in `folder`. The folder's lock must be held. */
export interface Database {
  readonly drizzle: PgliteDatabase;
  /** Runs `work`, turning what the database throws into an error for the user. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** All of `work` or nothing, durable when it returns. */
  transaction(work: (db: Queries) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/**
 * A PANIC ends a PostgreSQL process. PGlite's lives inside this one, drops whatever is thrown there after a look at its
 * `status`, and starts over on the same statement, for ever. An error that will not be looked at leaves that loop, and no
 * call enters it again. What was committed is in the log, and the next opening recovers it.
 */
class Panic extends Error {
  get status(): never {
    throw this;
  }
}

export async function openDatabase(folder: string): Promise<Database> {
  const log: string[] = [];
  let panic: Panic | undefined;
  let client: PGlite | undefined;
  const onStderr = (line: string): boolean => {
    if (log.push(line) > LOG_LINES) log.shift();
    if (ABORTED.test(line)) {
      panic = new Panic(log.findLast((said) => said.includes("PANIC:")) ?? line);
      if (client) {
        client.execProtocolRawSync = () => {
          throw panic;
        };
      }
      throw panic;
    }
    return true;
  };
  const state = prepareFolder(folder);
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (panic) throw databaseError(folder, panic, log);
    log.length = 0;
    try {
      return await work();
    } catch (cause) {
      throw databaseError(folder, cause, log);
    }
  };
  const opened = await guard(() =>
    PGlite.create({
      dataDir: databaseFolder(folder),
      postgresqlconf: ["min_wal_size=32MB", "max_wal_size=64MB", "autovacuum=off"],
      onStderr,
      // PGlite's own conversion of bytea goes byte by byte through strings: a hundred times slower.
      parsers: { [types.BYTEA]: (hex) => new Uint8Array(Buffer.from(hex.slice(2), "hex")) },
      serializers: {
        [types.BYTEA]: (bytes: Uint8Array) =>
          `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`,
      },
    }),
  );
  client = opened;
  if (state === "new") {
    await guard(async () => {
      await opened.exec(`begin;\n${createSchema()}\ncommit;`);
      await opened.exec("checkpoint");
    });
    finishFolder(folder);
  }

  const db = drizzle(opened);
  const position = async (): Promise<number> => {
    const { rows } = await db.execute<{ bytes: number }>(sql`select (pg_current_wal_lsn() - '0/0')::float8 as bytes`);
    return rows[0]!.bytes;
  };
  let checkpointed = await guard(position);
  const checkpoint = async (): Promise<void> => {
    const now = await position();
    if (now - checkpointed < CHECKPOINT_BYTES) return;
    await db.execute(sql`checkpoint`);
    checkpointed = now;
  };
  return {
    drizzle: db,
    guard,
    // Not the driver's own transaction: that one would roll back after a PANIC too, and never return.
    transaction: (work) =>
      guard(async () => {
        await db.execute(sql`begin`);
        try {
          await work(db);
          await db.execute(sql`commit`);
        } catch (error) {
          if (!panic) await db.execute(sql`rollback`).catch(() => undefined);
          throw error;
        }
        await checkpoint();
      }),
    async close() {
      // What is stored is in the log; if the last checkpoint fails (the disk is full), the next opening makes up for it.
      if (!panic) await opened.close().catch(() => undefined);
    },
  };
}
