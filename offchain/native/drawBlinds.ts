import { randomBytes } from "node:crypto";
import { SCALAR_FIELD } from "@vouch/protocol";

const SCALAR_BYTES = 32;
/** The scalar field's order has 254 bits. */
const TOP_BITS = 0x3f;

/** Draws so many scalars, uniform below the scalar field's order by rejection; 32 bytes each, little-endian. */
export function drawBlinds(count: number): Uint8Array<ArrayBuffer> {
  const blinds = new Uint8Array(count * SCALAR_BYTES);
  for (let i = 0; i < count;) {
    const draw = randomBytes(SCALAR_BYTES);
    draw.writeUInt8(draw.readUInt8(SCALAR_BYTES - 1) & TOP_BITS, SCALAR_BYTES - 1);
    const value = BigInt(`0x${Buffer.from(draw).reverse().toString("hex")}`);
    if (value < SCALAR_FIELD) blinds.set(draw, i++ * SCALAR_BYTES);
    draw.fill(0);
  }
  return blinds;
}
