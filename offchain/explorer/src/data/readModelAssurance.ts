import * as z from "zod";
import { amountField, itemsOf } from "./fields.ts";
import { queryIndexer } from "./queryIndexer.ts";
import { readModelNames } from "./readModelNames.ts";

const rowSchema = z.object({
  modelId: z.string(),
  kinds: z.number().int(),
  weak: z.boolean(),
  count: z.number().int(),
  value: amountField,
});

/** The models that are used most, and all their final answers by the evidence that these rest on. */
export type ModelAssurance = {
  readonly models: readonly { readonly id: string; readonly name: string }[];
  readonly rows: readonly z.output<typeof rowSchema>[];
};

/** A model has a row for each set of kinds that occurs, strong or weak: 64 at most, and few in fact. */
export const MODEL_ASSURANCE_QUERY = `
  query ModelAssurance($models: [String!]!) {
    modelAssurances(where: { modelId_in: $models }, limit: 1000) {
      items { modelId kinds weak count value }
    }
  }`;

/** Returns the models that are used most, with what their answers rest on. */
export async function readModelAssurance(signal?: AbortSignal): Promise<ModelAssurance> {
  const models = (await readModelNames(signal)).slice(0, 12);
  const schema = z.object({ modelAssurances: itemsOf(rowSchema) });
  const variables = { models: models.map(({ id }) => id) };
  const { modelAssurances: rows } = await queryIndexer(
    schema,
    MODEL_ASSURANCE_QUERY,
    variables,
    signal,
  );
  return { models, rows };
}
