"""Paytm's paths, of every generation of its clients, under ``/paytm``."""

from sanic import Blueprint

from payment_engine.mock.front import Dialect, guard
from payment_engine.mock.paytm import (
    customer,
    direct,
    initiate,
    loader,
    lookup,
    options,
    process,
    refunds,
    status,
    wallet,
)
from payment_engine.mock.paytm.lies import lie
from payment_engine.mock.paytm.results import Refusal
from payment_engine.mock.paytm.seen import paying, seen
from payment_engine.mock.paytm.wire import refuse

_API = "/theia/api/v1"
_BROKEN = (
    b'{"head":{"version":"v1"},"body":{"resultInfo":'
    b'{"resultStatus":"U","resultCode":"00000900","resultMsg":"System error"}}}'
)
_DIALECT = Dialect(gateway="paytm", seen=seen, broken=_BROKEN, lie=lie, paying=paying)
_PATHS = {
    initiate.initiate: (f"{_API}/initiateTransaction", "/order/initiate"),
    status.status: ("/v3/order/status", "/merchant-status/api/v1/getPaymentStatus"),
    status.status_flat: ("/order/status", "/merchant-status/getTxnStatus"),
    refunds.refund: ("/refund/apply", "/refund/applySync", "/refund/api/v1/async/refund"),
    refunds.refund_status: ("/v2/refund/status", "/refund/api/v1/refundStatus"),
    options.payment_options: (
        f"{_API}/fetchPaymentOptions",
        "/theia/api/v2/fetchPaymentOptions",
        "/theia/api/v5/fetchPaymentOptions",
        "/fetchPaymentOptions",
    ),
    options.access_token: (f"{_API}/token/create",),
    process.process: (f"{_API}/processTransaction",),
    process.poll: ("/theia/v1/transactionStatus",),
    direct.direct: (f"{_API}/directBankRequest",),
    initiate.update: (f"{_API}/updateTransactionDetail",),
    lookup.bin_detail: (f"{_API}/fetchBinDetail", "/fetchBinDetail"),
    lookup.validate_vpa: (f"{_API}/vpa/validate",),
    lookup.banks: (f"{_API}/fetchNBPaymentChannels",),
    wallet.send_otp: ("/login/sendOtp", f"{_API}/login/sendOtp"),
    wallet.validate_otp: ("/login/validateOtp", f"{_API}/login/validateOtp"),
    wallet.balance: ("/userAsset/fetchBalanceInfo", f"{_API}/fetchBalanceInfo"),
}


def paytm_routes() -> list[Blueprint]:
    """The API and the customer's pages; blueprints of their own for each app."""
    routes = Blueprint("paytm", url_prefix="/paytm")
    guard(routes, _DIALECT)
    routes.exception(Refusal)(refuse)
    for handler, paths in _PATHS.items():
        for number, path in enumerate(paths):
            routes.add_route(handler, path, methods=["POST"], name=f"{handler.__name__}_{number}")
    routes.add_route(status.status_flat, "/merchant-status/getTxnStatus", methods=["GET"])
    routes.add_route(customer.checkout, f"{_API}/showPaymentPage", methods=["GET", "POST"])
    routes.add_route(loader.loader, "/merchantpgpui/checkoutjs/merchants/<file>")
    return [routes, customer.customer_routes()]
