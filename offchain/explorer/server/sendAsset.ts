import type { Asset } from "./readAssets.ts";

type Encoding = "br" | "gzip";

/** Returns a file in the form that its reader takes, or that nothing has changed. */
export function sendAsset(asset: Asset, headers: Headers): Response {
  const shared = {
    "content-type": asset.type,
    etag: asset.etag,
    vary: "accept-encoding",
    "cache-control": asset.isHashed ? "public, max-age=31536000, immutable" : "no-cache",
  };
  if (headers.get("if-none-match") === asset.etag)
    return new Response(null, { status: 304, headers: shared });
  const encoding = chooseEncoding(asset, headers.get("accept-encoding") ?? "");
  const body = (encoding === undefined ? undefined : asset[encoding]) ?? asset.plain;
  return new Response(body, {
    headers: {
      ...shared,
      ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    },
  });
}

function chooseEncoding(asset: Asset, accepted: string): Encoding | undefined {
  const taken = accepted
    .toLowerCase()
    .split(",")
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
    .map((part) => part.split(";")[0]?.trim());
  return (["br", "gzip"] as const).find(
    (encoding) => taken.includes(encoding) && asset[encoding] !== undefined,
  );
}
