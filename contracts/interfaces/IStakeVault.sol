// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

/// @title IStakeVault
/// @notice Operators' stake and what of it is exposed to open liabilities: open exposure never exceeds stake.
/// @dev A liability holder is a contract that an operator authorised to expose its stake; exposures are kept per holder,
/// and only the holder that opened one can close it. There is no owner.
/// @dev Warning: nothing slashes in this version. Exposure is stake that cannot leave while a liability is open.
interface IStakeVault {
    event Staked(address indexed operator, uint256 amount);
    event HolderAuthorised(address indexed operator, address indexed holder, bool authorised);
    event ExitRequested(address indexed operator, uint256 amount, uint256 availableAt);
    event Withdrawn(address indexed operator, address indexed to, uint256 amount);
    event ExposureOpened(address indexed operator, address indexed holder, bytes32 indexed liability, uint256 amount);
    event ExposureClosed(address indexed operator, address indexed holder, bytes32 indexed liability, uint256 amount);

    error StakeAmountZero();
    error StakeInsufficient(address operator, uint256 free, uint256 needed);
    error HolderNotAuthorised(address operator, address holder);
    error ExposureAlreadyOpen(address holder, bytes32 liability);
    error ExposureNotOpen(address holder, bytes32 liability);
    error ExitNotAvailable(uint256 availableAt);
    error ExitNotRequested(address operator);
    error WithdrawalFailed(address to);

    /// @notice Adds the value sent to the sender's stake.
    function stake() external payable;

    /// @notice Lets `holder` open exposures on the sender's stake, or stops it from opening new ones.
    function authorise(address holder, bool authorised) external;

    /// @notice Moves free stake into the exit queue, where it counts as stake for nothing and leaves after the delay.
    /// @dev A second request adds to the first and restarts the delay for the whole.
    function requestExit(uint256 amount) external;

    /// @notice Sends the sender's stake whose exit delay has passed to `to`.
    function withdraw(address payable to) external;

    /// @notice Exposes `amount` of an operator's free stake to a liability of the sender.
    function open(address operator, bytes32 liability, uint128 amount) external;

    /// @notice Ends a liability of the sender and frees the stake.
    function close(bytes32 liability) external;

    /// @notice Returns the stake that counts: neither in exit nor withdrawn.
    function stakeOf(address operator) external view returns (uint256);

    /// @notice Returns the stake that is not exposed.
    function freeStakeOf(address operator) external view returns (uint256);

    /// @notice Returns the sum of open exposures.
    function exposureOf(address operator) external view returns (uint256);

    /// @notice Returns the operator and amount of one open exposure; zeros where none is open.
    function liabilityOf(address holder, bytes32 liability) external view returns (address operator, uint256 amount);

    /// @notice Returns the amount in exit and the time from which it can be withdrawn.
    function exitOf(address operator) external view returns (uint256 amount, uint256 availableAt);

    /// @notice Returns whether an operator has authorised a holder.
    function isAuthorised(address operator, address holder) external view returns (bool);
}
