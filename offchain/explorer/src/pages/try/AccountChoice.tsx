import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import type { Settings } from "../../data/settings.ts";
import { Button } from "../../ui/Button.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import type { Trouble } from "./explainTrouble.ts";
import { explainTrouble } from "./explainTrouble.ts";
import type { Account } from "./openAccount.ts";
import { TroubleNote } from "./TroubleNote.tsx";
import type { BrowserWallet } from "./wallets.ts";
import { watchWallets } from "./wallets.ts";

/** Connects a wallet of the browser, or where nothing is worth anything, the key that everybody knows. */
export function AccountChoice({
  settings,
  account,
  onAccount,
}: {
  readonly settings: Settings;
  readonly account: Account | null;
  readonly onAccount: (account: Account | null) => void;
}): ReactNode {
  const [wallets, setWallets] = useState<readonly BrowserWallet[]>([]);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  useEffect(() => watchWallets(setWallets), []);

  function open(how: () => Promise<Account>): void {
    setTrouble(null);
    how().then(onAccount, (error: unknown) => {
      setTrouble(explainTrouble(error));
    });
  }

  if (account !== null)
    return (
      <p>
        {account.name}: <Hash value={account.address} />{" "}
        <Button
          onPress={() => {
            onAccount(null);
          }}
        >
          Use another
        </Button>
      </p>
    );
  return (
    <>
      <p className="buttons">
        {wallets.map((wallet) => (
          <Button
            key={wallet.id}
            onPress={() => {
              open(async () => {
                const { openWalletAccount } = await import("./openAccount.ts");
                return openWalletAccount(wallet, settings);
              });
            }}
          >
            Connect <StrangersText text={wallet.name} limit={60} />
          </Button>
        ))}{" "}
        {settings.isLocal ? (
          <Button
            onPress={() => {
              open(async () => (await import("./openAccount.ts")).openLocalAccount(settings));
            }}
          >
            Use a development key
          </Button>
        ) : null}
      </p>
      {wallets.length === 0 ? (
        <p>
          This browser has no wallet (EIP-1193).
          {settings.isLocal ? " On this development chain a key that everybody knows pays." : ""}
        </p>
      ) : null}
      {trouble === null ? null : <TroubleNote trouble={trouble} />}
    </>
  );
}
