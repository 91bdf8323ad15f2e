import { listDisputes } from "../../offchain/explorer/src/data/listDisputes.ts";
import { listFeeds } from "../../offchain/explorer/src/data/listFeeds.ts";
import { listModels } from "../../offchain/explorer/src/data/listModels.ts";
import { listOperators, OPERATOR_ORDERS } from "../../offchain/explorer/src/data/listOperators.ts";
import { listRequests } from "../../offchain/explorer/src/data/listRequests.ts";
import { readActivity } from "../../offchain/explorer/src/data/readActivity.ts";
import { readFeed } from "../../offchain/explorer/src/data/readFeed.ts";
import { readModelAssurance } from "../../offchain/explorer/src/data/readModelAssurance.ts";
import { readNetwork } from "../../offchain/explorer/src/data/readNetwork.ts";
import { readOperator } from "../../offchain/explorer/src/data/readOperator.ts";
import { readRelease, readSurroundings } from "../../offchain/explorer/src/data/readRelease.ts";
import { readRequest } from "../../offchain/explorer/src/data/readRequest.ts";
import { address, hash32 } from "./addresses.ts";

const DAY = 86_400;
const MODELS = { search: "", deprecated: "hidden", proven: false, orderBy: "requests" } as const;
const REQUESTS = { status: "", evidence: "", release: "", operator: "", requester: "" } as const;
/** What is asked for most, so that its page has most to read. */
const RELEASE = hash32("release", 0);

/** What the page asks the indexer, by its own functions; each with how the page came to ask it. */
export const PAGE_QUESTIONS: Readonly<Record<string, (now: number) => Promise<unknown>>> = {
  "the network": (now) => readNetwork(now),
  "a week by hours": (now) => readActivity({ of: "hours", from: now - 7 * DAY }),
  "a quarter by days": (now) => readActivity({ of: "days", from: now - 90 * DAY }),
  "models by their evidence": () => readModelAssurance(),
  "models by use": () => listModels(MODELS, null),
  "models that are searched for": () => listModels({ ...MODELS, search: "fraud-cnn" }, null),
  "models by time": () => listModels({ ...MODELS, orderBy: "publishedAt" }, null),
  "models with a circuit, by fees": () =>
    listModels({ ...MODELS, proven: true, orderBy: "fees" }, null),
  "a release": async (now) => {
    const release = await readRelease(RELEASE);
    if (release === null) throw new Error("The release that is asked for most is not indexed");
    return readSurroundings(release, now - 90 * DAY);
  },
  "newest requests": () => listRequests(REQUESTS, null),
  "the page after": async () => listRequests(REQUESTS, (await listRequests(REQUESTS, null)).next),
  "requests of a status": () => listRequests({ ...REQUESTS, status: "overturned" }, null),
  "requests by evidence": () => listRequests({ ...REQUESTS, evidence: "zk" }, null),
  "requests with weak evidence": () => listRequests({ ...REQUESTS, evidence: "weak" }, null),
  "requests of an operator": () =>
    listRequests({ ...REQUESTS, operator: address("operator", 0) }, null),
  "requests of a requester": () =>
    listRequests({ ...REQUESTS, requester: address("requester", 1) }, null),
  "a request": () => readRequest(hash32("request", 1, 1)),
  ...Object.fromEntries(
    OPERATOR_ORDERS.map((order) => [`operators by ${order}`, () => listOperators(order, null)]),
  ),
  "an operator": () => readOperator(address("operator", 0)),
  feeds: () => listFeeds(null),
  "a feed": async () => {
    const [first] = (await listFeeds(null)).rows;
    if (first === undefined) throw new Error("No feed is indexed");
    return readFeed(first.id);
  },
  disputes: () => listDisputes("", null),
  "disputes of a status": () => listDisputes("upheld", null),
};
