// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @notice How an enclave's key stands with the registrars that vouched for it.
/// @dev `Unknown`: nobody vouched. `Vouched`: open to dispute. `Disputed`: counts for nothing in what is verified until the
/// registrars uphold it. `Upheld`: they did, and the next dispute costs twice as much. `Void`: for good, since its registration,
/// in whatever is verified from then on. What was accepted before is not asked again: an answer that was proposed under
/// an optimistic policy becomes final all the same.
enum NitroStanding {
    Unknown,
    Vouched,
    Disputed,
    Upheld,
    Void
}

/// @notice What a quorum of registrars vouches by; one slot.
/// @param threshold Members that have to sign.
/// @param disputeWindow Seconds in which they have to uphold what is disputed.
/// @param disputeBond Wei that the first dispute costs where they do.
struct NitroTerms {
    uint8 threshold;
    uint40 disputeWindow;
    uint128 disputeBond;
}

/// @notice What an operator says of an AWS Nitro attestation document, and registrars have to vouch for.
/// @param quorum Id of the registrars.
/// @param registers Hash of the document's platform configuration registers, but for those of the parent instance.
/// @param issuedAt When the document was made, as it says, in seconds.
/// @param validTo Until when its key counts, a day at most; registrars sign no later time than its certificates have.
struct NitroClaim {
    bytes32 quorum;
    bytes32 registers;
    uint40 issuedAt;
    uint40 validTo;
}

/// @notice What registrars sign, beside the hash of the document and the registry that asks. Its EIP-712 struct hash says all of it.
/// @param measurement Of the enclave, by these registrars: `measurementOf`.
/// @param binding What the document has as its user data: see `IEnclaveRegistry.bindingOf`.
struct NitroAttestation {
    bytes32 quorum;
    address operator;
    address key;
    bytes32 measurement;
    bytes32 binding;
    uint40 issuedAt;
    uint40 validTo;
    uint40 nonceBlock;
    bool simulated;
}

/// @notice A key that registrars vouched for.
/// @param attestation Struct hash of the `NitroAttestation` that they signed last.
/// @param upheld How often they upheld it, as far as that is counted: each time doubles the bond of the next dispute.
/// @param validTo Until when it says that the key counts.
/// @param deadline Last second in which a dispute can be upheld; 0 without one.
/// @param disputer Whose bond is at stake; zero without a dispute.
struct NitroVoucher {
    bytes32 quorum;
    bytes32 attestation;
    address operator;
    NitroStanding standing;
    uint8 upheld;
    uint40 validTo;
    uint40 deadline;
    address disputer;
}

using {measurementOf} for NitroClaim global;

bytes32 constant NITRO_MEASUREMENT_TAG = keccak256("vouch.nitro.v1");

/// @notice Returns the measurement of an enclave that these registrars vouch for: vouched for by others, it is another.
function measurementOf(NitroClaim memory self) pure returns (bytes32) {
    return keccak256(abi.encode(NITRO_MEASUREMENT_TAG, self.quorum, self.registers));
}
