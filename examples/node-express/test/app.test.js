import test from "node:test";
import request from "supertest";
import { app } from "../src/app.js";

test("greets by name", async () => {
  await request(app).get("/greet/Ada").expect(200, { greeting: "Hello, Ada!" });
});

test("says where it runs", async () => {
  const { body } = await request(app).get("/about").expect(200);
  if (body.node !== process.version) throw new Error(`runs on ${body.node}`);
});
