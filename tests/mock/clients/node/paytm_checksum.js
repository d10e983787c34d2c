// Paytm's own Node checksum, unmodified: sign or verify per line of standard input.
"use strict";
const readline = require("node:readline");
const PaytmChecksum = require("paytmchecksum");

const calls = {
  sign: (payload, key) => PaytmChecksum.generateSignature(payload, key),
  verify: (payload, key, signature) => PaytmChecksum.verifySignature(payload, key, signature),
};

const main = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [call, ...given] = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await calls[call](...given))}\n`);
  }
};

main();
