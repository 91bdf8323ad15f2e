/** Order of BN254's scalar field: words, commitments and public signals lie below it. */
export const SCALAR_FIELD: bigint =
  21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Order of BN254's base field: point coordinates lie below it. */
export const BASE_FIELD: bigint =
  21888242871839275222246405745257275088696311157297823662689037894645226208583n;
