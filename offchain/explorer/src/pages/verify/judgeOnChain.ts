import type { Assurance, BatchInclusion, Contracts, Receipt } from "@vouch/protocol";
import {
  connectLedger,
  decodeAssurance,
  encodePolicy,
  encodeReceiptEvidence,
  enumName,
  findContractError,
  NO_FLOOR,
  REQUEST_STATUSES,
} from "@vouch/protocol";
import {
  AttestationError,
  readRegisteredQuote,
  verifyRegisteredQuote,
} from "@vouch/attestation/registered";
import { connect, SdkError } from "@vouch/sdk";
import { formatEther, JsonRpcProvider } from "ethers";
import type { ReceiptFile } from "./readReceiptFile.ts";
import type { ChainFindings, Finding } from "./verdict.ts";

/** The chain that a receipt is checked against. Whoever runs the endpoint is believed. */
export type ChosenChain = {
  readonly rpc: string;
  /** The contracts' record, which the page was given. */
  readonly deployment: unknown;
};

type TeeEvidence = Extract<Receipt["evidence"][number], { readonly kind: "tee" }>;

/** Wall milliseconds that one question may take. */
const TIMEOUT_MS = 15_000;

/** Asks a chain for all that a receipt cannot show by itself. */
export async function judgeOnChain(
  { receipt, inclusion }: ReceiptFile,
  { rpc, deployment }: ChosenChain,
): Promise<ChainFindings> {
  const provider = new JsonRpcProvider(rpc, Number(receipt.domain.chainId), {
    staticNetwork: true,
  });
  try {
    const {
      contracts,
      domain,
      deployment: known,
    } = await connect({
      provider,
      deployment,
      retry: { attempts: 2, timeoutMs: TIMEOUT_MS },
    });
    const { chainId, router } = receipt.domain;
    if (domain.chainId !== chainId || domain.router !== router)
      return asked([
        fails(
          "Deployment",
          `The receipt is of router ${router} on chain ${chainId}; this chain's is ${domain.router} on ${domain.chainId}. It says nothing here.`,
        ),
      ]);
    const { assurance, finding } = await judgeByRouter(contracts, receipt);
    const findings = [
      await findRelease(contracts, receipt),
      ...(await findCircuit(contracts, receipt)),
      ...(await findEnclave(contracts, receipt, known.fromBlock)),
      await findStake(contracts, receipt),
      await findRequest(contracts, receipt),
      ...(await findFloor(contracts, receipt)),
      ...(inclusion === undefined
        ? []
        : [await findBatch(known.receiptLedger, inclusion, provider)]),
      finding,
    ];
    return { status: "asked", findings, assurance };
  } catch (error) {
    const other = otherChain(error);
    if (other !== undefined) return asked([other]);
    return { status: "unreachable", reason: reasonOf(error) };
  } finally {
    provider.destroy();
  }
}

function asked(findings: readonly Finding[]): ChainFindings {
  return { status: "asked", findings, assurance: null };
}

