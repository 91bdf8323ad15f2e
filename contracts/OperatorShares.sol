// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IOperatorShares} from "./interfaces/IOperatorShares.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";

/// @title OperatorShares
/// @notice The ERC-4626 share of one operator's delegated stake; the stake vault deploys it and holds its assets.
/// @dev Rounding favours those who stay. The virtual shares of `_decimalsOffset` make it dearer to inflate the price before a
/// deposit than what the depositor loses. The EIP-712 domain of permits is named "Vouch stake", for it holds 31 bytes.
contract OperatorShares is ERC4626, ERC20Permit, IOperatorShares, ERC165 {
    struct Request {
        uint216 shares;
        uint40 availableAt;
    }

    /// @inheritdoc IOperatorShares
    uint256 public constant CLAIM_WINDOW = 7 days;

    /// @dev What the vault can count as delegated to one operator.
    uint256 private constant MAX_ASSETS = type(uint96).max;
    /// @dev Shares beyond which nothing is minted: only slashes of nearly everything lead there. A deposit then mints at most
    /// `2^96 * (2^119 + 10^6) / 2`, so that 216 bits hold the supply and no later conversion overflows.
    uint256 private constant MAX_SUPPLY = 2 ** 119;

    /// @inheritdoc IOperatorShares
    IStakeVault public immutable vault;
    /// @inheritdoc IOperatorShares
    address public immutable operator;
    uint256 private immutable _exitDelay;

    /// @inheritdoc IOperatorShares
    uint256 public exitingShares;
    mapping(address owner => Request request) private _requests;

    constructor(
        IStakeVault vault_,
        address operator_
    )
        ERC20(_labelled("Vouch stake of ", operator_), _labelled("vouch-", operator_))
        ERC20Permit("Vouch stake")
        ERC4626(IERC20(vault_.asset()))
    {
        vault = vault_;
        operator = operator_;
        _exitDelay = vault_.EXIT_DELAY();
    }

    /// @inheritdoc IOperatorShares
    function requestRedeem(uint256 shares) external returns (uint256 availableAt) {
        require(shares > 0, RedeemSharesZero());
        Request storage request = _requests[msg.sender];
        uint256 free = balanceOf(msg.sender) - request.shares;
        require(shares <= free, SharesInExit(msg.sender, free, shares));

        availableAt = block.timestamp + _exitDelay;
        // The supply has 216 bits. The time fits until the year 36,000.
        request.shares += uint216(shares);
        request.availableAt = uint40(availableAt);
        exitingShares += shares;

        emit RedeemRequested(msg.sender, shares, availableAt);
    }

    /// @inheritdoc IOperatorShares
    function cancelRedeem() external {
        uint256 shares = _requests[msg.sender].shares;
        require(shares > 0, RedeemNotRequested(msg.sender));

        delete _requests[msg.sender];
        exitingShares -= shares;

        emit RedeemCancelled(msg.sender, shares);
    }

    /// @inheritdoc IOperatorShares
    function redeemRequestOf(address owner) external view returns (uint256 shares, uint256 availableAt) {
        Request storage request = _requests[owner];
        return (request.shares, request.availableAt);
    }

    /// @inheritdoc IOperatorShares
    function exitingAssets() external view returns (uint256) {
        return _convertToAssets(exitingShares, Math.Rounding.Ceil);
    }

    /// @inheritdoc ERC4626
    function decimals() public view override(ERC20, ERC4626) returns (uint8) {
        return ERC4626.decimals();
    }

    /// @inheritdoc ERC4626
    function totalAssets() public view override returns (uint256 assets) {
        (, assets) = vault.stakeOf(operator);
    }

    /// @inheritdoc ERC4626
    /// @dev Zero where all was slashed: a deposit would be shared with those who lost theirs.
    function maxDeposit(address) public view override returns (uint256) {
        uint256 supply = totalSupply();
        uint256 assets = totalAssets();
        if ((supply > 0 && assets == 0) || supply > MAX_SUPPLY) return 0;
        return MAX_ASSETS - assets;
    }

    /// @inheritdoc ERC4626
    function maxMint(address receiver) public view override returns (uint256) {
        return _convertToShares(maxDeposit(receiver), Math.Rounding.Floor);
    }

    /// @inheritdoc ERC4626
    /// @dev Shares whose delay has passed and whose window has not, as far as no open liability needs their assets.
    function maxRedeem(address owner) public view override returns (uint256) {
        Request storage request = _requests[owner];
        uint256 availableAt = request.availableAt;
        if (block.timestamp < availableAt || block.timestamp >= availableAt + CLAIM_WINDOW) return 0;

        (, uint256 exposed) = vault.exposureOf(operator);
        uint256 free = totalAssets() - exposed;
        uint256 shares = request.shares;
        return previewRedeem(shares) <= free ? shares : _convertToShares(free, Math.Rounding.Floor);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IOperatorShares).interfaceId ||
            interfaceId == type(IERC20).interfaceId ||
            interfaceId == type(IERC20Metadata).interfaceId ||
            interfaceId == type(IERC20Permit).interfaceId ||
            interfaceId == type(IERC4626).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /// @dev What waits to be redeemed stays with its owner.
    function _update(address from, address to, uint256 value) internal override {
        uint256 waiting = _requests[from].shares;
        if (waiting > 0) {
            uint256 free = balanceOf(from) - waiting;
            require(value <= free, SharesInExit(from, free, value));
        }
        super._update(from, to, value);
    }

    /// @dev `maxRedeem` was checked: the shares are in the owner's request.
    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal override {
        // At most the shares of the request, which have 216 bits.
        _requests[owner].shares -= uint216(shares);
        exitingShares -= shares;
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    function _transferIn(address from, uint256 assets) internal override {
        IERC20 token = IERC20(asset());
        uint256 balance = token.balanceOf(address(vault));
        SafeERC20.safeTransferFrom(token, from, address(vault), assets);
        uint256 received = token.balanceOf(address(vault)) - balance;
        require(received == assets, IStakeVault.StakeNotReceived(received, assets));
        vault.delegate(operator, assets);
    }

    function _transferOut(address to, uint256 assets) internal override {
        vault.undelegate({operator: operator, to: to, amount: assets});
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    function _labelled(string memory label, address operator_) private pure returns (string memory) {
        return string.concat(label, Strings.toChecksumHexString(operator_));
    }
}
