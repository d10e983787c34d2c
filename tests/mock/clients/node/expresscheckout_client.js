// Juspay's own Node SDK, unmodified: one call per line of standard input, one answer per line.
"use strict";
const readline = require("node:readline");
const { Juspay } = require("expresscheckout-nodejs");

Juspay.customLogger = Juspay.silentLogger;
const juspay = new Juspay(JSON.parse(process.argv[2]));

const answer = async (resource, call, given) => {
  try {
    const { http, ...answer } = await juspay[resource][call](...given);
    return { ...answer, http_status: http.statusCode };
  } catch (error) {
    const { name, status, error_code, error_message, message } = error;
    return { error: name, status, error_code, error_message, message };
  }
};

const main = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(...JSON.parse(line)))}\n`);
  }
};

main();
