import type { NetworkHooks } from "hardhat/types/hooks";
import { closeVouchOf, vouchOf } from "../connection.ts";
import { noteRequest } from "../local/histories.ts";

/** Puts `vouch` on each connection, and ends with the connection what was begun there. */
export default (): Promise<Partial<NetworkHooks>> =>
  Promise.resolve({
    async newConnection(context, next) {
      const connection = await next(context);
      connection.vouch = vouchOf(context.config, connection);
      return connection;
    },
    async onRequest(context, connection, request, next) {
      try {
        return await next(context, connection, request);
      } finally {
        noteRequest(connection, request.method);
      }
    },
    async closeConnection(context, connection, next) {
      try {
        await closeVouchOf(connection);
      } finally {
        await next(context, connection);
      }
    },
  });
