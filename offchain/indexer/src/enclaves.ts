import { ponder } from "ponder:registry";
import { approval, enclave } from "ponder:schema";
import { changeOperator, seenBy } from "./changeOperator.ts";

ponder.on("EnclaveRegistry:EnclaveRegistered", async ({ event, context: { db } }) => {
  const { id, operator, key, measurement, status, simulated, validTo } = event.args;
  const at = Number(event.block.timestamp);
  await db.insert(enclave).values({
    ...{ id, operator, key, measurement, tcb: status, simulated, validTo },
    registeredAt: at,
  });
  await changeOperator(db, operator, (row) => ({
    enclaves: row.enclaves + 1,
    lastSeenAt: seenBy(row, event, at),
  }));
});

ponder.on("EnclaveRegistry:EnclaveRenewed", async ({ event, context: { db } }) => {
  const { id, status, validTo } = event.args;
  if ((await db.find(enclave, { id })) === null) return;
  await db.update(enclave, { id }).set({ tcb: status, validTo });
});

ponder.on("EnclaveRegistry:EnclaveRetired", async ({ event, context: { db } }) => {
  const { id } = event.args;
  const row = await db.find(enclave, { id });
  if (row === null) return;
  await db.update(enclave, { id }).set({ retiredAt: Number(event.block.timestamp) });
  await changeOperator(db, row.operator, (it) => ({ enclaves: it.enclaves - 1 }));
});

ponder.on("EnclaveRegistry:EnclaveCompromised", async ({ event, context: { db } }) => {
  const { id, since } = event.args;
  if ((await db.find(enclave, { id })) === null) return;
  await db.update(enclave, { id }).set({ compromisedSince: Number(since) });
});

ponder.on("EnclaveRegistry:MeasurementApproved", async ({ event, context: { db } }) => {
  const { release, measurement, minSvn } = event.args;
  const values = {
    minSvn: Number(minSvn),
    approvedAt: Number(event.block.timestamp),
    withdrawnSince: null,
  };
  await db
    .insert(approval)
    .values({ release, measurement, ...values })
    .onConflictDoUpdate(values);
});

ponder.on("EnclaveRegistry:MeasurementWithdrawn", async ({ event, context: { db } }) => {
  const { release, measurement, since } = event.args;
  if ((await db.find(approval, { release, measurement })) === null) return;
  await db.update(approval, { release, measurement }).set({ withdrawnSince: Number(since) });
});
