import type { PlatformCollateral } from "../collateral.ts";
import type { QuoteSource } from "../guest/quoteSource.ts";
import { simulatedCollateral } from "./collateral.ts";
import type { PlatformTcb } from "./pckExtension.ts";
import { simulateQuote } from "./quote.ts";
import { simulatedPlatform } from "./vendor.ts";

/** What the platform of every development machine is certified to have. */
export const DEVELOPMENT_TCB: PlatformTcb = {
  components: [5, 5, 2, 2, 3, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
  pceSvn: 11,
  fmspc: "de7e10000000",
};
const TDX_SVNS = [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/** Of a TD under module 1.5 (version 1), whose own versions are judged by the module's identity. */
const TEE_TCB_SVN = [5, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const QE_SVN = 4;
const EVALUATION = 17;
const SERIAL = 500n;
const DAY_MS = 24 * 3600 * 1000;
const REGISTER_BYTES = 48;

/**
 * The enclave that a laptop has: quotes of a TD in the real format, below the root that everybody can sign for. They prove
 * nothing, and registries say so.
 *
 * @param rtmr3 what the TD would have extended: 48 bytes, zeros by default.
 */
export function simulatedSource(rtmr3: Uint8Array = new Uint8Array(REGISTER_BYTES)): QuoteSource {
  const platform = simulatedPlatform("development", SERIAL, DEVELOPMENT_TCB);
  const zeros = new Uint8Array(REGISTER_BYTES);
  return {
    name: "simulated TD",
    tee: "TDX",
    simulated: true,
    quote: (reportData) =>
      Promise.resolve(
        simulateQuote({
          platform,
          reportData,
          qeSvn: QE_SVN,
          td: { version: 4, teeTcbSvn: TEE_TCB_SVN, rtmrs: [zeros, zeros, zeros, rtmr3] },
        }),
      ),
  };
}

/**
 * Returns what the simulated vendor says of that platform on a day: up to date, for 30 days from the day's start.
 *
 * @param now time of the chain that takes it.
 */
export function developmentCollateral(now: Date): PlatformCollateral {
  const from = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
  const { components, pceSvn, fmspc } = DEVELOPMENT_TCB;
  return simulatedCollateral({
    tee: "TDX",
    fmspc,
    period: { from, to: new Date(from.getTime() + 30 * DAY_MS) },
    evaluation: EVALUATION,
    levels: [{ sgx: components, pceSvn, tdx: TDX_SVNS, status: "UpToDate" }],
    modules: [{ version: 1, levels: [{ isvSvn: 4, status: "UpToDate" }] }],
    qeLevels: [{ isvSvn: QE_SVN, status: "UpToDate" }],
  });
}
