import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  beginCommittedCeremony,
  ceremonyPaths,
  contributeToFolder,
  endCeremony,
  fetchCeremony,
  readCeremonyFacts,
  takePart,
  verifyCeremonyFolder,
} from "@vouch/ceremony";
import {
  applyCommittedBeacon,
  buildCircuit,
  contributeCommitted,
  contributeLink,
  developmentPowers,
  terminate,
} from "@vouch/prover";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import {
  INFERENCE,
  INFERENCE_GROUPS,
  WEIGHTS_CIRCUIT,
  WEIGHTS_GROUPS,
} from "../prover/committedCircuits.ts";
import { readSections, writeSections } from "../prover/ceremony/phaseTwo.ts";
import { temporaryFolder } from "../prover/fixture.ts";
import {
  ask,
  closeVerifier,
  joinTurn,
  openSite,
  refusal,
  standing,
  upload,
} from "./ceremonySite.ts";
import type { Site } from "./ceremonySite.ts";
import { deepOnly } from "../../helpers/deepOnly.ts";

const POWER = 6;
const LINK = 2;
const BEACON = { hash: "2a".repeat(32), iterationsExponent: 10 };

describe("a ceremony of commit-and-prove over HTTP", function () {
  this.timeout(120_000);
  const work = temporaryFolder();
  const begun = join(work, "begun");
  let site: Site | undefined;
  const copy = async (): Promise<string> => {
    const folder = join(await mkdtemp(join(work, "copy-")), "ceremony");
    await cp(begun, folder, { recursive: true });
    return folder;
  };

  before(async () => {
    const path = join(work, "powers.ptau");
    await developmentPowers(POWER, path);
    const blake2b = createHash("blake2b512")
      .update(await readFile(path))
      .digest("hex");
    const circuits = [
      { artefacts: await buildCircuit(INFERENCE, { cache: work }), groups: INFERENCE_GROUPS },
      { artefacts: await buildCircuit(WEIGHTS_CIRCUIT, { cache: work }), groups: WEIGHTS_GROUPS },
    ];
    const powers = { path, blake2b, origin: "development", power: POWER } as const;
    const links = [{ inference: 0, weights: 1 }];
    await beginCommittedCeremony(begun, "A test", { circuits, links }, powers);
  });
  afterEach(async () => {
    await site?.coordinator.close();
    site = undefined;
  });
  after(async () => {
    closeVerifier();
    await terminate();
  });

  deepOnly("a ceremony of commit-and-prove over HTTP to its end", () => {
    it("takes a contribution to both keys and the link in one turn, and what it ends with verifies", async () => {
      const folder = await copy();
      site = await openSite({}, folder);
      const part = await takePart({ url: site.url, name: "Ada", entropy: "typed", pollMs: 20 });
      expect(part.contributions).to.have.length(3);
      await site.coordinator.close();
      await contributeToFolder(folder, { name: "Grace" });
      await endCeremony(folder, { source: "drand 1", beacon: BEACON });
      site = await openSite({}, folder);
      const fetched = join(work, "fetched");
      await fetchCeremony(site.url, fetched);
      const verified = await verifyCeremonyFolder(fetched, ceremonyPaths(fetched).powers);
      if (verified.system !== "committedGroth16") throw new Error("it is of commit-and-prove");
      const [circuit, ...others] = verified.circuits;
      expect([circuit?.secrets, others]).to.deep.equal([2, []]);
      expect(circuit?.files).to.deep.equal({ inference: 0, weights: { key: 1, link: LINK } });
      const [first] = circuit?.document.contributions ?? [];
      expect([first?.inference, first?.weights, first?.link]).to.deep.equal(part.contributions);

      // A folder whose link, key or receipts are of another round, or another ceremony.
      const paths = ceremonyPaths(fetched);
      const state = await readFile(paths.state, "utf8");
      await writeFile(paths.state, state.replace('"name":"Grace"', '"name":"Eve"'));
      const renamed = verifyCeremonyFolder(fetched, paths.powers);
      expect(await codeOfPromise(renamed)).to.equal("FOLDER_INVALID");
      await writeFile(paths.state, state);
      await rename(ceremonyPaths(folder).key(2, LINK), paths.key(3, LINK));
      const older = verifyCeremonyFolder(fetched, paths.powers);
      expect(await codeOfPromise(older)).to.equal("FOLDER_INVALID");
    });
  });

  describe("given a hostile upload", () => {
    const outcome = async (index: number, made: string): Promise<unknown> => {
      const { url } = site ?? (await openFresh());
      const ticket = await joinTurn(url, "Mallory");
      const send = async (place: number, path: string): Promise<unknown> => {
        const answer = await upload(url, ticket, Uint8Array.from(await readFile(path)), place);
        return answer.status === 202 ? undefined : refusal(answer);
      };
      for (const place of [0, 1, LINK]) {
        const own = place === index ? made : await honest(place);
        const refused = await send(place, own);
        if (refused !== undefined) return refused;
      }
      const { reason } = await standing(url, ticket, "lost");
      expect((await ask(url, "/transcript")).body["rounds"]).to.deep.equal([]);
      return String(reason).split(": ")[1]?.split(",")[0];
    };
    const openFresh = async (): Promise<Site> => (site = await openSite({}, await copy()));
    const keys = {
      inference: { zkey: ceremonyPaths(begun).key(0, 0) },
      weights: { zkey: ceremonyPaths(begun).key(0, 1) },
    };
    const made = async (index: number, name: string): Promise<string> => {
      const to = join(await mkdtemp(join(work, "made-")), "next.zkey");
      const from = ceremonyPaths(begun).key(0, index);
      if (index === LINK) await contributeLink(keys, from, to, { name, threads: 1 });
      else await contributeCommitted(from, to, { name, threads: 1 });
      return to;
    };
    const kept = new Map<number, string>();
    const honest = async (index: number): Promise<string> => {
      const path = kept.get(index) ?? (await made(index, "Mallory"));
      kept.set(index, path);
      return path;
    };

    it("refuses another's contribution to the link, or to a key, as one's own", async () => {
      expect(await outcome(LINK, await made(LINK, "Ada"))).to.equal("CONTRIBUTION_INVALID");
      expect(await outcome(1, await made(1, "Ada"))).to.equal("CONTRIBUTION_INVALID");
    });

    it("refuses a swapped sigma, a changed base, and one key in the place of the other", async () => {
      const change = async (section: number, at: number, take: number): Promise<string> => {
        const sections = await readSections(await honest(0));
        const other = (await readSections(await honest(take))).get(section);
        const own = Buffer.from(sections.get(section) ?? []);
        other?.copy(own, at, 0, section === 14 ? 128 : 64);
        sections.set(section, own);
        const to = join(await mkdtemp(join(work, "changed-")), "next.zkey");
        await writeSections(to, sections);
        return to;
      };
      expect(await outcome(0, await change(14, 0, 1))).to.equal("SETUP_MISMATCH");
      expect(await outcome(0, await change(12, 0, 1))).to.equal("SETUP_MISMATCH");
      expect(await outcome(0, await honest(1))).to.equal("UPLOAD_LENGTH");
    });

    it("refuses a beacon of somebody's own, and a key under which anyone forges", async () => {
      // sigma becomes what delta is.
      const sections = await readSections(await honest(0));
      const header = sections.get(2) ?? Buffer.alloc(0);
      sections.set(14, Buffer.from(header.subarray(header.length - 128)));
      const forgeable = join(await mkdtemp(join(work, "forgeable-")), "next.zkey");
      await writeSections(forgeable, sections);
      expect(await outcome(0, forgeable)).to.equal("KEY_INVALID");
      const upon = await made(0, "Ada");
      const to = join(await mkdtemp(join(work, "beacon-")), "next.zkey");
      await applyCommittedBeacon(upon, to, { source: "Mallory", beacon: BEACON });
      expect(await outcome(0, to)).to.equal("UPLOAD_LENGTH");
    });
  });

  it("believes no facts whose links are not those of the circuits", async () => {
    const folder = await copy();
    const { facts: path } = ceremonyPaths(folder);
    const facts = await readCeremonyFacts(folder);
    if (facts.version !== 2) throw new Error("it is of commit-and-prove");
    const [link] = facts.links;
    if (link === undefined) throw new Error("there is one");
    for (const links of [[], [link, link], [{ ...link, weights: 0 }], [{ ...link, weights: 7 }]]) {
      await writeFile(path, JSON.stringify({ ...facts, links }));
      expect(await codeOfPromise(readCeremonyFacts(folder))).to.equal("FOLDER_INVALID");
    }
  });
});
