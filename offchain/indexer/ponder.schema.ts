import { index, onchainTable, primaryKey } from "ponder";

type Columns = Parameters<
  Extract<Parameters<typeof onchainTable>[1], (...of: never[]) => unknown>
>[0];

// What the page asks for is counted while events are read, never when somebody looks: a query reads rows by an index, however
// many events there were. Amounts are wei (or a token's least unit), times are seconds of the chain, ids and hashes are hex.

/** One row, `id` "network": what all of it comes to. */
export const network = onchainTable("network", (t) => ({
  id: t.text().primaryKey(),
  requests: t.integer().notNull(),
  /** Answers whose evidence met the policy, those that were overturned later among them. */
  answers: t.integer().notNull(),
  finals: t.integer().notNull(),
  refunds: t.integer().notNull(),
  overturned: t.integer().notNull(),
  disputes: t.integer().notNull(),
  models: t.integer().notNull(),
  releases: t.integer().notNull(),
  operators: t.integer().notNull(),
  feeds: t.integer().notNull(),
  /** Escrowed in the native token, over all time. */
  escrowed: t.bigint().notNull(),
  /** Paid to operators in the native token, royalties left out. */
  fees: t.bigint().notNull(),
  royalties: t.bigint().notNull(),
  slashed: t.bigint().notNull(),
  burned: t.bigint().notNull(),
  stake: t.bigint().notNull(),
  exposure: t.bigint().notNull(),
  lastEventAt: t.integer().notNull(),
}));

/** A publisher's model under one name: all its releases. `id` is `publisher:name`. */
export const model = onchainTable(
  "model",
  (t) => ({
    id: t.text().primaryKey(),
    publisher: t.hex().notNull(),
    name: t.text().notNull(),
    /** Name, publisher and licence in lower case: what a search looks through. */
    search: t.text().notNull(),
    latest: t.hex().notNull(),
    /** Circuit of the latest release; zero where no proof can be made of it. */
    circuit: t.hex().notNull(),
    releases: t.integer().notNull(),
    requests: t.integer().notNull(),
    answers: t.integer().notNull(),
    fees: t.bigint().notNull(),
    deprecated: t.boolean().notNull(),
    publishedAt: t.integer().notNull(),
    lastUsedAt: t.integer().notNull(),
  }),
  (table) => ({
    byUse: index().on(table.requests),
    byTime: index().on(table.publishedAt),
    byPublisher: index().on(table.publisher),
  }),
);

/** An immutable version of a model, as the registry's event says it. */
export const release = onchainTable(
  "release",
  (t) => ({
    id: t.hex().primaryKey(),
    modelId: t.text().notNull(),
    publisher: t.hex().notNull(),
    model: t.text().notNull(),
    version: t.text().notNull(),
    content: t.hex().notNull(),
    weights: t.hex().notNull(),
    circuit: t.hex().notNull(),
    inputFractionBits: t.integer().notNull(),
    outputFractionBits: t.integer().notNull(),
    runtime: t.text().notNull(),
    manifest: t.hex().notNull(),
    licence: t.text().notNull(),
    royaltyBps: t.integer().notNull(),
    /** As `policySchema` of `@vouch/protocol` reads it. */
    floor: t.json().notNull(),
    uri: t.text().notNull(),
    /** The release of the same model before this one. */
    previous: t.hex(),
    successor: t.hex(),
    deprecation: t.text(),
    deprecatedAt: t.integer(),
    requests: t.integer().notNull(),
    answers: t.integer().notNull(),
    fees: t.bigint().notNull(),
    royalties: t.bigint().notNull(),
    publishedAt: t.integer().notNull(),
    publishedBlock: t.integer().notNull(),
    publishedTx: t.hex().notNull(),
    lastUsedAt: t.integer().notNull(),
  }),
  (table) => ({
    byModel: index().on(table.modelId),
    byTime: index().on(table.publishedAt),
    byCircuit: index().on(table.circuit),
  }),
);

/** The arithmetic form that releases share; `form` is single, committed, segments or batches. */
export const circuit = onchainTable("circuit", (t) => ({
  id: t.hex().primaryKey(),
  registrant: t.hex().notNull(),
  form: t.text().notNull(),
  /** Null of segments and batches, which are worth their parts. */
  setup: t.text(),
  r1cs: t.hex(),
  transcript: t.hex(),
  parts: t.json().notNull(),
  attestations: t.integer().notNull(),
  registeredAt: t.integer().notNull(),
}));

