// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IReceiptLedger} from "./interfaces/IReceiptLedger.sol";
import {Inclusion} from "./types/Batch.sol";
import {ChannelId, Voucher, toChannelId} from "./types/Voucher.sol";

/// @title VoucherChannels
/// @notice The money of a `ReceiptLedger`: deposits that are reserved for an operator, the vouchers that draw on them, what
/// operators earned, and free bonds.
/// @dev Every token's balance here is at least what its channels hold; the chain's own currency also covers the bonds. Calls
/// to tokens and payees come last. A deposit is credited before its token is called and compared with what arrived
/// after, so that whatever a token calls in between either adds up or reverts; there is nothing left to guard.
abstract contract VoucherChannels is IReceiptLedger, EIP712 {
    using BitMaps for BitMaps.BitMap;
    using SafeERC20 for IERC20;

    /// @notice Time in which a dispute or an objection must be answered: hours of proving, and a night.
    uint256 public constant ANSWER_PERIOD = 1 days;
    /// @notice Time between the announcement of a withdrawal and the withdrawal.
    /// @dev A day to post what was served, dispute, answer, claim, and the answer to a last objection are 7 days.
    uint256 public constant WITHDRAWAL_DELAY = 8 days;
    /// @notice Most gas that a requester's contract may take to check a signature.
    uint256 public constant SIGNATURE_GAS = 300_000;

    /// @inheritdoc IReceiptLedger
    uint256 public immutable disputeBond;

    mapping(ChannelId id => Channel channel) private _channels;
    mapping(ChannelId id => BitMaps.BitMap nonces) private _spent;
    mapping(ChannelId id => mapping(uint256 nonce => uint256 answerBy)) private _objections;
    mapping(bytes32 digest => bool accepted) private _accepted;
    mapping(address account => uint256 bond) private _bonds;

    constructor(uint96 disputeBond_) EIP712("Vouch Receipt Ledger", "1") {
        require(disputeBond_ > 0, DisputeBondZero());

        disputeBond = disputeBond_;
    }

    /// @inheritdoc IReceiptLedger
    function deposit(address operator, address token, uint128 amount) external payable {
        require(amount > 0, DepositAmountZero());
        uint256 needed = token == address(0) ? amount : 0;
        require(msg.value == needed, DepositValueMismatch(msg.value, needed));

        Channel storage channel = _channels[toChannelId(msg.sender, operator, token)];
        // Deposit and earnings fit into 128 bits together, so that no payment from one to the other overflows.
        channel.deposit = channel.deposit + channel.earned + amount - channel.earned;

        emit Deposited(msg.sender, operator, token, amount);

        if (token == address(0)) return;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        // A token may have any balance to tell: one that fell is no amount either.
        uint256 balance = IERC20(token).balanceOf(address(this));
        uint256 received = balance > before ? balance - before : 0;
        require(received == amount, DepositReceivedMismatch(received, amount));
    }

    /// @inheritdoc IReceiptLedger
    function announceWithdrawal(address operator, address token, uint128 amount) external {
        ChannelId id = toChannelId(msg.sender, operator, token);
        Channel storage channel = _channels[id];
        require(amount <= channel.deposit, DepositInsufficient(id, channel.deposit, amount));

        uint256 withdrawableAt = amount == 0 ? 0 : block.timestamp + WITHDRAWAL_DELAY;
        channel.announced = amount;
        // Fits until the year 36,000.
        channel.withdrawableAt = uint40(withdrawableAt);

        emit WithdrawalAnnounced(msg.sender, operator, token, amount, withdrawableAt);
    }

    /// @inheritdoc IReceiptLedger
    function withdrawDeposit(address operator, address token, address to) external {
        ChannelId id = toChannelId(msg.sender, operator, token);
        Channel storage channel = _channels[id];
        require(channel.announced > 0, WithdrawalNotAnnounced(id));
        require(block.timestamp >= channel.withdrawableAt, WithdrawalNotAvailable(id, channel.withdrawableAt));

        uint128 amount = channel.announced < channel.deposit ? channel.announced : channel.deposit;
        channel.deposit -= amount;
        (channel.announced, channel.withdrawableAt) = (0, 0);

        emit DepositWithdrawn(msg.sender, operator, token, to, amount);

        _send(token, to, amount);
    }

    /// @inheritdoc IReceiptLedger
    function withdrawEarnings(address token, address[] calldata requesters, address to) external {
        uint256 amount = 0;
        for (uint256 i = 0; i < requesters.length; ++i) {
            Channel storage channel = _channels[toChannelId(requesters[i], msg.sender, token)];
            amount += channel.earned;
            channel.earned = 0;
        }
        require(amount > 0, EarningsEmpty(msg.sender, token));

        emit EarningsWithdrawn(msg.sender, token, to, amount);

        _send(token, to, amount);
    }

    /// @inheritdoc IReceiptLedger
    function acceptVoucher(Voucher calldata voucher, bytes calldata signature) external {
        bytes32 digest = digestOf(voucher);
        require(_isSigned(voucher.requester, digest, signature), VoucherSignatureInvalid(voucher.requester, digest));

        _accepted[digest] = true;

        emit VoucherAccepted(digest, voucher.requester, voucher.operator);
    }

    /// @inheritdoc IReceiptLedger
    function objectVoucher(address operator, address token, uint256 nonce) external payable {
        ChannelId channel = toChannelId(msg.sender, operator, token);
        require(!_spent[channel].get(nonce), VoucherSpent(channel, nonce));
        _take(disputeBond);

        _spent[channel].set(nonce);
        uint256 answerBy = block.timestamp + ANSWER_PERIOD;
        _objections[channel][nonce] = answerBy;

        emit VoucherObjected(channel, nonce, answerBy);
    }

    /// @inheritdoc IReceiptLedger
    function voidVoucher(address requester, address operator, address token, uint256 nonce) external {
        ChannelId channel = toChannelId(requester, operator, token);
        uint256 answerBy = _objections[channel][nonce];
        require(answerBy > 0, VoucherNotObjected(channel, nonce));
        require(block.timestamp > answerBy, AnswerPeriodNotOver(answerBy));

        // The nonce stays spent.
        delete _objections[channel][nonce];
        _give(requester, disputeBond);

        emit VoucherVoided(channel, nonce);
    }

    /// @inheritdoc IReceiptLedger
    function fundBond() external payable {
        _give(msg.sender, msg.value);

        emit BondFunded(msg.sender, msg.value);
    }

    /// @inheritdoc IReceiptLedger
    function withdrawBond(uint256 amount, address to) external {
        require(amount > 0, BondAmountZero());
        uint256 free = _bonds[msg.sender];
        require(amount <= free, BondInsufficient(msg.sender, free, amount));

        _bonds[msg.sender] = free - amount;

        emit BondWithdrawn(msg.sender, to, amount);

        _send(address(0), to, amount);
    }

    /// @inheritdoc IReceiptLedger
    function channelOf(address requester, address operator, address token) external view returns (Channel memory) {
        return _channels[toChannelId(requester, operator, token)];
    }

    /// @inheritdoc IReceiptLedger
    function spendableOf(address requester, address operator, address token) external view returns (uint256) {
        Channel storage channel = _channels[toChannelId(requester, operator, token)];
        return channel.announced < channel.deposit ? channel.deposit - channel.announced : 0;
    }

    /// @inheritdoc IReceiptLedger
    function bondOf(address account) external view returns (uint256) {
        return _bonds[account];
    }

    /// @inheritdoc IReceiptLedger
    function isSpent(address requester, address operator, address token, uint256 nonce) external view returns (bool) {
        return _spent[toChannelId(requester, operator, token)].get(nonce);
    }

    /// @inheritdoc IReceiptLedger
    function objectionOf(ChannelId channel, uint256 nonce) external view returns (uint256) {
        return _objections[channel][nonce];
    }

    /// @inheritdoc IReceiptLedger
    function isContractSignature(
        address requester,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool) {
        return SignatureChecker.isValidERC1271SignatureNowCalldata(requester, digest, signature);
    }

    /// @inheritdoc IReceiptLedger
    function digestOf(Voucher calldata voucher) public view returns (bytes32) {
        return _hashTypedDataV4(voucher.hash());
    }

    /// @dev Pays an item whose voucher the requester signed, once, out of the channel's deposit; or says why not, having
    /// changed nothing. Answers an open objection where the item is proven, and is then not too late.
    function _pay(Inclusion calldata inclusion, bool late, bool proven) internal returns (Refusal) {
        Voucher calldata voucher = inclusion.item.voucher;
        (ChannelId id, uint256 nonce, uint128 amount) = (voucher.channel(), voucher.nonce, inclusion.item.amount);
        bool answers = proven && block.timestamp <= _objections[id][nonce];
        if (!answers && _spent[id].get(nonce)) return Refusal.VoucherSpent;
        if (!answers && late) return Refusal.ClaimPeriodOver;
        Channel storage channel = _channels[id];
        (uint128 held, uint128 earned) = (channel.deposit, channel.earned);
        if (amount > held) return Refusal.DepositInsufficient;

        _spent[id].set(nonce);
        (channel.deposit, channel.earned) = (held - amount, earned + amount);

        emit ItemPaid(inclusion.batch, id, inclusion.item.index, nonce, amount);

        if (answers) {
            delete _objections[id][nonce];
            _give(voucher.operator, disputeBond);
        }
        return Refusal.None;
    }

    /// @dev Takes from the sender's free bond, to which the value sent is added first.
    function _take(uint256 amount) internal {
        uint256 free = _bonds[msg.sender] + msg.value;
        require(amount <= free, BondInsufficient(msg.sender, free, amount));
        _bonds[msg.sender] = free - amount;
    }

    function _give(address to, uint256 amount) internal {
        _bonds[to] += amount;
    }

    function _send(address token, address to, uint256 amount) private {
        if (token != address(0)) return IERC20(token).safeTransfer(to, amount);
        (bool sent, ) = to.call{value: amount}("");
        require(sent, WithdrawalFailed(to));
    }

    /// @dev The key first: an account that delegates to code (EIP-7702) after it was served could disown its signature
    /// otherwise. A contract is asked with limited gas, so that it cannot stop the items beside its own.
    function _isSigned(address requester, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && signer == requester) return true;
        if (_accepted[digest]) return true;
        if (requester.code.length == 0) return false;
        try this.isContractSignature{gas: SIGNATURE_GAS}(requester, digest, signature) returns (bool valid) {
            return valid;
        } catch {
            return false;
        }
    }
}
