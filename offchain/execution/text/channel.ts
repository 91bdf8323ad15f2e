/** Hands values from callbacks to a reader that awaits them. */
export type Channel<T> = {
  readonly push: (value: T) => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  /** Values in order, then the end or the failure. For one reader. */
  readonly values: () => AsyncGenerator<T, void, undefined>;
};

type Item<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly error: unknown };

export function createChannel<T>(): Channel<T> {
  const items: Item<T>[] = [];
  let wake = (): void => undefined;

  const add = (item: Item<T>): void => {
    items.push(item);
    wake();
  };
  const next = async (): Promise<Item<T>> => {
    for (;;) {
      const item = items.shift();
      if (item !== undefined) return item;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    push: (value) => {
      add({ kind: "value", value });
    },
    end: () => {
      add({ kind: "end" });
    },
    fail: (error) => {
      add({ kind: "failure", error });
    },
    async *values() {
      for (;;) {
        const item = await next();
        if (item.kind === "failure") throw item.error;
        if (item.kind === "end") return;
        yield item.value;
      }
    },
  };
}