export const setupAttestation = onchainTable(
  "setup_attestation",
  (t) => ({
    circuit: t.hex().notNull(),
    verifier: t.hex().notNull(),
    transcript: t.hex().notNull(),
    withdrawn: t.boolean().notNull(),
    at: t.integer().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.circuit, table.verifier] }) }),
);

/** An inference that was asked for on-chain, and where it stands. `status` is one of `REQUEST_STATUSES`. */
export const request = onchainTable(
  "request",
  (t) => ({
    id: t.hex().primaryKey(),
    release: t.hex().notNull(),
    modelId: t.text().notNull(),
    requester: t.hex().notNull(),
    operator: t.hex(),
    status: t.text().notNull(),
    token: t.hex().notNull(),
    escrow: t.bigint().notNull(),
    fee: t.bigint(),
    paid: t.bigint(),
    royalty: t.bigint(),
    cover: t.bigint().notNull(),
    stake: t.bigint().notNull(),
    bond: t.bigint().notNull(),
    policy: t.json().notNull(),
    inputHash: t.hex().notNull(),
    inputWords: t.integer().notNull(),
    /** Words in hex; the first 64 of a longer output. */
    output: t.json(),
    outputWords: t.integer(),
    /** Bits as in `Assurance.kinds` and `Assurance.flags`; null before an answer. */
    kinds: t.integer(),
    flags: t.integer(),
    quorumK: t.integer(),
    quorumN: t.integer(),
    minTcb: t.integer(),
    stakeAtRisk: t.bigint(),
    /** Challenge window in seconds; 0 where the answer was final at once. */
    window: t.integer(),
    callbackGas: t.integer().notNull(),
    delivered: t.boolean(),
    /** Gas of the transaction that answered. */
    gasUsed: t.integer(),
    lockDeadline: t.integer().notNull(),
    deadline: t.integer().notNull(),
    askedAt: t.integer().notNull(),
    askedBlock: t.integer().notNull(),
    askedTx: t.hex().notNull(),
    lockedAt: t.integer(),
    answeredAt: t.integer(),
    answeredTx: t.hex(),
    endedAt: t.integer(),
  }),
  (table) => ({
    byTime: index().on(table.askedAt),
    byRelease: index().on(table.release, table.askedAt),
    byModel: index().on(table.modelId, table.askedAt),
    byOperator: index().on(table.operator, table.askedAt),
    byRequester: index().on(table.requester, table.askedAt),
    byStatus: index().on(table.status, table.askedAt),
  }),
);

/** Everything that happened to a request, in the order of the chain. `id` is Ponder's id of the event. */
export const step = onchainTable(
  "step",
  (t) => ({
    id: t.text().primaryKey(),
    request: t.hex().notNull(),
    /** The event's name. */
    kind: t.text().notNull(),
    actor: t.hex(),
    /** What the event says beside it, amounts as decimals. */
    data: t.json().notNull(),
    at: t.integer().notNull(),
    block: t.integer().notNull(),
    tx: t.hex().notNull(),
  }),
  (table) => ({ byRequest: index().on(table.request, table.id) }),
);

/** What is counted in some time under some evidence. */
function countColumns(t: Columns) {
  return {
    /** Bits as in `Assurance.kinds`; -1 counts what was asked, whatever came of it. */
    kinds: t.integer().notNull(),
    weak: t.boolean().notNull(),
    count: t.integer().notNull(),
    /** Native token only: escrow of what was asked, fee and cover of what was answered. */
    value: t.bigint().notNull(),
    fees: t.bigint().notNull(),
    /** Seconds from request to answer, and gas of the answers, summed: of what is final, so that averages are over `count`. */
    seconds: t.bigint().notNull(),
    gas: t.bigint().notNull(),
  };
}

/**
 * Counts of one hour; `weak` where an answer rests on a simulated enclave or a development set-up. An answer counts in the hour in
 * which it is final, with the kinds that it has then: what was overturned never does. `id` is `hour:kinds:weak`.
 */
export const hour = onchainTable(
  "hour",
  (t) => ({
    id: t.text().primaryKey(),
    /** First second of the hour. */
    at: t.integer().notNull(),
    ...countColumns(t),
  }),
  (table) => ({ byTime: index().on(table.at) }),
);

