// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @notice Kind of enclave, as quotes and TCB info tell it; `Nitro` has neither, and is vouched for by registrars.
enum TeeType {
    Sgx,
    Tdx,
    Nitro
}

/// @notice What the vendor says of a platform's trusted computing base, the worst first: a policy names the least that it accepts.
/// @dev Intel's names (PCS API, "TCB Info V3"). `Revoked` is never accepted, so no assurance has rank 0 with tee evidence.
enum TcbStatus {
    Revoked,
    OutOfDateConfigurationNeeded,
    OutOfDate,
    ConfigurationAndSWHardeningNeeded,
    ConfigurationNeeded,
    SWHardeningNeeded,
    UpToDate
}

using {joined} for TcbStatus global;

/// @notice Returns what a platform's status becomes beside that of its quoting enclave or its TDX module.
/// @dev Intel DCAP quote verification library, `convergeTcbStatusWithQeTcbStatus` and `...TdxModuleStatus`: a part out of date
/// takes the platform with it, one that is revoked revokes it; other statuses of a part change nothing.
function joined(TcbStatus self, TcbStatus part) pure returns (TcbStatus) {
    if (self == TcbStatus.Revoked || part == TcbStatus.Revoked) return TcbStatus.Revoked;
    if (part != TcbStatus.OutOfDate) return self;
    if (self == TcbStatus.UpToDate || self == TcbStatus.SWHardeningNeeded) return TcbStatus.OutOfDate;
    bool configurable = self == TcbStatus.ConfigurationNeeded || self == TcbStatus.ConfigurationAndSWHardeningNeeded;
    return configurable ? TcbStatus.OutOfDateConfigurationNeeded : self;
}
