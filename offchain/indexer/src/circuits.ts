import { ponder } from "ponder:registry";
import { circuit, setupAttestation } from "ponder:schema";

/** In the order of `SetupClass` on-chain. */
const SETUPS = ["unverified", "development"] as const;

ponder.on("CircuitRegistry:CircuitRegistered", async ({ event, context: { db } }) => {
  const { id, registrant, circuit: registered } = event.args;
  const { setup, r1cs, transcript } = registered;
  await db.insert(circuit).values({
    ...{ id, registrant, form: "single", r1cs, transcript, parts: [], attestations: 0 },
    setup: SETUPS[setup] ?? "unknown",
    registeredAt: Number(event.block.timestamp),
  });
});

ponder.on("CircuitRegistry:CommittedCircuitRegistered", async ({ event, context: { db } }) => {
  const { id, registrant, circuit: registered } = event.args;
  const { setup, r1cs, transcript } = registered.circuit;
  await db.insert(circuit).values({
    ...{ id, registrant, form: "committed", r1cs, transcript, parts: [], attestations: 0 },
    setup: SETUPS[setup] ?? "unknown",
    registeredAt: Number(event.block.timestamp),
  });
});

ponder.on("CircuitRegistry:SegmentsRegistered", async ({ event, context: { db } }) => {
  const { id, registrant, segments } = event.args;
  await db.insert(circuit).values({
    ...{ id, registrant, form: "segments", parts: [...segments], attestations: 0 },
    registeredAt: Number(event.block.timestamp),
  });
});

ponder.on("CircuitRegistry:BatchesRegistered", async ({ event, context: { db } }) => {
  const { id, registrant, single, batches } = event.args;
  const parts = [single, ...batches.map((batch) => batch.circuit)];
  await db.insert(circuit).values({
    ...{ id, registrant, form: "batches", parts, attestations: 0 },
    registeredAt: Number(event.block.timestamp),
  });
});

ponder.on("CircuitRegistry:SetupAttested", async ({ event, context: { db } }) => {
  const { id, verifier, transcript } = event.args;
  const at = Number(event.block.timestamp);
  const before = await db.find(setupAttestation, { circuit: id, verifier });
  await db
    .insert(setupAttestation)
    .values({ circuit: id, verifier, transcript, withdrawn: false, at })
    .onConflictDoUpdate({ transcript, withdrawn: false, at });
  const isNew = before === null || before.withdrawn;
  if (!isNew || (await db.find(circuit, { id })) === null) return;
  await db.update(circuit, { id }).set((row) => ({ attestations: row.attestations + 1 }));
});

ponder.on("CircuitRegistry:SetupAttestationWithdrawn", async ({ event, context: { db } }) => {
  const { id, verifier } = event.args;
  const key = { circuit: id, verifier };
  const before = await db.find(setupAttestation, key);
  if (before === null || before.withdrawn) return;
  await db.update(setupAttestation, key).set({ withdrawn: true });
  if ((await db.find(circuit, { id })) === null) return;
  await db.update(circuit, { id }).set((row) => ({ attestations: row.attestations - 1 }));
});
