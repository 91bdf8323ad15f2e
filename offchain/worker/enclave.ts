import type { MeasurementKind, PlatformCollateral, Quote } from "@vouch/attestation";
import { bindReportData, readQuote, refreshCollateral, registerEnclave } from "@vouch/attestation";
import type { QuoteSource } from "@vouch/attestation/guest";
import type { Contracts, EnclaveEvidence, Hex, ReleaseId } from "@vouch/protocol";
import { enumName, TCB_STATUSES } from "@vouch/protocol";
import type { Provider } from "ethers";
import type { Logger } from "pino";
import { z } from "zod";
import { makeEnclaveKey } from "./enclaveKey.ts";
import { standingOf } from "./enclaveStanding.ts";
import { WorkerError } from "./errors.ts";
import type { EnclaveEvent } from "./events.ts";
import type { EnclaveStanding } from "./planEvidence.ts";

const optionsSchema = z.object({
  /** Blocks on top of the one whose hash makes a quote fresh: a reorg as deep voids it, and chains forget after 256. */
  nonceDepth: z.number().int().nonnegative().max(200).default(6),
  /** Of SGX: whether the publisher approves an image, or its signer from a version on. */
  sgxMeasurement: z.enum(["image", "signer"]).default("image"),
  /** Seconds before a key lapses that it is renewed: a request may be answered for 10 days. */
  renewAheadSeconds: z
    .number()
    .int()
    .positive()
    .default(11 * 86_400),
  /** Seconds between renewals of a key: each is a transaction, and the vendor publishes daily at most. */
  renewEverySeconds: z.number().int().positive().default(86_400),
  /** Blocks through which a chain has to lack the key before it is registered again: one node of several may lag. */
  missingBlocks: z.number().int().positive().default(6),
  /** Whether the registry is told, when the worker stops, that this key signs no more. */
  retireOnStop: z.boolean().default(false),
});

/** Seconds until what was tried is tried again: a quote takes hardware that others use too, a registration gas. */
const RETRY_SECONDS = 600;

/** How a worker keeps its enclave's key; see the schema for units and defaults. */
export type EnclaveOptions = z.input<typeof optionsSchema>;

/** What it works with; contracts send through the operator's signer. */
export type EnclaveDeps = {
  readonly source: QuoteSource;
  readonly operator: Hex;
  readonly contracts: Pick<Contracts, "enclaves" | "registrars" | "vendor" | "simulatedVendor">;
  readonly provider: Provider;
  /** What the vendor says of a quote's platform at `time`, in seconds; none where others keep the chain's collateral new. */
  readonly collateral?: (quote: Quote, time: number) => Promise<PlatformCollateral>;
  readonly log: Logger;
  readonly onEvent?: (event: EnclaveEvent) => void;
};

/** The enclave that a worker runs in, with the key that it made there. */
export type Enclave = {
  readonly source: string;
  readonly simulated: boolean;
  readonly key: Hex;
  /** What the registry took the quote for: publishers approve it. */
  readonly measurement: Hex;
  /** Registers the key again where the chain lost it, and renews it before it lapses. */
  readonly keep: () => Promise<void>;
  /** Returns what the router finds of this key for a release now, or until a deadline at worst: see `standingOf`. */
  readonly standing: (release: ReleaseId, deadline?: number) => Promise<EnclaveStanding>;
  readonly sign: (digest: Hex) => EnclaveEvidence;
  /** Retires the key where the options say so. */
  readonly stop: () => Promise<void>;
};

type Registered = { readonly id: Hex; readonly measurement: Hex; readonly quote: Quote };
type KnownBlock = { readonly number: number; readonly hash: string; readonly timestamp: number };

/**
 * Makes a key, has the enclave vouch for it, and registers it.
 *
 * @throws {WorkerError} `OPTIONS_INVALID`, `ENCLAVE_UNSUPPORTED`; {AttestationError} where no quote comes or the chain refuses it.
 */
