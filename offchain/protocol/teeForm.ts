/** How a tee requirement is written. It stands apart from what reads it, which needs generated types. */
export const TEE_FORM =
  "tee:<least status>[,simulated][,vouched][,without=INTEL-SA-<number>/...][,measurement=<32 bytes>]";
