// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IStakeVault} from "@vouch/contracts/interfaces/IStakeVault.sol";
import {MockRefusal} from "./MockRefusal.sol";

/// @title MockVault
/// @notice What a requester sees of `StakeVault`: the compensation that it is credited and withdraws.
/// @dev Stands where an `IStakeVault` is expected; operators have whatever stake they are asked for, and what they alone call is
/// refused by name. It is its own asset: a plain ERC-20, minted as it is withdrawn, that nothing is behind.
contract MockVault is ERC20("Mock stake", "MOCK"), MockRefusal {
    uint256 public constant REWARD_BPS = 5000;
    uint256 private constant BPS = 10_000;

    /// @notice Who slashes.
    address public immutable holder;

    /// @notice Stake that was slashed and belongs to nobody.
    uint256 public burned;
    /// @notice Returns what an account may withdraw.
    mapping(address account => uint256 credit) public creditOf;

    error MockNotByHolder(address sender);

    constructor() {
        holder = msg.sender;
    }

    /// @notice Takes the stake that `verdict` says and shares it out, by the rules of `StakeVault`.
    /// @param limit What the liability compensates at most; all of it exposes own stake.
    function slash(
        address operator,
        bytes32 liability,
        uint80 limit,
        IStakeVault.Verdict calldata verdict
    ) external returns (uint256 compensated, uint256 rewarded) {
        require(msg.sender == holder, MockNotByHolder(msg.sender));
        compensated = Math.min(verdict.compensation, Math.min(limit, verdict.amount));
        _credit(verdict.injured, compensated);
        if (verdict.challenger != address(0)) {
            rewarded = Math.min(verdict.reward, ((verdict.amount - compensated) * REWARD_BPS) / BPS);
            _credit(verdict.challenger, rewarded);
        }
        uint256 rest = verdict.amount - compensated - rewarded;
        burned += rest;

        emit IStakeVault.Slashed({
            operator: operator,
            holder: holder,
            liability: liability,
            own: verdict.amount,
            delegated: 0,
            compensated: compensated,
            rewarded: rewarded,
            burned: rest
        });
    }

    /// @notice Sends what the sender is credited to `to`.
    function withdrawCredit(address to) external {
        uint256 amount = creditOf[msg.sender];
        require(amount > 0, IStakeVault.CreditEmpty(msg.sender));

        delete creditOf[msg.sender];

        emit IStakeVault.CreditWithdrawn(msg.sender, to, amount);

        _mint(to, amount);
    }

    /// @notice Returns the token that compensations are in: this contract.
    function asset() external view returns (address) {
        return address(this);
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IStakeVault).interfaceId || interfaceId == 0x01ffc9a7;
    }

    function _credit(address account, uint256 amount) private {
        if (amount == 0) return;
        creditOf[account] += amount;

        emit IStakeVault.Credited(account, amount);
    }
}
