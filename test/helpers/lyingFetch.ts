/** Test only: what stands between a client and a gateway, and changes what it says. */

/** A response whose body was read. */
export type Said = {
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
};

/** Returns what is passed on in the place of what was said; the same to tell no lie. */
export type Lie = (said: Said) => Partial<Said> | Promise<Partial<Said>>;

/** Passes requests on, and responses changed. */
export function lyingFetch(lie: Lie): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request);
    const path = new URL(request.url).pathname;
    const { status, headers } = response;
    const said = { path, status, headers: new Headers(headers), text: await response.text() };
    const told = { ...said, ...(await lie(said)) };
    const passed = new Headers(told.headers);
    for (const name of ["content-length", "content-encoding"]) passed.delete(name);
    return new Response(told.text, { status: told.status, headers: passed });
  };
}

/** Changes the JSON that a resource answers with. */
export function lieAt(resource: string, change: (json: never) => unknown): Lie {
  return ({ path, text, status }) =>
    path.startsWith(resource) && status === 200
      ? { text: JSON.stringify(change(JSON.parse(text) as never)) }
      : {};
}