/** As `hour`, of a day of UTC: what is looked at over months. `id` is `day:kinds:weak`. */
export const day = onchainTable(
  "day",
  (t) => ({
    id: t.text().primaryKey(),
    at: t.integer().notNull(),
    ...countColumns(t),
  }),
  (table) => ({ byTime: index().on(table.at) }),
);

/** As `hour`, of one release in one day. `id` is `day:release:kinds:weak`. */
export const releaseDay = onchainTable(
  "release_day",
  (t) => ({
    id: t.text().primaryKey(),
    at: t.integer().notNull(),
    release: t.hex().notNull(),
    modelId: t.text().notNull(),
    ...countColumns(t),
  }),
  (table) => ({
    byRelease: index().on(table.release, table.at),
    byModel: index().on(table.modelId, table.at),
  }),
);

/** All final answers of a model by the evidence that they rest on. `id` is `model:kinds:weak`. */
export const modelAssurance = onchainTable(
  "model_assurance",
  (t) => ({
    id: t.text().primaryKey(),
    modelId: t.text().notNull(),
    kinds: t.integer().notNull(),
    weak: t.boolean().notNull(),
    count: t.integer().notNull(),
    value: t.bigint().notNull(),
  }),
  (table) => ({ byModel: index().on(table.modelId) }),
);

export const operator = onchainTable(
  "operator",
  (t) => ({
    id: t.hex().primaryKey(),
    own: t.bigint().notNull(),
    delegated: t.bigint().notNull(),
    /** Sum of its open liabilities. */
    exposure: t.bigint().notNull(),
    openLiabilities: t.integer().notNull(),
    exiting: t.bigint().notNull(),
    slashed: t.bigint().notNull(),
    earned: t.bigint().notNull(),
    shares: t.hex(),
    commissionBps: t.integer(),
    locks: t.integer().notNull(),
    answers: t.integer().notNull(),
    overturned: t.integer().notNull(),
    missed: t.integer().notNull(),
    /** Sum over its answers, of seconds from request to answer. */
    seconds: t.bigint().notNull(),
    enclaves: t.integer().notNull(),
    joinedAt: t.integer().notNull(),
    /** Of the newest transaction that it sent and the protocol noticed. */
    lastSeenAt: t.integer().notNull(),
  }),
  (table) => ({
    byStake: index().on(table.own),
    bySeen: index().on(table.lastSeenAt),
    byAnswers: index().on(table.answers),
    byEarned: index().on(table.earned),
    bySlashed: index().on(table.slashed),
  }),
);

/** What an operator stands for until it is closed. `id` is `operator:holder:liability`. */
export const liability = onchainTable(
  "liability",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    holder: t.hex().notNull(),
    liability: t.hex().notNull(),
    amount: t.bigint().notNull(),
    lapsesAt: t.integer().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator) }),
);

export const slash = onchainTable(
  "slash",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    holder: t.hex().notNull(),
    liability: t.hex().notNull(),
    own: t.bigint().notNull(),
    delegated: t.bigint().notNull(),
    compensated: t.bigint().notNull(),
    rewarded: t.bigint().notNull(),
    burned: t.bigint().notNull(),
    at: t.integer().notNull(),
    block: t.integer().notNull(),
    tx: t.hex().notNull(),
  }),
  (table) => ({
    byTime: index().on(table.at),
    byOperator: index().on(table.operator, table.at),
    byLiability: index().on(table.liability),
  }),
);

/** A challenge of an answer. `id` is `requests:id` as the contract keys it; `status` is one of `DISPUTE_STATUSES`. */
export const dispute = onchainTable(
  "dispute",
  (t) => ({
    id: t.text().primaryKey(),
    request: t.hex().notNull(),
    challenger: t.hex().notNull(),
    operator: t.hex().notNull(),
    bond: t.bigint().notNull(),
    status: t.text().notNull(),
    rounds: t.integer().notNull(),
    decideBy: t.integer().notNull(),
    openedAt: t.integer().notNull(),
    openedTx: t.hex().notNull(),
    decidedAt: t.integer(),
    decidedTx: t.hex(),
  }),
  (table) => ({
    byTime: index().on(table.openedAt),
    byStatus: index().on(table.status, table.openedAt),
    byRequest: index().on(table.request),
  }),
);

