import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pemOf, type PlatformCollateral } from "@vouch/attestation";

/** A service in the form of Intel's PCS, on a port of this machine. */
export type CollateralServer = {
  readonly url: string;
  /** Paths that were asked, with their queries. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
};

type Answer = (path: string, response: ServerResponse) => boolean;

/**
 * Serves collateral as PCS does, and the root's list as a PCCS does.
 *
 * @param instead answers first; what it returns false for is answered as it should be.
 */
export async function serveCollateral(
  collateral: PlatformCollateral,
  instead: Answer = () => false,
): Promise<CollateralServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    if (!instead(path, response)) answer(collateral, request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((done, failed) => {
        server.closeAllConnections();
        server.close((error) => {
          if (error === undefined) done();
          else failed(error);
        });
      }),
  };
}

/** Returns the answer that a document is part of, byte by byte. */
export function serviceAnswer(
  member: "tcbInfo" | "enclaveIdentity",
  { text, signature }: PlatformCollateral["tcbInfo"],
): string {
  return `{"${member}":${text},"signature":"${Buffer.from(signature).toString("hex")}"}`;
}

function answer(
  { rootRevocations, pckRevocations, pckAuthorities, signingChain, ...of }: PlatformCollateral,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const chain = (certificates: readonly Uint8Array[]): string =>
    encodeURIComponent(certificates.map(pemOf).join(""));
  const { pathname } = new URL(request.url ?? "", "http://localhost");
  const json = "application/json";
  if (pathname === "/sgx/certification/v4/rootcacrl") {
    response.end(Buffer.from(rootRevocations).toString("hex"));
  } else if (pathname === "/sgx/certification/v4/pckcrl") {
    response.setHeader("SGX-PCK-CRL-Issuer-Chain", chain(pckAuthorities));
    response.end(pckRevocations);
  } else if (/^\/(sgx|tdx)\/certification\/v4\/tcb$/.test(pathname)) {
    response.setHeader("Content-Type", json);
    response.setHeader("TCB-Info-Issuer-Chain", chain(signingChain));
    response.end(serviceAnswer("tcbInfo", of.tcbInfo));
  } else if (/^\/(sgx|tdx)\/certification\/v4\/qe\/identity$/.test(pathname)) {
    response.setHeader("Content-Type", json);
    response.setHeader("SGX-Enclave-Identity-Issuer-Chain", chain(signingChain));
    response.end(serviceAnswer("enclaveIdentity", of.qeIdentity));
  } else {
    response.statusCode = 404;
    response.end();
  }
}
