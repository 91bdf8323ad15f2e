// The gateway over the answerer that operators run; `startServer` runs it.
import { listening } from "../../test/helpers/listening.ts";
import { freeGateway, serveModel } from "./freeGateway.ts";
import { reportTo } from "./serverProcess.ts";

const gateway = await freeGateway(await serveModel());
reportTo(process, `${await listening(gateway)}/v1/infer/credit`);
