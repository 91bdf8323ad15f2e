import type { Hex } from "@vouch/protocol";
import type { CeremonyFacts } from "./ceremonyFacts.ts";
import type { CeremonyState } from "./ceremonyState.ts";
import { receiptHash } from "./receipt.ts";

/** The public page of a ceremony: no script, and nothing that a participant chose is taken for markup. */
export function statusPage(facts: CeremonyFacts, id: Hex, state: CeremonyState): string {
  const waiting = state.queue.map(({ name }) => `<li>${escape(name)}</li>`).join("");
  const rounds = state.rounds
    .map(
      (receipt) =>
        `<tr><td>${receipt.round}</td><td>${escape(receipt.name)}</td><td>${escape(receipt.at)}</td>` +
        `<td><code>${receiptHash(receipt)}</code></td></tr>`,
    )
    .join("");
  const circuits = facts.circuits
    .map(
      ({ r1cs, constraints }) => `<li>${constraints} constraints, r1cs <code>${r1cs}</code></li>`,
    )
    .join("");
  const powers =
    facts.powers.origin === "public"
      ? "public powers of tau"
      : "<strong>DEVELOPMENT powers of tau: a rehearsal, which proves nothing</strong>";
  const links = (facts.version === 1 ? [] : facts.links)
    .map(
      ({ inference, weights }) =>
        `<li>the weights of circuits ${inference + 1} and ${weights + 1}, linked</li>`,
    )
    .join("");
  const standing = state.ended ? "It is over." : `${state.queue.length} wait or contribute now.`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(facts.name)}</title>
<style>body{font:1rem/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}code{overflow-wrap:anywhere}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}</style>
<h1>${escape(facts.name)}</h1>
<p>Set-up ceremony <code>${id}</code>, from ${powers}. ${standing}</p>
<ul>${circuits}${links}</ul>
<h2>Contributions</h2>
<table><tr><th>Round</th><th>Name</th><th>Time</th><th>Receipt</th></tr>${rounds}</table>
<h2>Queue</h2>
<ol>${waiting}</ol>
<p>For programs: <a href="/transcript">transcript</a>, <a href="/ceremony">ceremony</a>.</p>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (it) => ENTITIES[it] ?? "");
}
