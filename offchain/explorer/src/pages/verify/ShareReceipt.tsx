import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { Button } from "../../ui/Button.tsx";
import { encodeShare } from "./shareLink.ts";

type Link = "making" | "long" | { readonly href: string };

/** A link that carries the receipt behind its `#`, which browsers send to no server. */
export function ShareReceipt({
  text,
  request,
}: {
  readonly text: string;
  readonly request: string | null;
}): ReactNode {
  const [link, setLink] = useState<Link>("making");
  const [copied, setCopied] = useState("");
  useEffect(() => {
    let isCurrent = true;
    setCopied("");
    setLink("making");
    encodeShare(text).then(
      (fragment) => {
        if (!isCurrent) return;
        setLink(fragment === undefined ? "long" : { href: `${location.origin}/verify${fragment}` });
      },
      () => {
        if (isCurrent) setLink("long");
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [text]);

  if (link === "making") return null;
  if (link === "long")
    return (
      <p>
        The receipt is too long for a link. Send the file
        {request === null ? "." : ", or, where the request was made on the chain, "}
        {request === null ? null : <a href={`/request/${request}`}>the link of its request</a>}
      </p>
    );
  return (
    <p className="share">
      <a href={link.href}>Link with this receipt in it</a>{" "}
      <Button
        onPress={() => {
          navigator.clipboard.writeText(link.href).then(
            () => {
              setCopied("Copied.");
            },
            () => {
              setCopied("The browser did not allow copying: take the link itself.");
            },
          );
        }}
      >
        Copy the link
      </Button>{" "}
      <span role="status">{copied}</span>
      <small> Whoever has it can read the receipt; the server that it leads to is not told.</small>
    </p>
  );
}
