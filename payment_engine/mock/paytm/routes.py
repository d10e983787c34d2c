"""Paytm's paths, of every generation of its clients, under ``/paytm``."""

from sanic import Blueprint

from payment_engine.mock.middleware import Dialect, add_middleware
from payment_engine.mock.paytm import methods, orders, pages, refunds, transactions, wallets
from payment_engine.mock.paytm.errors import Refusal
from payment_engine.mock.paytm.wire import payment_facts, refuse, request_facts, tamper

_API = "/theia/api/v1"
_INTERNAL_ERROR = (
    b'{"head":{"version":"v1"},"body":{"resultInfo":'
    b'{"resultStatus":"U","resultCode":"00000900","resultMsg":"System error"}}}'
)
_DIALECT = Dialect(
    gateway="paytm",
    request_facts=request_facts,
    error_body=_INTERNAL_ERROR,
    tamper=tamper,
    payment_facts=payment_facts,
)
_PATHS = {
    orders.initiate: (f"{_API}/initiateTransaction", "/order/initiate"),
    orders.read_status: ("/v3/order/status", "/merchant-status/api/v1/getPaymentStatus"),
    orders.read_status_flat: ("/order/status", "/merchant-status/getTxnStatus"),
    refunds.create: ("/refund/apply", "/refund/applySync", "/refund/api/v1/async/refund"),
    refunds.read: ("/v2/refund/status", "/refund/api/v1/refundStatus"),
    methods.payment_options: (
        f"{_API}/fetchPaymentOptions",
        "/theia/api/v2/fetchPaymentOptions",
        "/theia/api/v5/fetchPaymentOptions",
        "/fetchPaymentOptions",
    ),
    methods.access_token: (f"{_API}/token/create",),
    transactions.process_transaction: (f"{_API}/processTransaction",),
    transactions.transaction_status: ("/theia/v1/transactionStatus",),
    transactions.direct_bank_request: (f"{_API}/directBankRequest",),
    orders.update: (f"{_API}/updateTransactionDetail",),
    methods.bin_detail: (f"{_API}/fetchBinDetail", "/fetchBinDetail"),
    methods.validate_vpa: (f"{_API}/vpa/validate",),
    methods.list_banks: (f"{_API}/fetchNBPaymentChannels",),
    wallets.send_otp: ("/login/sendOtp", f"{_API}/login/sendOtp"),
    wallets.validate_otp: ("/login/validateOtp", f"{_API}/login/validateOtp"),
    wallets.read_balance: ("/userAsset/fetchBalanceInfo", f"{_API}/fetchBalanceInfo"),
}


def paytm_routes() -> list[Blueprint]:
    """The API and the customer's pages; blueprints of their own for each app."""
    routes = Blueprint("paytm", url_prefix="/paytm")
    add_middleware(routes, _DIALECT)
    routes.exception(Refusal)(refuse)
    for handler, paths in _PATHS.items():
        for number, path in enumerate(paths):
            routes.add_route(handler, path, methods=["POST"], name=f"{handler.__name__}_{number}")
    routes.add_route(orders.read_status_flat, "/merchant-status/getTxnStatus", methods=["GET"])
    routes.add_route(pages.show_checkout, f"{_API}/showPaymentPage", methods=["GET", "POST"])
    routes.add_route(pages.checkout_script, "/merchantpgpui/checkoutjs/merchants/<file>")
    return [routes, pages.page_routes()]
