const { createServer } = require("node:http");
const ms = require("ms");

const server = createServer((request, response) => response.end(`${ms("2 days")}\n`));
server.listen(3000);
process.once("SIGTERM", () => server.close());
