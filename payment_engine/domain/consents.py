"""What a customer can consent to."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a consent is about; without it nothing of the kind is stored or done."""

    SAVE_CARD = "save_card"
    SAVE_VPA = "save_vpa"
    LINK_WALLET = "link_wallet"
    REFUND_ELSEWHERE = "refund_elsewhere"
