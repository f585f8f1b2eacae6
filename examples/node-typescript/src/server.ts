import { app } from "./app.ts";

const server = app();

process.once("SIGTERM", () => void server.close());

await server.listen({ host: "0.0.0.0", port: Number(process.env.PORT ?? 3000) });
