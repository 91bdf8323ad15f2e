// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Policies} from "../../../contracts/libraries/Policies.sol";
import {SIMULATED_ENCLAVE, VOUCHED_ENCLAVE} from "../../../contracts/types/Assurance.sol";
import {EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {CircuitId} from "../../../contracts/types/Ids.sol";
import {Clause, MAX_PANEL, Policy, Requirement, SetupTrust} from "../../../contracts/types/Policy.sol";
import {TcbStatus} from "../../../contracts/types/Tcb.sol";

/// @title PoliciesTest
/// @notice Requirements read back as what they were built of, and nothing else.
contract PoliciesTest {
    bytes32 private constant PIN = keccak256("pin");

    function test_SignatureDemandsNothingElse() public pure {
        Requirement memory built = Policies.signature();
        require(built.kind == EvidenceKind.Signature && built.params == 0 && built.pin == 0, "not a plain signature");
    }

    function testFuzz_ZkReadsBack(uint8 trust, bytes32 pin) public pure {
        SetupTrust chosen = SetupTrust(trust % 4);
        Requirement memory built = Policies.zk(chosen, pin);
        require(built.kind == EvidenceKind.Zk && built.pin == pin, "another kind or pin");
        require(built.trust() == uint8(chosen) && built.params == uint8(chosen), "another trust");
        require(built.window() == 0, "a window");
    }

    function testFuzz_QuorumReadsBack(uint8 k, uint8 n, uint32 tolerance) public pure {
        Requirement memory built = Policies.quorum(k, n, tolerance);
        require(built.kind == EvidenceKind.Quorum && built.pin == 0, "another kind or a pin");
        require(built.quorumK() == k && built.quorumN() == n, "another panel");
        require(built.tolerance() == tolerance, "another tolerance");
        require(built.window() == 0, "a window");
        require(built.isQuorum() == _isMajority(k, n), "the tolerance decides whether it is a majority");
    }

    function testFuzz_OptimisticReadsBack(uint40 window, uint8 trust, bytes32 pin) public pure {
        SetupTrust chosen = SetupTrust(trust % 4);
        Requirement memory built = Policies.optimistic(window, chosen, pin);
        require(built.kind == EvidenceKind.Optimistic && built.pin == pin, "another kind or pin");
        require(built.window() == window && built.trust() == uint8(chosen), "another window or trust");
        require(built.quorumK() == 0 && built.quorumN() == 0 && built.tolerance() == 0, "a panel");
        require(!built.isQuorum(), "a panel of nobody is a majority");
    }

    function testFuzz_OptimisticByQuorumReadsBack(uint40 window, uint8 k, uint8 n) public pure {
        Requirement memory built = Policies.optimisticByQuorum(window, k, n);
        require(built.kind == EvidenceKind.Optimistic && built.pin == 0, "another kind or a pin");
        require(built.window() == window && built.trust() == 0, "another window, or a trust");
        require(built.quorumK() == k && built.quorumN() == n, "another panel");
        require(built.tolerance() == 0, "a tolerance");
        require(built.isQuorum() == _isMajority(k, n), "the window decides whether it is a majority");
    }

    function testFuzz_TeeReadsBack(
        uint8 least,
        bytes32 pin,
        bool simulated,
        bool vouched,
        uint48 advisories
    ) public pure {
        Requirement memory built = Policies.tee(TcbStatus(1 + (least % 6)), pin);
        if (simulated) built = Policies.orSimulated(built);
        if (vouched) built = Policies.orVouched(built);
        built = Policies.without(built, uint16(advisories), uint16(advisories >> 16), uint16(advisories >> 32));
        require(built.kind == EvidenceKind.Tee && built.pin == pin && built.isEnclave(), "another kind or pin");
        uint8 flags = (simulated ? SIMULATED_ENCLAVE : 0) | (vouched ? VOUCHED_ENCLAVE : 0);
        require(built.enclaveFlags() == flags, "other weaknesses are acceptable");
        require(built.refusedAdvisories() == advisories, "other advisories");
    }

    /// @dev On a panel these would be its tolerance and its size.
    function test_OnlyADemandForAnEnclaveTakesWhatIsAnEnclaves() public view {
        for (uint8 kind = 0; kind <= uint8(type(EvidenceKind).max); ++kind) {
            Requirement memory given = Requirement({kind: EvidenceKind(kind), params: 0x0302, pin: 0});
            if (given.kind == EvidenceKind.Tee) continue;
            bytes4 expected = Policies.EnclaveDemandExpected.selector;
            require(_refusal(abi.encodeCall(this.without, (given, 1))) == expected, "advisories of another kind");
            require(_refusal(abi.encodeCall(this.orSimulated, (given))) == expected, "another kind, simulated");
            require(_refusal(abi.encodeCall(this.orVouched, (given))) == expected, "another kind, vouched for");
        }
    }

    function test_AdvisoriesAreNamedOnce() public view {
        Requirement memory named = Policies.without(Policies.tee(TcbStatus.UpToDate, 0), 615, 0, 0);
        bytes4 refusal = _refusal(abi.encodeCall(this.without, (named, 657)));
        require(refusal == Policies.AdvisoriesAlreadyNamed.selector, "numbers mixed with others");
    }

    function without(Requirement memory requirement, uint16 a) external pure returns (Requirement memory) {
        return Policies.without(requirement, a, 0, 0);
    }

    function orSimulated(Requirement memory requirement) external pure returns (Requirement memory) {
        return Policies.orSimulated(requirement);
    }

    function orVouched(Requirement memory requirement) external pure returns (Requirement memory) {
        return Policies.orVouched(requirement);
    }

    /// @dev The selector of what a call to this contract reverts with; zero where it does not.
    function _refusal(bytes memory call) private view returns (bytes4) {
        (bool ok, bytes memory data) = address(this).staticcall(call);
        return ok ? bytes4(0) : bytes4(data);
    }

    function testFuzz_OnlyAnEnclaveHasItsWeaknesses(uint8 kind, uint64 params) public pure {
        Requirement memory other = Requirement({kind: EvidenceKind(kind % 5), params: params, pin: 0});
        if (other.kind == EvidenceKind.Tee) return;
        require(other.enclaveFlags() == 0, "another kind accepts a weak enclave");
    }

    function test_OneBitBesideAStatusIsTooMany() public pure {
        Requirement memory built = Policies.tee(TcbStatus.UpToDate, PIN);
        for (uint256 bit = 10; bit < 16; ++bit) {
            built.params = uint64(uint8(TcbStatus.UpToDate) | (1 << bit));
            require(!built.isEnclave(), "an unknown parameter");
        }
    }

    /// @dev All panels up to one beyond the largest, so that every boundary is met.
    function test_PanelsAreMajoritiesOfAtMostTheLargest() public pure {
        for (uint8 n = 0; n <= MAX_PANEL + 1; ++n) {
            for (uint8 k = 0; k <= n + 1; ++k) {
                bool expected = _isMajority(k, n);
                require(Policies.quorum(k, n, 0).isQuorum() == expected, "as evidence");
                require(Policies.optimisticByQuorum(1, k, n).isQuorum() == expected, "as a judge");
            }
        }
    }

    function testFuzz_NothingElseBesideAQuorum(uint16 rest, bytes32 pin) public pure {
        Requirement memory evidence = Policies.quorum(2, 3, 1);
        evidence.params |= uint64(rest) << 48;
        evidence.pin = pin;
        require(evidence.isQuorum() == (rest == 0 && pin == 0), "as evidence");

        Requirement memory judge = Policies.optimisticByQuorum(1, 2, 3);
        judge.params |= uint64(uint8(rest)) << 40;
        judge.pin = pin;
        require(judge.isQuorum() == (uint8(rest) == 0 && pin == 0), "as a judge");
    }

    function test_OneBitBesideAQuorumIsTooMany() public pure {
        Requirement memory evidence = Policies.quorum(2, 3, 0);
        evidence.params |= 1 << 48;
        require(!evidence.isQuorum(), "an unknown parameter");
        evidence = Policies.quorum(2, 3, 0);
        evidence.pin = PIN;
        require(!evidence.isQuorum(), "a pin");
    }

    function testFuzz_AllDemandsEachAsAClauseOfItsOwn(bytes32 pin, uint128 minStake) public pure {
        Requirement memory a = Policies.signature();
        Requirement memory b = Policies.zk(SetupTrust.Any, pin);
        Policy memory one = Policies.all(a);
        require(one.allOf.length == 1 && one.minStake == 0, "not one clause");
        _requireOnly(one.allOf[0], a);

        Policy memory both = Policies.all(a, b);
        require(both.allOf.length == 2 && both.minStake == 0, "not two clauses");
        _requireOnly(both.allOf[0], a);
        _requireOnly(both.allOf[1], b);

        Policy memory staked = Policies.withStake(both, minStake);
        require(staked.minStake == minStake && staked.allOf.length == 2, "another stake");
        _requireOnly(staked.allOf[1], b);
    }

    function testFuzz_NamedPoliciesAreTheirRequirements(address auditor, uint40 window, uint8 k, uint8 n) public pure {
        bytes32 pin = bytes32(uint256(uint160(auditor)));
        Requirement memory proof = Policies.zk(SetupTrust.Attested, pin);
        Requirement memory signature = Policies.signature();
        _requireEqual(Policies.signed(), Policies.all(signature));
        _requireEqual(Policies.proven(auditor), Policies.all(proof));
        _requireEqual(Policies.provenAndSigned(auditor), Policies.all(proof, signature));
        _requireEqual(Policies.provenByAnySetup(), Policies.all(Policies.zk(SetupTrust.Any, 0)));
        _requireEqual(Policies.agreed(k, n), Policies.all(Policies.quorum(k, n, 0)));
        _requireEqual(Policies.attested(), Policies.all(Policies.tee(TcbStatus.UpToDate, 0)));
        Requirement memory stands = Policies.optimistic(window, SetupTrust.Attested, pin);
        _requireEqual(Policies.unchallenged(window, auditor), Policies.all(stands, signature));
        Requirement memory pinned = Policies.zk(SetupTrust.Pinned, pin);
        _requireSame(Policies.zkPinned(CircuitId.wrap(pin)), pinned);
    }

    function testFuzz_EitherIsOneClauseOfTwo(bytes32 pin) public pure {
        Requirement memory a = Policies.signature();
        Requirement memory b = Policies.zk(SetupTrust.Pinned, pin);
        Policy memory policy = Policies.all(Policies.either(a, b), Policies.only(b));
        require(policy.allOf.length == 2, "not two clauses");
        require(policy.allOf[0].anyOf.length == 2, "not two alternatives");
        _requireSame(policy.allOf[0].anyOf[0], a);
        _requireSame(policy.allOf[0].anyOf[1], b);
        _requireOnly(policy.allOf[1], b);
    }

    function testFuzz_ConjunctionConcatenatesAndTakesTheHigherStake(uint128 ofA, uint128 ofB) public pure {
        Policy memory a = Policies.withStake(Policies.all(Policies.signature(), Policies.quorum(2, 3, 0)), ofA);
        Policy memory b = Policies.withStake(Policies.all(Policies.zk(SetupTrust.Any, PIN)), ofB);
        Policy memory both = a.and(b);
        require(both.minStake == (ofA > ofB ? ofA : ofB), "not the higher stake");
        require(both.allOf.length == 3, "clauses got lost");
        _requireOnly(both.allOf[0], Policies.signature());
        _requireOnly(both.allOf[1], Policies.quorum(2, 3, 0));
        _requireOnly(both.allOf[2], Policies.zk(SetupTrust.Any, PIN));
    }

    function _isMajority(uint256 k, uint256 n) private pure returns (bool) {
        return n <= 16 && k <= n && n < k + k;
    }

    function _requireOnly(Clause memory clause, Requirement memory requirement) private pure {
        require(clause.anyOf.length == 1, "more than one alternative");
        _requireSame(clause.anyOf[0], requirement);
    }

    function _requireEqual(Policy memory a, Policy memory b) private pure {
        require(a.hash() == b.hash() && a.minStake == b.minStake, "another policy");
    }

    function _requireSame(Requirement memory a, Requirement memory b) private pure {
        require(keccak256(abi.encode(a)) == keccak256(abi.encode(b)), "another requirement");
    }
}
