/** Returns the code of the error that `action` throws; undefined where it throws nothing, or nothing with a code. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return codeIn(error);
  }
}

/** Returns the code of the error that `promise` is rejected with; undefined where it is fulfilled. */
export async function codeOfPromise(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return codeIn(error);
  }
}

/** An error without a code is nobody's refusal: it goes on as it is. */
function codeIn(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return error.code;
  throw error;
}
