"""Signatures made by Paytm's own libraries, with a chosen or a random salt."""

K16 = "pe-test-key-0016"
K24 = K16 + "abcdefgh"
K32 = K24 + "12345678"
SALT = "aB3z"

SMALL = '{"mid":"TESTMI00000000000001","orderId":"ORDER_0001"}'
LARGE = (
    '{"requestType":"Payment","mid":"TESTMI00000000000001","websiteName":"WEBSTAGING",'
    '"orderId":"ORDER_0001","callbackUrl":"https://merchant.example/paytm/callback",'
    '"txnAmount":{"value":"100.00","currency":"INR"},"userInfo":{"custId":"CUST_001"}}'
)
C1 = {
    "ORDERID": "ORDER_0001",
    "MID": "TESTMI00000000000001",
    "TXNID": "20261122111212800110168000000000001",
    "TXNAMOUNT": "100.00",
    "PAYMENTMODE": "UPI",
    "CURRENCY": "INR",
    "TXNDATE": "2026-11-22 12:00:00.0",
    "STATUS": "TXN_SUCCESS",
    "RESPCODE": "01",
    "RESPMSG": "Txn Success",
    "GATEWAYNAME": "PPBLC",
    "BANKTXNID": "632600000001",
}
C2 = {
    "MID": "TESTMI00000000000001",
    "ORDERID": "ORDER_0001",
    "BANKTXNID": "null",
    "BANKNAME": "NULL",
    "GATEWAYNAME": None,
    "RESPMSG": "",
    "STATUS": "TXN_FAILURE",
}
C3 = {"b": "2", "A": "1", "a": "3", "B": "4", "_": "5", "1": "6", "10": "7", "2": "8"}

JOINED = [
    (
        C1,
        "632600000001|INR|PPBLC|TESTMI00000000000001|ORDER_0001|UPI|01|Txn Success|TXN_SUCCESS|"
        "100.00|2026-11-22 12:00:00.0|20261122111212800110168000000000001",
    ),
    (C2, "|||TESTMI00000000000001|ORDER_0001||TXN_FAILURE"),
    (C3, "6|7|8|1|4|5|3|2"),
    ({"A": "x|y", "B": "z"}, "x|y|z"),
]

FIXED = [
    (
        "V1",
        K16,
        SMALL,
        "jHAN74ROrnw+ITwrYl0Gc+tGjGZ/RpQI00t23hpUzd9pIaRf+wNlxDRZp/WFndLIACO48oJwQp72"
        "mSo3FWh/Rkem0TRWhcvvUTYYMYQLWnY=",
    ),
    (
        "V2",
        K16,
        LARGE,
        "bjAuZ+ji4Sx2AArfjo9IrXjGuzwzA/UEBDZgmEV++mDlIsdWPDsOFkLsQa8JXX7cHDI9QzL74hPd"
        "lipWTm/fJLwAYoQOKuGRJPZgyWe5tZE=",
    ),
    (
        "V3",
        K16,
        JOINED[0][1],
        "4KU//msKO1oaCcyVoKPNaSzIYD8S+uUv6QD/SJ1OkptaJ/YR5cE+f/6GK/oScHBRQytZ/Lrh9SZ4"
        "rV2HBuDZNSyZySasYc/s/as0TVxho3o=",
    ),
    (
        "V4",
        K16,
        JOINED[1][1],
        "plXLF0mhQlkURBbKBibXye1EY4w67h4egIigPj2AWpxloWmEkMmjBwjlzHhvw5YxHRJyYelKAnki"
        "r+dgsccIOyz52NTP/U7tS8DSS2vGvJM=",
    ),
    (
        "V5",
        K16,
        JOINED[2][1],
        "Dyh2xkivrwpqeV3FaZViDACaepPRaGpjJ/rpK7OY2DtT8x1D6UU53SKhCXkIhvlMfqbNCsAnXXo9"
        "YhA7AEGZaV8HFH1NR3jR+ijPscDgxzs=",
    ),
    (
        "V6",
        K16,
        '{"name":"आशा ₹ 5"}',
        "qInqLn8i72A3Su2upy1ozX3OKUZ0BLWTjqHEzA5Ecn+lqM0eN9vBuF50yUX+I+FaNEI97f1SBSpZ"
        "upJ5uuUecbcZFREdFTOc9l9Q4Jqn9FQ=",
    ),
    (
        "V7",
        K24,
        SMALL,
        "SfUc7zJPuXTnOWNmO+ExBZOmD8074ZWTjOMCm1f9TcuEQdAUpj5oPrv4w0VK/tjy5i9s+zsdtRPS"
        "Cp4Z7dW1jSqVFgYNjprfld5p3hnApZY=",
    ),
    (
        "V8",
        K32,
        SMALL,
        "LJ6DceNNEPGXwoRkAfE9oCaoep9IW3iUljffRLMeYwOt2zYcpdqD2YSmikPUQsw05atEMGgqf1bi"
        "v0hGbZL7+paK7hSWLO0EVjclRGcGb4A=",
    ),
    (
        "V9",
        K16,
        "",
        "w1oxEsjh5bbtIX2FfftyEWXjjcodxzwgLTvZlUUQ4awlkW+fDH/+LvuU49NMPR5ghzK7u/SV1+Tz"
        "DDGLjq05QxlyqPdyFCtt/Z6DSCpqq/Q=",
    ),
    (
        "V10",
        K16,
        JOINED[3][1],
        "F30DkBjMjaZAElRiU25ah+nkZlWmc+MJbm/7Jp48poAaMLKhuSKXgPOwHQo4vbTMU8e7FeYYxriT"
        "ebTSlcf8B9WLo0IRShlHwssyFupW6Oo=",
    ),
]

DRAWN = [
    (
        "Python",
        "oPAE4NXbjUEEYDVg8gMmPByMZWBgY8U8NRCVIRq2zPoWeXgqIj0weYy5oPN8tvg7DW2kMeAyFt78"
        "EnynmTEpmnwLGTjLvXZS5cY0vJxFXec=",
    ),
    (
        "Node",
        "2kgtdjKVSLxEJXHCQUOKp4SXEAQjKSgQybleXSKPsYf4B72/3iGFtn5OyUcZu9K6SNYkwJpAT79J"
        "/4PKWJJJR2kt/u2vJuxpWWCtA1lW+gI=",
    ),
    (
        "Java",
        "Ulew3w0D5unOnXI2Ijwl2E7VLYi/6+OsMPHj5YS/IJY/oig7Q6S9jX5gWJYyd7pPiJRS3bV1VxW6"
        "OfBukYK4+dnRrFPvJ8AX6QUcOMtXVjE=",
    ),
    (
        "PHP",
        "rVrPA5rDjmwIgaHH01ueQYR2ahR05d2uWH825U3OUf1nX8arcY1Zjcn56nPI7+PC78zGHV22z8x2"
        "WBSb5Xen13WSfmi5VgUyG9LjuGZw2kQ=",
    ),
]
"""Over SMALL, with K16."""
