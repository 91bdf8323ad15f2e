import { z } from "zod";

/** The steps of a request, one queue each: watch the chain, run and sign, prove, settle. */
export const QUEUES = ["watch", "infer", "prove", "settle"] as const;
export type QueueName = (typeof QUEUES)[number];

/** Where what failed too often is kept until somebody retries it. */
export const DEAD_LETTERS = "dead";

const policySchema = z.object({
  /** Items that may wait before `hasRoom` says no. */
  room: z.number().int().positive(),
  /** Failed attempts after the first until an item is a dead letter. */
  retryLimit: z.number().int().nonnegative(),
  /** Seconds before the first retry; they double, up to the second number. */
  retrySeconds: z.number().int().positive(),
  maxRetrySeconds: z.number().int().positive(),
  /** Seconds without a sign of life of its process after which another takes an item up; pg-boss takes no fewer than 10. */
  heartbeatSeconds: z.number().int().min(10),
  /** Seconds that one attempt may take, alive or not; at most a day. */
  expireSeconds: z.number().int().min(1).max(86_399),
});

/** How a queue treats what waits in it. */
export type QueuePolicy = Readonly<z.output<typeof policySchema>>;

const common = { room: 10_000, retrySeconds: 1, maxRetrySeconds: 60, heartbeatSeconds: 15 };

/** Proofs take longest and fail for good reasons; what settles waits for a node that is back some time. */
const DEFAULTS: Readonly<Record<QueueName, QueuePolicy>> = {
  watch: { ...common, retryLimit: 50, expireSeconds: 3_600 },
  infer: { ...common, retryLimit: 5, expireSeconds: 3_600 },
  prove: { ...common, retryLimit: 4, retrySeconds: 2, maxRetrySeconds: 300, expireSeconds: 43_200 },
  settle: { ...common, retryLimit: 50, expireSeconds: 3_600 },
};

export const queuePoliciesSchema = z
  .partialRecord(z.enum(QUEUES), policySchema.partial())
  .default({});

/** What a deployment changes of the defaults. */
export type QueuePolicies = z.input<typeof queuePoliciesSchema>;

/** Returns the policy of every queue. */
export function policiesWith(
  changes: z.output<typeof queuePoliciesSchema>,
): Readonly<Record<QueueName, QueuePolicy>> {
  const of = (queue: QueueName): QueuePolicy =>
    policySchema.parse({ ...DEFAULTS[queue], ...changes[queue] });
  return { watch: of("watch"), infer: of("infer"), prove: of("prove"), settle: of("settle") };
}