export async function openEnclave(
  enclaveOptions: EnclaveOptions,
  deps: EnclaveDeps,
): Promise<Enclave> {
  const parsed = optionsSchema.safeParse(enclaveOptions);
  if (!parsed.success) {
    const { error } = parsed;
    throw new WorkerError({ code: "OPTIONS_INVALID", reason: error.message }, { cause: error });
  }
  const options = parsed.data;
  const { contracts, log, operator, provider, source } = deps;
  const { enclaves } = contracts;
  const vendor = source.simulated ? contracts.simulatedVendor : contracts.vendor;
  const kind = measurementKindOf(source, options.sgxMeasurement);
  const key = makeEnclaveKey();
  const emit = (event: EnclaveEvent): void => {
    log.info(loggable(event), `enclave ${event.status}`);
    deps.onEvent?.(event);
  };
  let { id, measurement, quote } = await register();
  /** Time of the chain before which nothing is tried. */
  let notBefore = 0;
  /** Block at which the key was first not found, and at every look since. */
  let missingSince: number | undefined;

  async function register(): Promise<Registered> {
    const head = await provider.getBlockNumber();
    const nonce = await blockAt(provider, Math.max(0, head - options.nonceDepth));
    const reportData = bindReportData({
      chainId: (await provider.getNetwork()).chainId,
      registry: await enclaves.getAddress(),
      operator,
      key: key.address,
      kind,
      nonce: nonce.hash,
    });
    const bytes = await source.quote(reportData);
    const read = readQuote(bytes);
    await refresh(read);
    const binding = { operator, key: key.address, nonceBlock: nonce.number, kind };
    const known = await registerEnclave(contracts, bytes, {
      ...binding,
      simulated: source.simulated,
    });
    emit({
      status: "registered",
      key: key.address,
      measurement: known.measurement as Hex,
      tcb: known.status,
      simulated: source.simulated,
      validTo: known.validTo,
      gasUsed: known.gasUsed,
      txHash: known.txHash as Hex,
    });
    return { id: known.id as Hex, measurement: known.measurement as Hex, quote: read };
  }

  async function refresh(of: Quote): Promise<void> {
    if (deps.collateral === undefined) return;
    const { timestamp } = await blockAt(provider, "latest");
    await refreshCollateral(vendor, await deps.collateral(of, timestamp));
  }

  async function renew(before: bigint): Promise<void> {
    await refresh(quote);
    const sent = await enclaves.renew(id);
    const mined = await sent.wait();
    if (mined === null) throw new WorkerError({ code: "TRANSACTION_LOST", txHash: sent.hash });
    const { status, validTo } = await enclaves.enclaveOf(id);
    if (validTo <= before) {
      const lapses = new Date(Number(validTo) * 1000).toISOString();
      log.warn({ key: key.address, lapses }, "the vendor's collateral is no newer; enclave lapses");
    }
    const tcb = enumName(TCB_STATUSES, status);
    const { gasUsed, hash } = mined;
    emit({ status: "renewed", key: key.address, tcb, validTo, gasUsed, txHash: hash as Hex });
  }

  return {
    source: source.name,
    simulated: source.simulated,
    key: key.address,
    get measurement() {
      return measurement;
    },
    async keep() {
      const { validFrom, validTo, compromisedSince, retired } = await enclaves.enclaveOf(id);
      const { number, timestamp } = await blockAt(provider, "latest");
      const isMissing = validFrom === 0n;
      missingSince = isMissing ? (missingSince ?? number) : undefined;
      // A reorg took it, or the node that answers lags behind the one that answered before.
      const isLost = missingSince !== undefined && number >= missingSince + options.missingBlocks;
      const lapsesSoon = validTo - BigInt(timestamp) <= options.renewAheadSeconds;
      const isOver = compromisedSince > 0n || retired;
      if (isMissing ? !isLost : isOver || !lapsesSoon) return;
      if (timestamp < notBefore) return;
      notBefore = timestamp + RETRY_SECONDS;
      if (isLost) {
        ({ id, measurement, quote } = await register());
        missingSince = undefined;
      } else {
        await renew(validTo);
        notBefore = timestamp + options.renewEverySeconds;
      }
    },
    async standing(release, deadline) {
      const { timestamp } = await blockAt(provider, "latest");
      const { registrars } = contracts;
      const kept = { enclaves, registrars, verifier: vendor.verifier, id, measurement, quote };
      return standingOf(kept, release, timestamp, deadline);
    },
    sign: (digest) => ({
      kind: "tee",
      signature: key.signDigest(digest),
      key: key.address,
      measurement,
      path: [],
    }),
    async stop() {
      if (!options.retireOnStop) return;
      const sent = await enclaves.retire(key.address);
      await sent.wait();
      emit({ status: "retired", key: key.address, txHash: sent.hash as Hex });
    },
  };
}

/** @throws {WorkerError} `ENCLAVE_UNSUPPORTED`. */
function measurementKindOf(
  { name, tee }: QuoteSource,
  ofSgx: Extract<MeasurementKind, "image" | "signer">,
): MeasurementKind {
  switch (tee) {
    case "TDX":
      return "domain";
    case "SGX":
      return ofSgx;
    case "Nitro":
      throw new WorkerError({ code: "ENCLAVE_UNSUPPORTED", source: name, tee });
  }
}

async function blockAt(provider: Provider, tag: number | "latest"): Promise<KnownBlock> {
  const block = await provider.getBlock(tag);
  if (block?.hash == null) throw new WorkerError({ code: "NODE_WITHOUT_BLOCKS" });
  return { number: block.number, hash: block.hash, timestamp: block.timestamp };
}

/** What of an event goes into a log: amounts and times in digits. */
function loggable(event: EnclaveEvent): object {
  return Object.fromEntries(
    Object.entries(event).map(([name, it]) => [name, typeof it === "bigint" ? it.toString() : it]),
  );
}
