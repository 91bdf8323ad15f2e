import { Hono } from "hono";
import { graphql } from "ponder";
import { db } from "ponder:api";
import schema from "ponder:schema";

// Beside it Ponder answers /health, /ready, /status and /metrics. SQL over HTTP, which it offers too, is nobody's business.
const app = new Hono();
app.use("/graphql", graphql({ db, schema }));

export default app;
