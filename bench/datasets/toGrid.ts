const STEPS = 256;
const LIMIT = 8;

/** The next multiple of 1/256, halves upwards, within [-8, 8): what fixed point and float32 both hold. */
export function toGrid(value: number): number {
  const steps = Math.floor(value * STEPS + 0.5);
  return Math.min(Math.max(steps, -LIMIT * STEPS), LIMIT * STEPS - 1) / STEPS;
}
