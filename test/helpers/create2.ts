/** Test only: what the deployer by CREATE2 runs on the chains that have it. */
export const CREATE2_CODE: string =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0" +
  "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";
