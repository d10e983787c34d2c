"""Imitates Paytm: the paths of every generation of its clients, and the customer's pages."""

from payment_engine.mock.discovery import Imitation
from payment_engine.mock.paytm.config import PaytmConfig
from payment_engine.mock.paytm.imitation import open_account
from payment_engine.mock.paytm.routes import paytm_routes
from payment_engine.mock.paytm.settlement import SETTLEMENT

IMITATION = Imitation(
    name="paytm",
    config=PaytmConfig,
    open_account=open_account,
    routes=paytm_routes,
    settlement=SETTLEMENT,
    test_account={"merchant_id": "MOCKMERCHANT00000001", "merchant_key": "MockPaytmKey0001"},
    config_names={"website": "website"},
    service_settings={"base_url": "{url}", "website": "WEBSTAGING", "wallet": "true"},
    hosts=frozenset(
        {
            "secure.paytmpayments.com",
            "securestage.paytmpayments.com",
            "securegw.paytm.in",
            "securegw-stage.paytm.in",
            "pgp-ite.paytm.in",
        }
    ),
)
