// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {Assurance} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {Statement} from "../types/Statement.sol";

/// @title SignatureEvidence
/// @notice EIP-712 signature of a staked operator over its statement: 65 bytes `r ‖ s ‖ v`, low `s`.
/// @dev Warning: it says who answered, not that the answer is right; it weighs as much as the stake behind it.
contract SignatureEvidence is IEvidenceVerifier {
    IStakeVault private immutable _vault;

    /// @notice Not 65 bytes, a high `s`, or a point that recovers to nobody.
    error SignatureMalformed(ECDSA.RecoverError reason);
    error SignatureNotByOperator(address signer, address operator);
    error OperatorWithoutStake(address operator);

    constructor(IStakeVault vault) {
        _vault = vault;
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Signature;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata statement,
        bytes32 digest,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata data
    ) external view returns (Assurance memory assurance) {
        (address signer, ECDSA.RecoverError reason, ) = ECDSA.tryRecoverCalldata(digest, data);
        require(reason == ECDSA.RecoverError.NoError, SignatureMalformed(reason));
        require(signer == statement.operator, SignatureNotByOperator(signer, statement.operator));
        require(_vault.stakeOf(signer) > 0, OperatorWithoutStake(signer));

        assurance.kinds = uint8(1 << uint8(EvidenceKind.Signature));
        // Stake is kept in 128 bits.
        assurance.stakeAtRisk = uint128(_vault.freeStakeOf(signer));
    }
}
