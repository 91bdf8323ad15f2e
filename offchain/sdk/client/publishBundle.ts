import type { Published, RegistrableRelease } from "../publishRelease.ts";
import { publishRelease } from "../publishRelease.ts";
import { openSigner } from "./openSigner.ts";
import type { PublishOptions } from "./options.ts";
import type { Session } from "./session.ts";
import { translateError } from "./translateError.ts";

/** Registers a prepared release; as `VouchClient.publish` says. */
export async function publishBundle(
  session: Session,
  bundle: RegistrableRelease,
  { signal, uri = "" }: PublishOptions = {},
): Promise<Published> {
  const { account, contracts } = await openSigner(session, signal);
  try {
    return await publishRelease(contracts, bundle, uri, async (isThere, send) => {
      if (await session.read("looking for what is there", isThere, signal)) return 0n;
      const sending = { what: `release ${bundle.id}`, account, isThere, send };
      return (await session.sendOnce(sending, signal))?.gasUsed ?? 0n;
    });
  } catch (error) {
    throw translateError(error, "publish the release");
  }
}
