/** Addresses of pages, as `src/routes.ts` has them; a test holds one to the other. */
const PAGES =
  /^\/(?:(?:models|requests|verify|try|operators|feeds|disputes)|(?:release|request|operator|feed)\/0x[0-9a-fA-F]{40,64})?$/;

/** Whether the document is handed out at an address: nowhere else, so that a missing file is missing. */
export function isPageAddress(path: string): boolean {
  return PAGES.test(path);
}

/** Whether what is there asks chains that its visitor names: the document of Verify, and the worker that it starts. */
export function asksAnyChain(path: string): boolean {
  return path === "/verify" || /^\/assets\/[\w.-]*[wW]orker[\w.-]*\.js$/.test(path);
}
