import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { Link, useSearchParams } from "wouter";
import type { ModelFilter, ModelRow } from "../../data/listModels.ts";
import { listModels, MODEL_ORDERS, NO_CIRCUIT } from "../../data/listModels.ts";
import { usePages } from "../../data/usePages.ts";
import { useSettled } from "../../data/useSettled.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Page } from "../../ui/Page.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Select } from "../../ui/Select.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { Table } from "../../ui/Table.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { Time } from "../../ui/Time.tsx";
import "./modelsPage.css";

/** Milliseconds for which typing rests before it is asked for. */
const REST_MS = 250;

const ORDERS: Readonly<Record<ModelFilter["orderBy"], string>> = {
  requests: "Most asked",
  publishedAt: "Newest",
  lastUsedAt: "Asked last",
  fees: "Most paid",
};
const DEPRECATED: Readonly<Record<ModelFilter["deprecated"], string>> = {
  hidden: "Left out",
  shown: "Listed too",
  only: "Alone",
};

const DEPRECATED_CHOICES = ["hidden", "shown", "only"] as const;

/** Every model that was published, found by name, publisher or licence. */
export function ModelsPage(): ReactNode {
  const [params, setParams] = useSearchParams();
  const [search, setSearch] = useState(params.get("search") ?? "");
  const settled = useSettled(search, REST_MS);
  const filter: ModelFilter = {
    search: settled,
    deprecated: keyOf(DEPRECATED, params.get("deprecated"), "hidden"),
    proven: params.get("proven") === "yes",
    orderBy: keyOf(ORDERS, params.get("sort"), "requests"),
  };
  const set = (name: string, value: string): void => {
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === "") after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  };
  useEffect(() => {
    if (settled !== (params.get("search") ?? "")) set("search", settled);
    // The address follows what was typed, never the other way round.
  }, [settled]);
  const pages = usePages(["models", filter], (after, signal) => listModels(filter, after, signal));
  return (
    <Page title="Models" lead="What can be asked, who published it, and what it is asked for.">
      <Section title="Find a model">
        <search className="filters">
          <TextField
            label="Name, publisher or licence"
            value={search}
            onChange={setSearch}
            type="search"
          />
          <Select
            label="Sort by"
            value={filter.orderBy}
            onChange={(it) => {
              set("sort", it);
            }}
            options={MODEL_ORDERS.map((id) => ({ value: id, label: ORDERS[id] }))}
          />
          <Select
            label="Deprecated models"
            value={filter.deprecated}
            onChange={(it) => {
              set("deprecated", it);
            }}
            options={DEPRECATED_CHOICES.map((it) => ({ value: it, label: DEPRECATED[it] }))}
          />
          <Switch
            isSelected={filter.proven}
            onChange={(it) => {
              set("proven", it ? "yes" : "");
            }}
          >
            Answers can be proven
          </Switch>
        </search>
      </Section>
      <Section title="Models">
        <Query result={pages.result} what="models">
          {({ rows }) => <Models rows={rows} />}
        </Query>
        <Pager pages={pages} what="models" />
      </Section>
    </Page>
  );
}

function Models({ rows }: { readonly rows: readonly ModelRow[] }): ReactNode {
  return (
    <Table
      caption="Models, with what is asked of them"
      columns={[
        {
          name: "Model",
          cell: ({ name, latest, deprecated }) => (
            <>
              <Link href={`/release/${latest}`}>
                <StrangersText text={name} empty="(no name)" />
              </Link>
              {deprecated ? <span className="models-note"> deprecated</span> : null}
            </>
          ),
        },
        {
          name: "Latest",
          cell: ({ release, releases }) => (
            <>
              {release === undefined ? "" : <StrangersText text={release.version} limit={20} />}
              {releases > 1 ? <span className="models-note"> of {releases}</span> : null}
            </>
          ),
        },
        { name: "Publisher", cell: ({ publisher }) => <Hash value={publisher} /> },
        {
          name: "Licence",
          cell: ({ release }) =>
            release === undefined ? "" : <StrangersText text={release.licence} limit={24} />,
        },
        {
          name: "Proofs",
          cell: ({ release }) =>
            release === undefined ? "" : release.circuit === NO_CIRCUIT ? "no" : "yes",
        },
        {
          name: "Requests",
          cell: ({ requests }) => requests.toLocaleString("en-US"),
          align: "end",
        },
        { name: "Fees", cell: ({ fees }) => <Amount wei={fees} />, align: "end" },
        {
          name: "Asked last",
          cell: ({ lastUsedAt }) => (lastUsedAt === 0 ? "never" : <Time at={lastUsedAt} />),
        },
        { name: "Published", cell: ({ publishedAt }) => <Time at={publishedAt} /> },
      ]}
      rows={rows}
      keyOf={({ id }) => id}
      empty="No model is like that. Publish one with npx hardhat model:publish, or look for less."
    />
  );
}

/** An address may say anything: what is no choice is the first one. */
function keyOf<Key extends string>(
  choices: Readonly<Record<Key, string>>,
  value: string | null,
  otherwise: Key,
): Key {
  return value !== null && Object.hasOwn(choices, value) ? (value as Key) : otherwise;
}
