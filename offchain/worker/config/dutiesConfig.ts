import type { Hex, ReleaseId } from "@vouch/protocol";
import { NATIVE_TOKEN, parseAddress } from "@vouch/protocol";
import { z } from "zod";
import type { PoolMembership } from "../duties/poolMembership.ts";

/** A pool that an operator serves: `client` by name where it is one of the deployment's own. */
export type PoolSetting = Pick<PoolMembership, "release" | "terms"> & {
  readonly client: Hex | "requests" | "arbiter";
};

const wei = z
  .union([z.string().regex(/^\d{1,30}$/), z.number().int().nonnegative()])
  .transform(BigInt);

const ADDRESS = "0x[0-9a-fA-F]{40}";
const POOL = new RegExp(
  `^(requests|arbiter|${ADDRESS}):(0x[0-9a-fA-F]{64}):(\\d{1,30})(?::(\\d{1,30}))?(?::(\\d{1,4}))?(?::(${ADDRESS}))?$`,
);

/** `client:release:maxStake[:minFee[:maxRounds[:token]]]`. */
const pool = z
  .string()
  .regex(POOL, "client:release:maxStake, and then :minFee, :maxRounds and :token")
  .transform((value): PoolSetting => {
    const [, client = "", release = "", maxStake = "0", minFee = "0", maxRounds = "1", token] =
      POOL.exec(value) ?? [];
    return {
      client: client === "requests" || client === "arbiter" ? client : parseAddress(client),
      release: release.toLowerCase() as ReleaseId, // 32 bytes in hex, by the expression
      terms: {
        token: token === undefined ? NATIVE_TOKEN : parseAddress(token),
        minFee: BigInt(minFee),
        maxStake: BigInt(maxStake),
        maxRounds: Number(maxRounds),
      },
    };
  });

/** What an operator does beside answering. Each is off where it is not set, and its text says what it costs. */
export const dutiesSchema = z.strictObject({
  pools: z
    .array(pool)
    .default([])
    .describe(
      "Pools to serve, each as client:release:maxStake[:minFee[:maxRounds[:token]]]; client is requests, arbiter or an address whose code you have read. Each round exposes up to maxStake wei, takes gas for up to four transactions, and half of what is exposed where nothing is revealed. A maxStake of 0 leaves the pool.",
    ),
  panelMinFee: wei
    .optional()
    .describe(
      "Fee, in its token's smallest unit, from which a panel is drawn for a request that asks for one; never where absent. Costs the gas of opening a round.",
    ),
  turnSeconds: z
    .number()
    .int()
    .min(1)
    .default(15)
    .describe("Seconds between the turns of a panel's members at what any of them may do."),
  keepSeconds: z
    .number()
    .int()
    .min(1)
    .default(60)
    .describe("Seconds between looks after stake, credits, pools and the enclave's key."),
  watchtower: z
    .strictObject({
      maxBond: wei
        .prefault(0)
        .describe(
          "Wei of bond up to which a wrong answer of others is challenged; none is looked at where 0. Costs a run of each answer that is open to challenge; a challenge costs gas, and its bond where the answer proves right or a panel is asked.",
        ),
      maxOutstanding: wei
        .optional()
        .describe("Wei of bonds in undecided challenges; as much as maxBond where absent."),
      minReturn: wei.prefault(2).describe("How many times its cost a challenge's reward must be."),
    })
    .prefault({}),
});

export type DutiesConfig = z.output<typeof dutiesSchema>;
