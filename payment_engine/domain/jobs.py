"""The kinds of work that are done later, by any worker."""

from enum import StrEnum


class JobKind(StrEnum):
    """What a job does; its subject is the id of the row that it is about."""

    CHECK_CHARGE = "check_charge"
    CONFIRM_CHARGE = "confirm_charge"
    REFUND = "refund"
    EXPIRE_PAYMENT = "expire_payment"
    CAPTURE = "capture"
    VOID = "void"
    HANDLE_WEBHOOK = "handle_notice"
    SAVE_CARD = "save_card"
    SAVE_VPA = "save_vpa"
    DELETE_CARD = "delete_card"
    SYNC_CARD = "sync_card"
    BULK_ACTION = "bulk_action"
