import type { Eip1193Provider } from "ethers";
import * as z from "zod";

/** A wallet that the browser has. */
export type BrowserWallet = {
  readonly id: string;
  /** As the wallet calls itself: a stranger's text. */
  readonly name: string;
  readonly provider: Eip1193Provider;
};

const providerSchema = z.custom<Eip1193Provider>(
  (it) =>
    typeof it === "object" && it !== null && "request" in it && typeof it.request === "function",
);
const announcementSchema = z.object({
  info: z.object({ uuid: z.string().max(100), name: z.string().max(200) }),
  provider: providerSchema,
});
/** A page may be full of scripts that announce. */
const MAX_WALLETS = 20;

/** Tells of wallets as they announce themselves (EIP-6963), and of the one that stands in the window; returns the end of it. */
export function watchWallets(onChange: (wallets: readonly BrowserWallet[]) => void): () => void {
  const found = new Map<string, BrowserWallet>();
  const tell = (wallet: BrowserWallet): void => {
    if (found.size >= MAX_WALLETS || found.has(wallet.id)) return;
    found.set(wallet.id, wallet);
    onChange([...found.values()]);
  };
  const onAnnounce = (event: Event): void => {
    const parsed = announcementSchema.safeParse((event as CustomEvent<unknown>).detail);
    if (!parsed.success) return;
    const { info, provider } = parsed.data;
    tell({ id: info.uuid, name: info.name, provider });
  };
  addEventListener("eip6963:announceProvider", onAnnounce);
  dispatchEvent(new Event("eip6963:requestProvider"));
  const old = providerSchema.safeParse((window as { ethereum?: unknown }).ethereum);
  if (old.success && found.size === 0)
    tell({ id: "window.ethereum", name: "The browser’s wallet", provider: old.data });
  return () => {
    removeEventListener("eip6963:announceProvider", onAnnounce);
  };
}
