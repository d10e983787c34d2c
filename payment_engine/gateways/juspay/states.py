"""What Juspay's orders, refunds and webhooks mean for us."""

from dataclasses import replace

from payment_engine.domain.gateway import (
    Charge,
    ChargeState,
    NextAction,
    RefundState,
    Unknown,
    WebhookEvent,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import UpiCollect, UpiIntent, UpiQr
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.juspay.links import upi_link
from payment_engine.gateways.juspay.messages import Order, Refund, TxnPayment, Webhook
from payment_engine.gateways.juspay.tables import (
    CHARGE_STATUS,
    DECLINE_OF,
    DECLINE_OF_METHOD,
    DECLINE_OF_STATUS,
    PARTIALLY_CAPTURED,
    REFUND_STATUS,
    SENT_BACK,
    STILL_AUTHORIZED,
)
from payment_engine.gateways.reading import impersonal, moment

A = AttemptStatus


def status_of(order: Order, ref: str) -> str:
    """The order's status; raises Unknown where it has none, or is another order."""
    if order.status is None or (order.order_id or ref).lower() != ref.lower():
        raise Unknown("an answer without a status, or about another order")
    return order.status


def charge_state(order: Order, ref: str) -> ChargeState:
    """The charge that an order is for us; raises Unknown for another order."""
    gateway_status = status_of(order, ref)
    captured = _captured(order) if gateway_status == PARTIALLY_CAPTURED else None
    recognised = gateway_status in CHARGE_STATUS and (
        gateway_status != PARTIALLY_CAPTURED or captured is not None
    )
    state = ChargeState(
        ref=ref,
        status=CHARGE_STATUS[gateway_status] if recognised else A.PENDING,
        gateway_status=gateway_status,
        amount=order.amount.paise,
        currency=order.currency,
        merchant_id=order.merchant_id,
        gateway_payment_id=order.txn_uuid or order.txn_detail.txn_uuid,
        rrn=order.payment_gateway_response.rrn,
        captured=captured,
        payer_vpa=order.upi.payer_vpa or order.payer_vpa,
        card_bin=order.card.card_isin,
        refunds=refund_states(order, ref),
        sent_back=gateway_status == SENT_BACK,
        still_authorized=gateway_status in STILL_AUTHORIZED,
        recognised=recognised,
    )
    return decline(state, order) if state.status is A.FAILED else state


def decline(state: ChargeState, order: Order) -> ChargeState:
    """The failed charge with its reason: by a code, or by its status where no code is known.

    A bank's code is looked up among those of the order's method only.
    """
    meanings = {**DECLINE_OF, **DECLINE_OF_METHOD.get(order.method_type, {})}
    reasons = (order, order.payment_gateway_response, order.txn_detail)
    codes = [code for reason in reasons for code in reason.codes]
    texts = [text for reason in reasons for text in reason.texts]
    known = [meanings[code.upper()] for code in codes if code.upper() in meanings]
    return replace(
        state,
        decline_code=known[0] if known else DECLINE_OF_STATUS[state.gateway_status],
        explained=bool(known) or all(code.upper() in DECLINE_OF_STATUS for code in codes),
        gateway_code=impersonal(codes[0]) if codes else None,
        gateway_message=impersonal(texts[0]) if texts else None,
    )


def _captured(order: Order) -> Paise | None:
    """What was captured of a part: what may still be refunded, and what was refunded already."""
    refundable = order.maximum_eligible_refund_amount.paise
    refunded = order.amount_refunded.paise
    if refundable is None or refunded is None or refundable + refunded <= 0:
        return None
    return Paise(refundable + refunded)


def find_refund(order: Order, ref: str, charge_ref: str) -> RefundState | None:
    """The order's latest refund under our reference ``ref``."""
    ours = [refund for refund in order.refunds if refund.reference == ref]
    return refund_state(ours[-1], charge_ref) if ours else None


def refund_states(order: Order, charge_ref: str) -> tuple[RefundState, ...]:
    """The refunds of an order's charge, each as last listed, without those that say too little;
    one of an odd amount has none, so that it hides nothing else.

    Beside a charge that stands, Juspay's own refund is that of another transaction of the order.
    """
    sent_back = order.status == SENT_BACK
    ours = {
        refund.reference: refund
        for refund in order.refunds
        if refund.reference and refund.status
        if sent_back or refund.initiated_by != SENT_BACK
    }
    return tuple(refund_state(refund.without_odd_amounts(), charge_ref) for refund in ours.values())


def refund_state(refund: Refund, charge_ref: str) -> RefundState:
    """One refund; raises Unknown where it lacks its reference or status."""
    ref, gateway_status = refund.reference, refund.status
    if ref is None or gateway_status is None:
        raise Unknown("a refund without its reference or status")
    return RefundState(
        ref=ref,
        charge_ref=charge_ref,
        status=REFUND_STATUS.get(gateway_status, RefundStatus.PENDING),
        gateway_status=gateway_status,
        amount=refund.amount.paise,
        gateway_refund_id=refund.ref or refund.id,
        arn=refund.arn,
        gateway_code=refund.error_code,
        recognised=gateway_status in REFUND_STATUS,
    )


def webhook_event(webhook: Webhook) -> WebhookEvent:
    """A verified webhook; raises Unknown where it lacks its own id or its order's."""
    content = webhook.content
    order = content.txn.as_order() if content.order is None and content.txn else content.order
    ref = (order.order_id or "").lower() if order else ""
    if webhook.id is None or (order and not ref):
        raise Unknown("a webhook without its own id or its order's")
    return WebhookEvent(
        event_id=webhook.id,
        kind=webhook.event_name or "",
        charges=(charge_state(order.without_odd_amounts(), ref),) if order else (),
        sent_at=moment(webhook.date_created),
    )


def on_page(order: Order, charge: Charge) -> ChargeState:
    """A charge that begins when the customer enters a card on Juspay's page.

    Raises Unknown for an answer without the page, or about another order or amount.
    """
    gateway_status, page = status_of(order, charge.ref), order.payment_links.web
    if page is None or order.amount.paise not in (None, charge.amount):
        raise Unknown("a session without its page, or of another amount")
    action = NextAction(kind="redirect", url=page)
    return ChargeState(
        ref=charge.ref, status=A.PENDING, gateway_status=gateway_status, next_action=action
    )


def next_action(charge: Charge, payment: TxnPayment) -> NextAction | None:
    """What the customer does next: a UPI link where one was given, else Juspay's page."""
    params = payment.sdk_params
    payee = params.get("merchant_name", "pn")
    if isinstance(charge.source, UpiCollect):
        return NextAction(kind="upi_collect", payee_name=payee)
    if isinstance(charge.source, UpiIntent | UpiQr) and (link := upi_link(params, charge)):
        qr = isinstance(charge.source, UpiQr)
        return NextAction(kind="upi_qr" if qr else "upi_intent", uri=link, payee_name=payee)
    page = payment.authentication
    if page.url is None:
        return None
    return NextAction(
        kind="redirect",
        url=page.url,
        http_method="POST" if page.method == "POST" else "GET",
        fields=page.params,
    )
