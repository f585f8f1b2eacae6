import { accessSync, constants } from "node:fs";
import express from "express";

export const app = express();

app.get("/greet/:name", (request, response) => {
  response.json({ greeting: `${process.env.GREETING ?? "Hello"}, ${request.params.name}!` });
});

// What the process may do, and where it runs.
app.get("/about", (request, response) => {
  response.json({
    node: process.version,
    environment: process.env.NODE_ENV,
    user: process.getuid(),
    group: process.getgid(),
    read_only_root: !writable("/"),
  });
});

app.get("/healthz", (request, response) => {
  response.sendStatus(204);
});

function writable(path) {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