/** A round of a panel; `status` is one of `ROUND_STATUSES`. */
export const round = onchainTable(
  "round",
  (t) => ({
    id: t.hex().primaryKey(),
    client: t.hex().notNull(),
    request: t.hex().notNull(),
    status: t.text().notNull(),
    /** Members that must agree, and that were to be drawn. */
    k: t.integer().notNull(),
    n: t.integer().notNull(),
    /** Members that were drawn. */
    seats: t.integer().notNull(),
    committed: t.integer().notNull(),
    revealed: t.integer().notNull(),
    agreed: t.integer().notNull(),
    absent: t.integer().notNull(),
    openedAt: t.integer().notNull(),
    endedAt: t.integer(),
  }),
  (table) => ({ byTime: index().on(table.openedAt), byRequest: index().on(table.request) }),
);

export const enclave = onchainTable(
  "enclave",
  (t) => ({
    id: t.hex().primaryKey(),
    operator: t.hex().notNull(),
    key: t.hex().notNull(),
    measurement: t.hex().notNull(),
    /** Rank as in `TcbStatus`. */
    tcb: t.integer().notNull(),
    simulated: t.boolean().notNull(),
    registeredAt: t.integer().notNull(),
    /** Seconds; certificates are valid beyond what 31 bits hold. */
    validTo: t.bigint().notNull(),
    retiredAt: t.integer(),
    compromisedSince: t.integer(),
  }),
  (table) => ({ byOperator: index().on(table.operator) }),
);

/** Which measurements a publisher lets serve a release. */
export const approval = onchainTable(
  "approval",
  (t) => ({
    release: t.hex().notNull(),
    measurement: t.hex().notNull(),
    minSvn: t.integer().notNull(),
    approvedAt: t.integer().notNull(),
    withdrawnSince: t.integer(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.release, table.measurement] }) }),
);

export const feed = onchainTable(
  "feed",
  (t) => ({
    id: t.hex().primaryKey(),
    sponsor: t.hex().notNull(),
    release: t.hex().notNull(),
    adapter: t.hex().notNull(),
    rounds: t.integer().notNull(),
    /** Of the newest round; null before one. */
    answer: t.bigint(),
    confidence: t.bigint(),
    updatedAt: t.integer(),
    /** Balance is what was funded less what runs cost and was withdrawn. */
    funded: t.bigint().notNull(),
    cancelled: t.boolean().notNull(),
    createdAt: t.integer().notNull(),
  }),
  (table) => ({ byTime: index().on(table.createdAt) }),
);

export const feedRound = onchainTable(
  "feed_round",
  (t) => ({
    id: t.text().primaryKey(),
    feed: t.hex().notNull(),
    round: t.bigint().notNull(),
    request: t.hex().notNull(),
    answer: t.bigint().notNull(),
    confidence: t.bigint().notNull(),
    provenance: t.hex().notNull(),
    kinds: t.integer().notNull(),
    flags: t.integer().notNull(),
    at: t.integer().notNull(),
  }),
  (table) => ({ byFeed: index().on(table.feed, table.round) }),
);

/** What a requester deposited for an operator: says of a channel, which payments name by its hash alone, whose it is. */
export const channel = onchainTable("channel", (t) => ({
  id: t.hex().primaryKey(),
  requester: t.hex().notNull(),
  operator: t.hex().notNull(),
  token: t.hex().notNull(),
}));

/** Vouchers that an operator settles at once: a root on the ledger. */
export const batch = onchainTable(
  "batch",
  (t) => ({
    id: t.hex().primaryKey(),
    poster: t.hex().notNull(),
    root: t.hex().notNull(),
    count: t.integer().notNull(),
    bond: t.bigint().notNull(),
    paid: t.integer().notNull(),
    refused: t.integer().notNull(),
    disputed: t.integer().notNull(),
    proven: t.integer().notNull(),
    skipped: t.integer().notNull(),
    /** Paid out of deposits, in the native token. */
    amount: t.bigint().notNull(),
    released: t.boolean().notNull(),
    slashed: t.boolean().notNull(),
    postedAt: t.integer().notNull(),
    tx: t.hex().notNull(),
  }),
  (table) => ({ byTime: index().on(table.postedAt), byPoster: index().on(table.poster) }),
);
