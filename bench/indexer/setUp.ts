import type { Hex } from "@vouch/protocol";
import { DEPLOYMENT, SCHEDULER, address, hash32 } from "./addresses.ts";
import { encodedData, eventLog } from "./eventLog.ts";
import { CIRCUITS, published, releaseOf } from "./publishedLogs.ts";
import type { SyntheticTransaction } from "./syntheticEpoch.ts";
import { OPERATORS } from "./syntheticEpoch.ts";

const ENCLAVES = 40;
const POINT = [1n, 2n];
const PAIR = [1n, 2n, 3n, 4n];
const INPUTS = 10;

/** Returns what comes first: operators and their stake, enclaves, circuits, releases and feeds. */
export function* setUp(releases: number, feeds: number): Generator<SyntheticTransaction> {
  for (let index = 0; index < OPERATORS; index++) yield staked(index);
  for (let index = 0; index < ENCLAVES; index++) yield enclave(index);
  for (let index = 0; index < CIRCUITS; index++) yield circuit(index);
  for (let index = 0; index < releases; index++) yield published(index);
  for (let index = 0; index < feeds; index++) yield feed(index);
}

function staked(index: number): SyntheticTransaction {
  const operator = address("operator", index);
  const more =
    index % 5 === 0
      ? [
          eventLog("vault", "PoolOpened", [operator, address("shares", index)]),
          eventLog("vault", "Delegated", [operator], [5n * 10n ** 18n]),
          eventLog("vault", "CommissionAnnounced", [operator], [500, 1_700_000_000]),
        ]
      : [];
  const logs = [
    eventLog("vault", "Staked", [operator, operator], [10n * 10n ** 18n]),
    eventLog("vault", "HolderAuthorised", [operator, DEPLOYMENT.inferenceRequests], [true]),
    ...more,
  ];
  return { from: operator, to: DEPLOYMENT.stakeVault, logs };
}

function enclave(index: number): SyntheticTransaction {
  const operator = address("operator", index);
  const id = hash32("enclave", index);
  const measurement = hash32("measurement", index % 4);
  const logs = [
    eventLog(
      "enclaves",
      "EnclaveRegistered",
      [id, operator, address("key", index)],
      [measurement, 1, index % 4 === 0, 2_000_000_000],
    ),
    eventLog("enclaves", "MeasurementApproved", [releaseOf(index % 30), measurement], [1]),
  ];
  return { from: operator, to: DEPLOYMENT.enclaveRegistry, logs };
}

function circuit(index: number): SyntheticTransaction {
  const registrant = address("publisher", index);
  const id = hash32("circuit", index);
  const tensor = { mode: 0, elements: 8, bits: 16, isSigned: true };
  const transcript = hash32("transcript", index);
  const data = encodedData("circuits", "CircuitRegistered", [
    {
      system: 0,
      weights: 0,
      setup: index % 2,
      input: tensor,
      output: { ...tensor, elements: 2 },
      r1cs: hash32("r1cs", index),
      transcript,
      key: {
        alpha: POINT,
        beta: PAIR,
        gamma: PAIR,
        delta: PAIR,
        ic: Array.from({ length: INPUTS }, () => POINT),
      },
    },
  ]);
  const logs = [
    eventLog("circuits", "CircuitRegistered", [id, registrant], data),
    eventLog("circuits", "SetupAttested", [id, address("auditor")], [transcript]),
  ];
  return { from: registrant, to: DEPLOYMENT.circuitRegistry, logs };
}

function feed(index: number): SyntheticTransaction {
  const at = address("feed", index);
  const sponsor: Hex = address("sponsor", index);
  const logs = [
    eventLog(
      "scheduler",
      "FeedCreated",
      [at, sponsor, releaseOf(index)],
      [address("adapter"), hash32("terms", index)],
    ),
    eventLog({ feed: at }, "ScheduleFunded", [sponsor], [10n ** 19n]),
  ];
  return { from: sponsor, to: SCHEDULER, logs };
}
