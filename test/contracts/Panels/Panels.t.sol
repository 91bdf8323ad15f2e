// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Panels} from "../../../contracts/libraries/Panels.sol";
import {Policies} from "../../../contracts/libraries/Policies.sol";
import {Policy, Requirement, SetupTrust} from "../../../contracts/types/Policy.sol";

/// @title PanelsTest
/// @notice One panel meets all that a policy demands of panels, whatever the order.
contract PanelsTest {
    function testFuzz_TheStrictestMeetsBothAndIsNoLargerThanTheLarger(
        uint8[2] memory ks,
        uint8[2] memory ns,
        uint32[2] memory tolerances
    ) public pure {
        Requirement memory a = _quorum(ks[0], ns[0], tolerances[0]);
        Requirement memory b = _quorum(ks[1], ns[1], tolerances[1]);
        (uint256 k, uint256 n, uint256 tolerance) = Panels.strictest(Policies.all(a, b));
        require(n == (a.quorumN() > b.quorumN() ? a.quorumN() : b.quorumN()), "not the larger panel");
        require(tolerance == (a.tolerance() < b.tolerance() ? a.tolerance() : b.tolerance()), "not the tighter");
        require(k <= n && 2 * k > n, "no majority");
        require(_isMet(a, k, n) && _isMet(b, k, n), "one of them is not met");
        // One less would leave one of them unmet.
        require(!_isMet(a, k - 1, n) || !_isMet(b, k - 1, n), "more than is demanded");

        (uint256 k2, uint256 n2, uint256 tolerance2) = Panels.strictest(Policies.all(b, a));
        require(k2 == k && n2 == n && tolerance2 == tolerance, "the order decides");
        (k2, n2, tolerance2) = Panels.strictest(Policies.all(Policies.either(a, b)));
        require(k2 == k && n2 == n && tolerance2 == tolerance, "alternatives are another");
    }

    function test_NoPanelIsDemandedWhereNoneCouldMeetIt() public pure {
        Requirement[5] memory others = [
            Policies.signature(),
            Policies.zk(SetupTrust.Any, 0),
            Policies.optimisticByQuorum(1 days, 2, 3),
            Policies.quorum(1, 2, 0),
            Policies.quorum(9, 17, 0)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            (uint256 k, uint256 n, uint256 tolerance) = Panels.strictest(Policies.all(others[i]));
            require(k == 0 && n == 0 && tolerance == 0, "a panel that nobody demands");
            // Passed over beside one that can be met, too.
            (k, n, tolerance) = Panels.strictest(Policies.all(others[i], Policies.quorum(2, 3, 7)));
            require(k == 2 && n == 3 && tolerance == 7, "not the one that is demanded");
        }
        Policy memory nothing;
        (uint256 none, , ) = Panels.strictest(nothing);
        require(none == 0, "a panel for nothing");
    }

    function test_SharesAreRoundedUp() public pure {
        Requirement memory a = Policies.quorum(2, 3, 9);
        Requirement memory b = Policies.quorum(4, 7, 5);
        (uint256 k, uint256 n, uint256 tolerance) = Panels.strictest(Policies.all(a, b));
        // Two thirds of 7 are 4.67.
        require(k == 5 && n == 7 && tolerance == 5, "another panel");
    }

    function _isMet(Requirement memory demanded, uint256 k, uint256 n) private pure returns (bool) {
        return k * demanded.quorumN() >= n * demanded.quorumK();
    }

    /// @dev A majority of at most 16.
    function _quorum(uint8 k, uint8 n, uint32 tolerance) private pure returns (Requirement memory) {
        n = 1 + (n % 16);
        uint8 least = n / 2 + 1;
        return Policies.quorum(least + (k % (n - least + 1)), n, tolerance);
    }
}
