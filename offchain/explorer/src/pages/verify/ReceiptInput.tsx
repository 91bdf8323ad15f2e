import type { DragEvent, ReactNode } from "react";
import { useId, useState } from "react";
import { Button } from "../../ui/Button.tsx";
import { MAX_RECEIPT_BYTES } from "./shareLink.ts";

const MEBIBYTES = MAX_RECEIPT_BYTES / 2 ** 20;

/** Takes a receipt that is dropped, chosen or pasted. It is read in this browser, and sent to nobody. */
export function ReceiptInput({
  onText,
  busy,
}: {
  readonly onText: (text: string) => void;
  readonly busy: boolean;
}): ReactNode {
  const [pasted, setPasted] = useState("");
  const [isOver, setOver] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [file, paste] = [useId(), useId()];

  function read(chosen: File | undefined): void {
    if (chosen === undefined) return;
    if (chosen.size > MAX_RECEIPT_BYTES) {
      setRefusal(`The file has more than ${MEBIBYTES} MiB: no receipt is that large.`);
      return;
    }
    chosen.text().then(
      (text) => {
        setRefusal(null);
        onText(text);
      },
      () => {
        setRefusal("The browser could not read the file.");
      },
    );
  }

  function drop(event: DragEvent<HTMLDivElement>): void {
    event.preventDefault();
    setOver(false);
    const [first] = event.dataTransfer.files;
    if (first !== undefined) read(first);
    else onText(event.dataTransfer.getData("text/plain"));
  }

  return (
    <div className="receipt-input">
      <div
        className={isOver ? "receipt-drop receipt-drop-over" : "receipt-drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => {
          setOver(false);
        }}
        onDrop={drop}
      >
        <label htmlFor={file}>Drop a receipt’s JSON file here, or choose one</label>
        <input
          id={file}
          type="file"
          accept=".json,application/json,text/plain"
          aria-describedby={`${file}-limit`}
          onChange={({ target }) => {
            read(target.files?.[0]);
            target.value = ""; // the same file may be chosen again, once it is another
          }}
        />
        <small id={`${file}-limit`}>
          {MEBIBYTES} MiB at most. It stays in this browser: nothing is uploaded.
        </small>
      </div>
      <label htmlFor={paste}>Or paste it</label>
      <textarea
        id={paste}
        rows={4}
        spellCheck={false}
        autoComplete="off"
        maxLength={MAX_RECEIPT_BYTES}
        value={pasted}
        onChange={({ target }) => {
          setPasted(target.value);
        }}
      />
      <p>
        <Button
          isDisabled={busy || pasted.trim() === ""}
          onPress={() => {
            setRefusal(null);
            onText(pasted);
          }}
        >
          Verify what is pasted
        </Button>
      </p>
      <p role="alert" className="receipt-refusal">
        {refusal}
      </p>
    </div>
  );
}
