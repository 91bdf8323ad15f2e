import type { EvidenceKind, RequestStatus } from "@vouch/protocol";
import { REQUEST_STATUSES } from "@vouch/protocol";
import type { ReactNode } from "react";
import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import type { RequestFilter, RequestRow } from "../../data/listRequests.ts";
import { listRequests } from "../../data/listRequests.ts";
import { usePages } from "../../data/usePages.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Assurance } from "../../ui/Assurance.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Page } from "../../ui/Page.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Select } from "../../ui/Select.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Table } from "../../ui/Table.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { Time } from "../../ui/Time.tsx";
import { readRequestFilter } from "./readRequestFilter.ts";
import "../models/modelsPage.css";

const STATUSES: readonly Choice<RequestStatus | "any">[] = [
  { value: "any", label: "Any" },
  ...REQUEST_STATUSES.filter((it) => it !== "none").map((it) => ({ value: it, label: it })),
];
const EVIDENCE: readonly Choice<EvidenceKind | "weak" | "any">[] = [
  { value: "any", label: "Any, or none yet" },
  { value: "zk", label: "A proof" },
  { value: "tee", label: "An enclave" },
  { value: "optimistic", label: "A challenge window" },
  { value: "quorum", label: "A panel" },
  { value: "signature", label: "A signature" },
  { value: "weak", label: "Simulated or development" },
];
const NATIVE = `0x${"0".repeat(40)}`;

type Choice<Value> = { readonly value: Value; readonly label: string };

/** Every inference that was asked for, the newest first. */
export function RequestsPage(): ReactNode {
  const [params, setParams] = useSearchParams();
  const filter = readRequestFilter(params);
  const set = (name: string, value: string): void => {
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === "" || value === "any") after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  };
  const pages = usePages(["requests", filter], (after, signal) =>
    listRequests(filter, after, signal),
  );
  return (
    <Page
      title="Requests"
      lead="Every inference that was asked for on the chain, the newest first."
    >
      <Section title="Filter">
        <search className="filters">
          <Select
            label="Status"
            value={filter.status === "" ? "any" : filter.status}
            onChange={(it) => {
              set("status", it);
            }}
            options={STATUSES}
          />
          <Select
            label="The answer rests on"
            value={filter.evidence === "" ? "any" : filter.evidence}
            onChange={(it) => {
              set("evidence", it);
            }}
            options={EVIDENCE}
          />
          {FIELDS.map(({ name, label, digits }) => (
            <IdField
              key={name}
              label={label}
              digits={digits}
              initial={params.get(name) ?? ""}
              onChange={(it) => {
                set(name, it);
              }}
            />
          ))}
        </search>
      </Section>
      <Section title="Requests">
        <Query result={pages.result} what="requests">
          {({ rows }) => <Requests rows={rows} />}
        </Query>
        <Pager pages={pages} what="requests" />
      </Section>
    </Page>
  );
}

const FIELDS = [
  { name: "release", label: "Id of the release", digits: 64 },
  { name: "operator", label: "Address of the operator", digits: 40 },
  { name: "requester", label: "Address of the requester", digits: 40 },
] satisfies readonly {
  readonly name: keyof RequestFilter;
  readonly label: string;
  readonly digits: number;
}[];

/** A field for an id, which is asked for once it is whole. */
function IdField({
  label,
  digits,
  initial,
  onChange,
}: {
  readonly label: string;
  readonly digits: number;
  readonly initial: string;
  readonly onChange: (value: string) => void;
}): ReactNode {
  const [typed, setTyped] = useState(initial);
  const isWhole = new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(typed.trim());
  const isWrong = typed.trim() !== "" && !isWhole;
  return (
    <TextField
      label={label}
      value={typed}
      onChange={(value) => {
        setTyped(value);
        const id = value.trim();
        if (id === "" || new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(id)) onChange(id);
      }}
      isInvalid={isWrong}
      error={`0x and ${digits} hexadecimal digits`}
    />
  );
}

function Requests({ rows }: { readonly rows: readonly RequestRow[] }): ReactNode {
  return (
    <Table
      caption="Requests, the newest first"
      columns={[
        { name: "Request", cell: ({ id }) => <Hash value={id} href={`/request/${id}`} /> },
        { name: "Asked", cell: ({ askedAt }) => <Time at={askedAt} /> },
        { name: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
        {
          name: "Rests on",
          cell: ({ kinds, flags }) =>
            kinds === null ? "nothing yet" : <Assurance kinds={kinds} flags={flags ?? 0} />,
        },
        {
          name: "Release",
          cell: ({ release, name }) => (
            <Link href={`/release/${release}`}>
              {name === undefined ? (
                release.slice(0, 10)
              ) : (
                <>
                  <StrangersText text={name.model} limit={40} />{" "}
                  <StrangersText text={name.version} limit={20} />
                </>
              )}
            </Link>
          ),
        },
        {
          name: "Operator",
          cell: ({ operator }) =>
            operator === null ? (
              "none yet"
            ) : (
              <Hash value={operator} href={`/operator/${operator}`} />
            ),
        },
        { name: "Requester", cell: ({ requester }) => <Hash value={requester} /> },
        {
          name: "Fee",
          cell: ({ fee, escrow, token }) =>
            token === NATIVE ? (
              fee === null ? (
                <>
                  up to <Amount wei={escrow} />
                </>
              ) : (
                <Amount wei={fee} />
              )
            ) : (
              "in a token"
            ),
          align: "end",
        },
      ]}
      rows={rows}
      keyOf={({ id }) => id}
      empty="No request is like that."
    />
  );
}