/** An endpoint of another chain is an answer; one that is silent is none. */
function otherChain(error: unknown): Finding | undefined {
  if (!(error instanceof SdkError)) return undefined;
  const codes = ["CHAIN_MISMATCH", "NOT_DEPLOYED", "DEPLOYMENT_MISMATCH", "MOCK_DEPLOYED"];
  return codes.includes(error.code) ? fails("Deployment", error.message) : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function findRelease(
  { models }: Contracts,
  { statement: { release } }: Receipt,
): Promise<Finding> {
  if (!(await models.isPublished(release)))
    return fails("Release on the chain", "Nobody published this release here.");
  return (await models.deprecatedAtOf(release)) === 0n
    ? holds("Release on the chain", "It is published here, with this id.")
    : weak("Release on the chain", "It is published here, and its publisher has deprecated it.");
}

async function findCircuit(
  { circuits }: Contracts,
  { release, circuit, evidence }: Receipt,
): Promise<readonly Finding[]> {
  if (circuit === null) return [];
  const name = "Circuit and set-up on the chain";
  const isUsed = evidence.some(({ kind }) => kind === "zk");
  if (!(await circuits.isRegistered(release.circuit)))
    return [fails(name, "The circuit is not registered here.")];
  const { attestations } = await circuits.setupOf(release.circuit);
  if (circuit.setup === "development")
    return [
      isUsed
        ? weak(name, "Registered as a development set-up: whoever made its keys can forge proofs.")
        : holds(name, "Registered, as a development set-up; no proof of this receipt rests on it."),
    ];
  return [
    attestations === 0n
      ? weak(name, "Registered; nobody has attested that its set-up was checked.")
      : holds(name, `Registered; ${attestations} have attested that its set-up was checked.`),
  ];
}

async function findEnclave(
  contracts: Contracts,
  receipt: Receipt,
  fromBlock: number,
): Promise<readonly Finding[]> {
  const { enclaves } = contracts;
  const {
    evidence,
    statement: { operator, release },
  } = receipt;
  const piece = evidence.find((it) => it.kind === "tee");
  if (piece?.kind !== "tee") return [];
  const name = "Enclave's key on the chain";
  const id = await enclaves.idOf(operator, piece.key, piece.measurement);
  const known = await enclaves.enclaveOf(id).catch((error: unknown) => {
    if (findContractError(error) === undefined) throw error;
    return undefined;
  });
  if (known === undefined || known.validFrom === 0n)
    return [
      fails(name, "No enclave of this operator is registered with this key and measurement."),
    ];
  if (known.compromisedSince !== 0n)
    return [fails(name, `Its key counts as compromised since ${dateOf(known.compromisedSince)}.`)];
  const quote = await findQuote(contracts, receipt, piece, fromBlock);
  if (known.simulated)
    return [weak(name, "The key is of a simulated enclave, which proves nothing."), quote];
  if (!(await enclaves.isApproved(release, piece.measurement, known.isvSvn, known.validFrom)))
    return [fails(name, "The publisher has not approved what this enclave runs.")];
  return [
    holds(
      name,
      `Attested, valid until ${dateOf(known.validTo)}; the publisher approved what it runs.`,
    ),
    quote,
  ];
}

/**
 * Verifies again what a contract verified when the key was registered, so that an endpoint's word for it is not needed. One that
 * does not keep or show that much history leaves it open.
 */
async function findQuote(
  contracts: Contracts,
  { statement: { operator }, domain: { chainId } }: Receipt,
  { key, measurement }: TeeEvidence,
  fromBlock: number,
): Promise<Finding> {
  const name = "Enclave's quote";
  try {
    const { enclaves } = contracts;
    const id = await enclaves.idOf(operator, key, measurement);
    const registered = await readRegisteredQuote(contracts, id, fromBlock);
    const registry = await enclaves.getAddress();
    verifyRegisteredQuote(registered, { chainId, registry, operator, key, measurement });
    return registered.simulated
      ? weak(
          name,
          "Verified in this browser up to a root whose private key is published: anybody can sign such a quote.",
        )
      : holds(
          name,
          "Verified in this browser: Intel's root, authority, platform and quoting enclave each signed for the next, and the quote is of this key, this operator and what it runs.",
        );
  } catch (error) {
    if (error instanceof AttestationError && error.code !== "REGISTRATION_UNREADABLE")
      return fails(name, error.message);
    return { name, outcome: "unknown", words: `Not verified in this browser: ${reasonOf(error)}` };
  }
}

async function findStake(
  { vault }: Contracts,
  { statement: { operator } }: Receipt,
): Promise<Finding> {
  const { own, delegated } = await vault.stakeOf(operator);
  const name = "Operator's stake";
  return own + delegated === 0n
    ? weak(name, "The operator has no stake now: it has nothing to lose by this answer.")
    : holds(name, `${formatEther(own + delegated)} ether are staked with the operator now.`);
}

async function findRequest(
  { requests }: Contracts,
  { statement: { request, operator } }: Receipt,
): Promise<Finding> {
  const name = "Request on the chain";
  const status = enumName(REQUEST_STATUSES, await requests.statusOf(request));
  switch (status) {
    case "none":
      return {
        name,
        outcome: "unknown",
        words: "It was not asked for on the chain, as where a gateway is paid by HTTP.",
      };
    case "overturned":
      return fails(name, "The answer was challenged and overturned.");
    case "fulfilled": {
      const result = await requests.resultOf(request);
      return result.operator.toLowerCase() === operator
        ? holds(name, "It was asked for, answered by this operator, and is final.")
        : fails(name, "It was answered by another operator.");
    }
    default:
      return weak(name, `It is ${status}: not final.`);
  }
}

async function findBatch(
  address: `0x${string}`,
  { domain, batch, root, index }: BatchInclusion,
  provider: JsonRpcProvider,
): Promise<Finding> {
  const name = "Batch on the chain";
  if (domain.ledger !== address)
    return fails(name, `The batch is of ledger ${domain.ledger}, which is not this chain's.`);
  const { ledger } = await connectLedger(address, provider);
  const posted = await ledger.batchOf(batch);
  if (posted.postedAt === 0n) return fails(name, "No batch of this number was posted.");
  if (posted.root !== root) return fails(name, "The posted batch has another root.");
  switch (await ledger.statusOf(batch, index)) {
    case 3n:
      return fails(name, "The item was disputed and not proven: it is skipped.");
    case 1n:
      return weak(name, "The item is disputed, and not proven yet.");
    case 2n:
      return holds(name, `Posted ${dateOf(posted.postedAt)}; the item was proven to the ledger.`);
    default:
      return holds(name, `Posted ${dateOf(posted.postedAt)} under this root; nobody disputes it.`);
  }
}

/** The router sees bonds, attestations, revocations and what is registered: its word is the chain's. */
async function judgeByRouter(
  { router }: Contracts,
  receipt: Receipt,
): Promise<{ readonly assurance: Assurance | null; readonly finding: Finding }> {
  const name = "The chain's own verification";
  try {
    const assurance = await router.assess(encoded(receipt));
    return {
      assurance: decodeAssurance(assurance),
      finding: holds(name, "The router's contracts verified all evidence of the receipt again."),
    };
  } catch (error) {
    const refusal = findContractError(error);
    if (refusal === undefined) throw error;
    const words = `The router refuses it: ${refusal.name}(${refusal.args.join(", ")}).`;
    return { assurance: null, finding: fails(name, words) };
  }
}

/** A floor that only a panel or a window without a challenge can meet is not met by a receipt alone: the request's end decides it. */
async function findFloor({ router }: Contracts, receipt: Receipt): Promise<readonly Finding[]> {
  const { floor } = receipt.release;
  if (floor.allOf.length === 0 && floor.minStake === 0n) return [];
  const name = "The publisher's floor";
  try {
    await router.requireReceipt(encoded(receipt), encodePolicy(NO_FLOOR));
    return [holds(name, "The evidence meets what the publisher demands of every answer.")];
  } catch (error) {
    if (findContractError(error) === undefined) throw error;
    const words =
      "The receipt alone does not meet what the publisher demands of every answer; a final request on the chain does.";
    return [weak(name, words)];
  }
}

function encoded(receipt: Receipt): Parameters<Contracts["router"]["assess"]>[0] {
  const { release, request, operator } = receipt.statement;
  return {
    ...{ release, request, operator },
    ...{ input: [...receipt.input], output: [...receipt.output] },
    evidence: encodeReceiptEvidence(receipt),
  };
}

function dateOf(seconds: bigint): string {
  const at = Number(seconds) * 1000;
  return at > 8.64e15 ? "for ever" : new Date(at).toISOString().slice(0, 10);
}

function holds(name: string, words: string): Finding {
  return { name, outcome: "holds", words };
}
function weak(name: string, words: string): Finding {
  return { name, outcome: "weak", words };
}
function fails(name: string, words: string): Finding {
  return { name, outcome: "fails", words };
}
