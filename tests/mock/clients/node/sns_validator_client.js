// AWS's own validator of notifications, unmodified: one envelope per line of standard input, one
// verdict per line. Node's https knows no proxy, so its agent is led through the one named by the
// environment.
"use strict";
const http = require("node:http");
const https = require("node:https");
const readline = require("node:readline");
const tls = require("node:tls");
const MessageValidator = require("sns-validator");

const proxy = new URL(process.env.HTTPS_PROXY);

class ProxyAgent extends https.Agent {
  createConnection(options, done) {
    const path = `${options.host}:${options.port || 443}`;
    http
      .request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path })
      .on("connect", (_, socket) => done(null, tls.connect({ socket, servername: options.host })))
      .on("error", done)
      .end();
  }
}
https.globalAgent = new ProxyAgent({ keepAlive: false });

const verdict = (envelope) =>
  new Promise((resolve) => {
    new MessageValidator().validate(envelope, (error, message) =>
      resolve(error ? { error: error.message } : { valid: message.MessageId }),
    );
  });

const main = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [envelope] = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await verdict(envelope))}\n`);
  }
};

main();
