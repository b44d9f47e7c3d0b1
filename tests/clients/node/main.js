// Drives every data type, transactions, pub/sub and blocking commands of a server through ioredis, over RESP2 and
// RESP3, and asserts the results as the library hands them out.
//
//   node main.js ADDRESS [--field-expiry]
//
// A line is printed for each section that passed and `N passed` at the end. The first wrong result ends the program
// with exit code 1 and a message that names its section, file and line. --field-expiry adds the commands that
// redis-server 7.0 does not have. The server's data is deleted.

import { Redis } from "ioredis";

import * as collections from "./collections.js";
import * as messaging from "./messaging.js";
import * as streams from "./streams.js";
import * as values from "./values.js";

// No section takes longer than this, so that a command that never answers is a failure instead of a hang.
const SECTION_TIMEOUT_MS = 30_000;

const sections = [
  ["strings", values.strings],
  ["expiry", values.expiry],
  ["bitmaps", values.bitmaps],
  ["hyperloglog", values.hyperLogLog],
  ["hashes", collections.hashes],
  ["lists", collections.lists],
  ["sets", collections.sets],
  ["sorted sets", collections.sortedSets],
  ["geo", collections.geo],
  ["streams", streams.streams],
  ["consumer groups", streams.consumerGroups],
  ["transactions", messaging.transactions],
  ["pipelines", messaging.pipelines],
  ["scans", messaging.scans],
  ["sort", messaging.sort],
  ["dump and restore", messaging.dumpAndRestore],
  ["pub/sub", messaging.pubSub],
  ["sharded pub/sub", messaging.shardedPubSub],
  ["keyspace notifications", messaging.notifications],
  ["blocking lists", messaging.blockingLists],
  ["blocking sorted sets", messaging.blockingSortedSets],
  ["blocking streams", messaging.blockingStreams],
  ["errors", messaging.errors],
];

// Runs one section on an emptied server. It gets a client and a function that makes further ones.
async function runSection(address, protocol, run) {
  const [host, port] = address.split(":");
  const clients = [];
  const connect = () => {
    const client = new Redis({ host, port: Number(port), protocol, retryStrategy: null, maxRetriesPerRequest: 0 });
    // A lost connection fails the commands sent on it; that is where it is reported.
    client.on("error", () => {});
    clients.push(client);
    return client;
  };
  let timer;
  const expiry = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("the section did not end in time")), SECTION_TIMEOUT_MS);
  });
  try {
    const db = connect();
    await db.flushall();
    await Promise.race([run(db, connect), expiry]);
  } finally {
    clearTimeout(timer);
    for (const client of clients) client.disconnect();
  }
}

async function main([address, ...flags]) {
  if (!address) {
    console.error("usage: node main.js ADDRESS [--field-expiry]");
    return 2;
  }
  if (flags.includes("--field-expiry")) sections.push(["field expiry", collections.fieldExpiry]);
  let passed = 0;
  for (const protocol of [2, 3]) {
    for (const [title, run] of sections) {
      const name = `RESP${protocol} ${title}`;
      try {
        await runSection(address, protocol, run);
      } catch (error) {
        console.error(`ioredis: FAILED in ${name}: ${error.stack}`);
        return 1;
      }
      console.log(`ok ${name}`);
      passed += 1;
    }
  }
  console.log(`${passed} passed`);
  return 0;
}

process.exit(await main(process.argv.slice(2)));
