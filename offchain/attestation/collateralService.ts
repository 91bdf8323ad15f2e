import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, CRLDistributionPoints } from "@peculiar/asn1-x509";
import { isSelfIssued } from "./certificateNames.ts";
import { assembleCollateral, chainOf, type CollateralSource } from "./collateralAnswers.ts";
import { AttestationError } from "./errors.ts";
import { httpGet, type HttpAnswer, type HttpLimits } from "./httpGet.ts";
import type { PlatformModel } from "./platformModel.ts";

export type ServiceOptions = Partial<HttpLimits> & {
  /** Where the paths begin: `https://api.trustedservices.intel.com`, or a PCCS. */
  readonly url: string;
  /**
   * Whether documents of a TCB recovery are wanted as soon as they are published, or once platforms had time to
   * follow.
   */
  readonly update?: "early" | "standard";
};

/** Ten seconds an answer, and far more bytes than Intel sends. */
const LIMITS: HttpLimits = { timeoutMs: 10_000, maxBytes: 4 << 20 };
const CRL_DISTRIBUTION_POINTS = "2.5.29.31";
/** Where Intel keeps the root's list. */
const INTEL_HOSTS: readonly string[] = [
  "api.trustedservices.intel.com",
  "certificates.trustedservices.intel.com",
];

/**
 * Takes collateral from a service that answers as Intel's PCS does, version 4
 * (https://api.portal.trustedservices.intel.com): PCS itself, or a PCCS. Answers are kept byte by byte; nobody's
 * signature is verified.
 *
 * The source throws `COLLATERAL_UNAVAILABLE`, naming URL and status, and `COLLATERAL_MALFORMED`.
 */
export function collateralService(options: ServiceOptions): CollateralSource<PlatformModel> {
  const { url, update = "standard", ...limits } = options;
  const base = url.replace(/\/+$/, "");
  const get = (path: string): Promise<HttpAnswer> =>
    httpGet(`${base}${path}`, { ...LIMITS, ...limits });
  return async ({ fmspc, tee, authority }) => {
    const documents = `/${tee.toLowerCase()}/certification/v4`;
    const [pck, info, identity] = await Promise.all([
      get(`/sgx/certification/v4/pckcrl?ca=${authority}&encoding=der`),
      get(`${documents}/tcb?fmspc=${fmspc.toUpperCase()}&update=${update}`),
      get(`${documents}/qe/identity?update=${update}`),
    ]);
    const signingChain = headerOf(info, "TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain");
    const identityChain = headerOf(identity, "SGX-Enclave-Identity-Issuer-Chain");
    requireSame(signingChain, identityChain, identity.url);
    const root = await rootList(get, base, chainOf(signingChain), { ...LIMITS, ...limits });
    return assembleCollateral({
      rootRevocations: root.body,
      pckRevocations: pck.body,
      tcbInfo: new TextDecoder().decode(info.body),
      qeIdentity: new TextDecoder().decode(identity.body),
      pckIssuerChain: headerOf(pck, "SGX-PCK-CRL-Issuer-Chain"),
      signingChain,
    });
  };
}

/**
 * A PCCS has the root's list; Intel keeps it where the root's certificate says. Nobody verified that certificate yet, so what it
 * says is asked of Intel's hosts and of the service itself alone: not of whatever else this machine reaches.
 */
async function rootList(
  get: (path: string) => Promise<HttpAnswer>,
  base: string,
  chain: readonly Uint8Array[],
  limits: HttpLimits,
): Promise<HttpAnswer> {
  try {
    return await get("/sgx/certification/v4/rootcacrl");
  } catch (error) {
    const url = chain
      .filter(isSelfIssued)
      .map(revocationUrlOf)
      .find((it) => it !== undefined);
    if (!isAbsent(error) || url === undefined) throw error;
    if (!isAskable(url, base)) {
      const reason = "is neither one of Intel's hosts nor the service itself, so it is not asked";
      throw new AttestationError({ code: "COLLATERAL_UNAVAILABLE", source: url, reason });
    }
    return httpGet(url, limits);
  }
}

function isAskable(text: string, base: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, origin } = new URL(text);
  return (protocol === "https:" && INTEL_HOSTS.includes(host)) || origin === new URL(base).origin;
}

/** A service that has no such path says 4xx; whatever else went wrong there is to be told. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof AttestationError)) return false;
  const { failure } = error;
  if (failure.code !== "COLLATERAL_UNAVAILABLE" || failure.status === undefined) return false;
  return failure.status >= 400 && failure.status < 500;
}

/** Returns where a certificate (DER) says that its issuer's list of revoked ones is. */
export function revocationUrlOf(certificate: Uint8Array): string | undefined {
  const { extensions } = AsnConvert.parse(certificate, Certificate).tbsCertificate;
  const points = extensions?.find(({ extnID }) => extnID === CRL_DISTRIBUTION_POINTS);
  if (points === undefined) return undefined;
  return AsnConvert.parse(points.extnValue, CRLDistributionPoints)
    .flatMap((it) => it.distributionPoint?.fullName ?? [])
    .map((it) => it.uniformResourceIdentifier)
    .find((it) => it !== undefined);
}

function headerOf({ headers, url }: HttpAnswer, ...names: readonly string[]): string {
  const value = names.map((name) => headers.get(name)).find((it) => it !== null);
  if (value === undefined) {
    throw new AttestationError({
      code: "COLLATERAL_UNAVAILABLE",
      source: url,
      reason: `answered without the header ${names.join(" or ")}`,
    });
  }
  return value;
}

/** One authority signs both documents: what is kept has one chain. */
function requireSame(first: string, second: string, url: string): void {
  const [a, b] = [chainOf(first), chainOf(second)];
  const isSame = a.length === b.length && a.every((it, index) => equal(it, b[index]));
  if (isSame) return;
  throw new AttestationError({
    code: "COLLATERAL_MALFORMED",
    field: `answer of ${url}`,
    reason: "has another signing authority than that of the TCB info: ask again",
  });
}

function equal(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
