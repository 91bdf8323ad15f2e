/** What a task prints, and the data of the error that it ends with. */
export async function taskOutput(
  task: () => Promise<void>,
): Promise<{ readonly text: string; readonly error?: unknown }> {
  const lines: string[] = [];
  const { log } = console;
  // eslint-disable-next-line no-console -- caught here: it is what a task prints on
  console.log = (...parts: unknown[]) => lines.push(parts.join(" "));
  try {
    await task();
    return { text: lines.join("\n") };
  } catch (error) {
    const data = error instanceof Error && "data" in error ? error.data : error;
    return { text: lines.join("\n"), error: data };
  } finally {
    // eslint-disable-next-line no-console -- as it was
    console.log = log;
  }
}
