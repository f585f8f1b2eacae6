import assert from "node:assert/strict";
import test from "node:test";
import { app } from "../src/app.ts";

test("keeps what is posted", async () => {
  const server = app();
  const posted = await server.inject({ method: "POST", url: "/todos", payload: { title: "test it" } });
  assert.equal(posted.statusCode, 201);
  const todos = await server.inject({ method: "GET", url: "/todos" });
  assert.equal(todos.json().length, 2);
});

test("refuses what has no title", async () => {
  const posted = await app().inject({ method: "POST", url: "/todos", payload: {} });
  assert.equal(posted.statusCode, 400);
});
