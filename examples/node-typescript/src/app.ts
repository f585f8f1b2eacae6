import fastify, { type FastifyInstance } from "fastify";
import { z } from "zod";

const Todo = z.object({ title: z.string().min(1), done: z.boolean().default(false) });

export function app(): FastifyInstance {
  const todos: z.infer<typeof Todo>[] = [{ title: "write a manifest", done: true }];
  const server = fastify();

  server.get("/todos", async () => todos);

  server.post("/todos", async (request, reply) => {
    const todo = Todo.safeParse(request.body);
    if (!todo.success) return reply.code(400).send({ problem: z.prettifyError(todo.error) });
    todos.push(todo.data);
    return reply.code(201).send(todo.data);
  });

  server.get("/about", async () => ({
    environment: process.env.NODE_ENV,
    commit: process.env.COMMIT,
    user: process.getuid?.(),
  }));

  return server;
}
