/** What both servers are asked: a small model of the examples, and a tensor for it. */
export const MODEL = "credit-default-mlp";
export const FEATURES = 23;
/** Requests that wait at once. */
export const CONNECTIONS = 128;

/** The JSON body of every request. */
export const BODY: string = JSON.stringify({
  tensor: Array.from({ length: FEATURES }, (_, i) => ((i % 7) - 3) / 8),
});
