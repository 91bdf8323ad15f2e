import type { Server } from "node:http";
import type { Socket } from "node:net";
import { limitedAs } from "./rateLimit.ts";

/** Ends connections of an address beyond so many: else one could hold all that the server has. */
export function limitConnections(server: Server, perAddress: number): void {
  const open = countByAddress();
  server.on("connection", (socket: Socket) => {
    const address = limitedAs(socket.remoteAddress ?? "");
    if (open.take(address, perAddress)) {
      socket.once("close", () => {
        open.give(address);
      });
    } else {
      socket.destroy();
    }
  });
}

/** How many of something each address has at once. */
export type CountByAddress = {
  /** Returns false, with nothing taken, where it has as many already. */
  readonly take: (address: string, limit: number) => boolean;
  readonly give: (address: string) => void;
};

export function countByAddress(): CountByAddress {
  const counts = new Map<string, number>();
  return {
    take: (address, limit) => {
      const count = counts.get(address) ?? 0;
      if (count >= limit) return false;
      counts.set(address, count + 1);
      return true;
    },
    give: (address) => {
      const count = (counts.get(address) ?? 0) - 1;
      if (count > 0) counts.set(address, count);
      else counts.delete(address);
    },
  };
}
