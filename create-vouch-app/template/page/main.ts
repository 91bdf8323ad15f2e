import { connect } from "@vouch/sdk";
import type { Eip1193Provider } from "ethers";
import { JsonRpcProvider } from "ethers";

/** What scripts/page.ts says of its chain. */
type Facts = {
  readonly deployment: unknown;
  readonly release: string;
  readonly samples: readonly { readonly id: string; readonly x: readonly number[] }[];
};

const wallet = (globalThis as { readonly ethereum?: Eip1193Provider }).ethereum;
const row = element("row", HTMLSelectElement);
const withWallet = element("wallet", HTMLInputElement);
const button = element("ask", HTMLButtonElement);
const steps = element("steps", HTMLOListElement);
const answer = element("answer", HTMLOutputElement);

const facts = (await (await fetch("facts.json")).json()) as Facts;
for (const { id } of facts.samples) row.append(new Option(id));
withWallet.disabled = wallet === undefined;
button.disabled = false;
button.addEventListener("click", () => {
  button.disabled = true;
  steps.replaceChildren();
  answer.value = "";
  ask()
    .catch((error: unknown) => {
      addStep(error instanceof Error ? error.message : String(error)).dataset["bad"] = "";
    })
    .finally(() => {
      button.disabled = false;
    });
});

/** Asks with the wallet, or with an account that the local chain keeps unlocked. */
async function ask(): Promise<void> {
  const local = new JsonRpcProvider(new URL("rpc", location.href).href);
  const provider = withWallet.checked && wallet !== undefined ? wallet : await local.getSigner();
  const vouch = await connect({ provider, deployment: facts.deployment });
  const input = facts.samples[row.selectedIndex]?.x ?? [];
  const { output, verification } = await vouch.infer(
    { release: facts.release, input, policy: "zk:any+signature", fee: 10n ** 15n },
    {
      onProgress: ({ status }) => {
        addStep(status);
      },
    },
  );
  const [logVolatility = 0] = [output].flat(Infinity) as number[];
  const percent = 100 * Math.exp(logVolatility - 3.25);
  const checks = verification.checks.map((it) => it.name).join(", ");
  answer.value = `${percent.toFixed(2)} % a day. Verified here: ${checks}.`;
}

function addStep(text: string): HTMLLIElement {
  const item = document.createElement("li");
  item.textContent = text;
  steps.append(item);
  return item;
}

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no such element #${id}`);
  return found;
}
