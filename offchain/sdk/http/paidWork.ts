import { SdkError } from "../errors.ts";

/**
 * Does what a payment was signed for. Whatever goes wrong from then on names it, so that nobody pays for the same request again.
 *
 * @param payment the header PAYMENT-SIGNATURE; null where nothing was signed
 */
export async function paidWork<T>(payment: string | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withPayment(error, payment);
  }
}

/** Returns an error of this package with the payment that was signed before it; others, such as an application's own, as they are. */
export function withPayment(error: unknown, payment: string | null): unknown {
  if (!(error instanceof SdkError) || payment === null || error.payment !== null) return error;
  return new SdkError(error.data, { cause: error, payment });
}
