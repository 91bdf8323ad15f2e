import { firstId } from "./indexed.ts";

/** A page and what to call it. */
export type Address = { readonly name: string; readonly path: string; readonly title: RegExp };

/** Pages that are there whatever happened on the chain, in the order of the navigation. */
export const LISTS: readonly Address[] = [
  { name: "network", path: "/", title: /network/i },
  { name: "models", path: "/models", title: /models/i },
  { name: "requests", path: "/requests", title: /requests/i },
  { name: "verify", path: "/verify", title: /verify/i },
  { name: "try", path: "/try", title: /try/i },
  { name: "operators", path: "/operators", title: /operators/i },
  { name: "feeds", path: "/feeds", title: /feeds/i },
  { name: "disputes", path: "/disputes", title: /disputes/i },
];

/** Returns pages about one thing each, of what the seed made; of the operators the one that is first by `operatorBy`. */
export async function details(
  operatorBy: "answers" | "overturned" = "answers",
): Promise<readonly Address[]> {
  const first = (question: string): Promise<string> => firstId(question);
  const answered = 'requests(limit: 1, where: {status: "fulfilled"}, orderBy: "askedAt")';
  const [release, request, operator, feed] = await Promise.all([
    first('releases(limit: 1, orderBy: "requests", orderDirection: "desc")'),
    first(answered),
    first(`operators(limit: 1, orderBy: "${operatorBy}", orderDirection: "desc")`),
    first('feeds(limit: 1, orderBy: "rounds", orderDirection: "desc")'),
  ]);
  return [
    { name: "release", path: `/release/${release}`, title: /./ },
    { name: "request", path: `/request/${request}`, title: /./ },
    { name: "operator", path: `/operator/${operator}`, title: /./ },
    { name: "feed", path: `/feed/${feed}`, title: /./ },
  ];
}
