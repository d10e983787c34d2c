// Makes Node's https go through HTTPS_PROXY, as other languages' clients do by themselves.
"use strict";
const https = require("node:https");
const net = require("node:net");
const tls = require("node:tls");

https.Agent.prototype.createConnection = (options, done) => {
  const proxy = new URL(process.env.HTTPS_PROXY);
  const socket = net.connect(Number(proxy.port), proxy.hostname);
  const failed = (error) => done(error);
  socket.once("error", failed);
  socket.once("connect", () => {
    socket.write(`CONNECT ${options.host}:443 HTTP/1.1\r\nHost: ${options.host}:443\r\n\r\n`);
  });
  socket.once("data", () => {
    socket.removeListener("error", failed);
    const secured = tls.connect({ socket, servername: options.host });
    secured.once("error", failed);
    secured.once("secureConnect", () => {
      secured.removeListener("error", failed);
      done(null, secured);
    });
  });
};
