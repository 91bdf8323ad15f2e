import type { PlatformCollateral } from "../collateral.ts";
import type { IsvLevel, Period, PlatformLevel } from "./vendor.ts";
import {
  simulatedPlatformCa,
  simulatedQeIdentity,
  simulatedRevocations,
  simulatedRoot,
  simulatedTcbInfo,
  simulatedTcbSigning,
} from "./vendor.ts";

export type SimulatedCollateralOptions = {
  readonly tee: "SGX" | "TDX";
  readonly fmspc: string;
  /** When all of it begins, and when it is to be replaced. */
  readonly period: Period;
  readonly evaluation: number;
  /** How platforms, TDX modules and quoting enclaves stand. */
  readonly levels: readonly PlatformLevel[];
  readonly modules?: readonly { readonly version: number; readonly levels: readonly IsvLevel[] }[];
  readonly qeLevels: readonly IsvLevel[];
  /** Platforms that are revoked. */
  readonly revoked?: readonly { readonly serial: bigint; readonly date: Date }[];
  readonly crlNumber?: number;
};

/** Returns all that a simulated quote is judged by, below the simulated root. */
export function simulatedCollateral(options: SimulatedCollateralOptions): PlatformCollateral {
  const { tee, period, evaluation, qeLevels, revoked = [], crlNumber = 1 } = options;
  const root = simulatedRoot().certificate;
  return {
    rootRevocations: simulatedRevocations("root", period, crlNumber),
    pckRevocations: simulatedRevocations("platformCa", period, crlNumber, revoked),
    pckAuthorities: [simulatedPlatformCa().certificate, root],
    signingChain: [simulatedTcbSigning().certificate, root],
    tcbInfo: simulatedTcbInfo(options),
    qeIdentity: simulatedQeIdentity(tee, evaluation, period, qeLevels),
  };
}
