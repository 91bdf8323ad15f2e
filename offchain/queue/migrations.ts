/** Statements of each version of the tables, in order; what is released is never edited, only added to. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    // Where reading of a chain goes on.
    `CREATE TABLE vouch.cursors (
       name text PRIMARY KEY,
       next bigint NOT NULL,
       blocks jsonb NOT NULL
     )`,
    `CREATE TABLE vouch.answers (
       operator text NOT NULL,
       request text NOT NULL,
       words text[] NOT NULL,
       receipt text,
       answered_at timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (operator, request)
     )`,
    `CREATE TABLE vouch.evidence (
       operator text NOT NULL,
       request text NOT NULL,
       kind text NOT NULL,
       data text NOT NULL,
       PRIMARY KEY (operator, request, kind),
       FOREIGN KEY (operator, request) REFERENCES vouch.answers
     )`,
    // Sign once: what an operator signed for a request, for ever.
    `CREATE TABLE vouch.signed (
       operator text NOT NULL,
       request text NOT NULL,
       digest text NOT NULL,
       PRIMARY KEY (operator, request)
     )`,
    // The next nonce of an account; its row is the lock under which nonces are given.
    `CREATE TABLE vouch.senders (
       chain_id bigint NOT NULL,
       sender text NOT NULL,
       next_nonce bigint NOT NULL,
       PRIMARY KEY (chain_id, sender)
     )`,
    // Whose a nonce is, for ever, even where its intent has moved to another.
    `CREATE TABLE vouch.nonces (
       chain_id bigint NOT NULL,
       sender text NOT NULL,
       nonce bigint NOT NULL,
       key text NOT NULL,
       PRIMARY KEY (chain_id, sender, nonce)
     )`,
    `CREATE TABLE vouch.transactions (
       chain_id bigint NOT NULL,
       key text NOT NULL,
       sender text NOT NULL,
       nonce bigint NOT NULL,
       intent jsonb NOT NULL,
       mined jsonb,
       is_final boolean NOT NULL DEFAULT false,
       PRIMARY KEY (chain_id, key),
       UNIQUE (chain_id, sender, nonce)
     )`,
    `CREATE INDEX transactions_open ON vouch.transactions (chain_id, sender, nonce) WHERE NOT is_final`,
    `CREATE TABLE vouch.attempts (
       chain_id bigint NOT NULL,
       key text NOT NULL,
       nonce bigint NOT NULL,
       position bigint GENERATED ALWAYS AS IDENTITY,
       hash text NOT NULL,
       raw text NOT NULL,
       fees jsonb NOT NULL,
       at timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (chain_id, key, nonce, position),
       FOREIGN KEY (chain_id, key) REFERENCES vouch.transactions
     )`,
    // The id is a hash of chain, token, payer and nonce.
    `CREATE TABLE vouch.payments (
       id text PRIMARY KEY,
       binding jsonb NOT NULL,
       state text NOT NULL CHECK (state IN ('verified', 'served', 'captured', 'voided', 'failed')),
       facts jsonb NOT NULL DEFAULT '{}',
       bound_at timestamptz NOT NULL DEFAULT now()
     )`,
    `CREATE INDEX payments_open ON vouch.payments (bound_at) WHERE state IN ('verified', 'served')`,
    `CREATE TABLE vouch.leases (
       key text PRIMARY KEY,
       holder text NOT NULL,
       fence bigint NOT NULL,
       until timestamptz NOT NULL
     )`,
  ],
  [
    // Answers by HTTP, for whoever asks again and for settling.
    `CREATE TABLE vouch.receipts (
       request text PRIMARY KEY,
       receipt text NOT NULL,
       created bigint NOT NULL,
       payment text
     )`,
    `CREATE INDEX receipts_created ON vouch.receipts (created)`,
  ],
  [
    // Receipts that are settled together. The root is a hash of vouchers, each of which names its ledger and chain.
    `CREATE TABLE vouch.voucher_batches (
       root text PRIMARY KEY,
       ledger text NOT NULL,
       count integer NOT NULL,
       bond text NOT NULL,
       note text,
       from_block bigint NOT NULL,
       attempt integer NOT NULL DEFAULT 0,
       posted jsonb,
       closed boolean NOT NULL DEFAULT false,
       sealed_at timestamptz NOT NULL DEFAULT now()
     )`,
    `CREATE INDEX voucher_batches_open ON vouch.voucher_batches (ledger, sealed_at) WHERE NOT closed`,
    `CREATE TABLE vouch.batch_items (
       payment text PRIMARY KEY REFERENCES vouch.payments,
       root text NOT NULL REFERENCES vouch.voucher_batches,
       index integer NOT NULL,
       leaf text NOT NULL,
       output_hash text NOT NULL,
       amount text NOT NULL,
       claimed text NOT NULL,
       record text,
       UNIQUE (root, index)
     )`,
    `CREATE INDEX payments_payee ON vouch.payments ((binding->>'payTo'), (binding->>'payer')) WHERE state IN ('verified', 'served')`,
  ],
  [
    // Vouchers are open for days and the others for minutes: who looks for these must not read those.
    `ALTER TABLE vouch.payments
       ADD COLUMN scheme text NOT NULL
         GENERATED ALWAYS AS (coalesce((binding->>'terms')::jsonb->'requirements'->>'scheme', 'exact')) STORED,
       ADD COLUMN captured_at timestamptz`,
    `DROP INDEX vouch.payments_open`,
    `CREATE INDEX payments_open ON vouch.payments (scheme, state, bound_at) WHERE state IN ('verified', 'served')`,
    `CREATE INDEX payments_payer ON vouch.payments ((binding->>'payer'), (binding->>'asset')) WHERE state IN ('verified', 'served')`,
    `CREATE INDEX payments_captured ON vouch.payments (captured_at) WHERE state = 'captured'`,
  ],
  [
    // Postings are counted apart from what is sent of a batch that is posted.
    `ALTER TABLE vouch.voucher_batches ADD COLUMN posting integer NOT NULL DEFAULT 0`,
    `UPDATE vouch.voucher_batches SET posting = attempt`,
  ],
  [
    // Proofs that were made, each for what it is bound to: found again after a crash, and by others of the fleet.
    `CREATE TABLE vouch.proofs (
       circuit text NOT NULL,
       digest text NOT NULL,
       commitment text NOT NULL,
       proof text NOT NULL,
       made_at timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (circuit, digest, commitment)
     )`,
    `CREATE INDEX proofs_made ON vouch.proofs (made_at)`,
  ],
  [
    // Proofs of several statements, with these: the receipt of each carries all of them.
    `CREATE TABLE vouch.proven_batches (
       digest text PRIMARY KEY,
       batch text NOT NULL,
       made_at timestamptz NOT NULL DEFAULT now()
     )`,
    `CREATE INDEX proven_batches_made ON vouch.proven_batches (made_at)`,
  ],
];
