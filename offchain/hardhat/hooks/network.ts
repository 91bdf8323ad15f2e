import type { NetworkHooks } from "hardhat/types/hooks";
import { closeVouchOf, vouchOf } from "../connection.ts";

/** Puts `vouch` on each connection, and ends with the connection what was begun there. */
export default (): Promise<Partial<NetworkHooks>> =>
  Promise.resolve({
    async newConnection(context, next) {
      const connection = await next(context);
      connection.vouch = vouchOf(context.config, connection);
      return connection;
    },
    async closeConnection(context, connection, next) {
      try {
        await closeVouchOf(connection);
      } finally {
        await next(context, connection);
      }
    },
  });
