# Settings for all that follows
API=@API@
MOCK=@MOCK@
SERVICE='Authorization: Bearer @SERVICE_KEY@'
ADMIN='Authorization: Bearer @ADMIN_KEY@'
JSON='Content-Type: application/json'
once() { echo "Idempotency-Key: tour-$1-$$-$(date +%s)"; }
first() { # the first field of this name in an answer; the whole answer where it has none
  body=$(cat)
  found=$(printf "%s\n" "$body" | grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4) || true
  [ -n "$found" ] && echo "$found" || { echo "no $1 in: $body" >&2; return 1; }
}
order() { cat <<END
@ORDER@
END
}

# 1. The order service opens a payment for an order
PAY=$(order "A-$(date +%s)" |
  curl -sS "$API/v1/payments" -H "$SERVICE" -H "$JSON" -H "$(once init)" -d @- | first id); echo "$PAY"

# 2. What can this customer pay with?
curl -sS "$API/v1/payments/$PAY/methods?platform=android&upi_apps=gpay" -H "$SERVICE"; echo

# 3. Pay by UPI intent, then approve at @MOCK@/
curl -sS "$API/v1/payments/$PAY/attempts" -H "$SERVICE" -H "$JSON" -H "$(once upi)" \
  -d '{"method":"upi_intent","app":"gpay","client":{"platform":"android"}}'; echo

# 4. Wait for the outcome: answered when the payment changes, after 25 seconds at the latest
curl -sS "$API/v1/payments/$PAY?wait=25" -H "$SERVICE"; echo

# 5. Refund part of it (amounts are in paise)
curl -sS "$API/v1/payments/$PAY/refunds" -H "$SERVICE" -H "$JSON" -H "$(once refund)" \
  -d '{"amount":6620,"reason":"out_of_stock"}'; echo

# 6. What happened to it: history, raw exchanges with the gateway, messages to the shop
curl -sS "$API/v1/admin/payments/$PAY/timeline" -H "$ADMIN"; echo

# 7. By card: the browser sends the card to the gateway, and its one-time token to us
CARD=$(order "B-$(date +%s)" |
  curl -sS "$API/v1/payments" -H "$SERVICE" -H "$JSON" -H "$(once init2)" -d @- | first id); echo "$CARD"
TOKEN=$(curl -sS "$MOCK/juspay/card/tokenize" -d merchant_id=@MERCHANT@ \
  -d card_number=4242424242424242 -d card_exp_month=12 -d card_exp_year=2030 \
  -d card_security_code=123 -d name_on_card=Demo | first token)
curl -sS "$API/v1/payments/$CARD/attempts" -H "$SERVICE" -H "$JSON" -H "$(once card)" \
  -d "{\"method\":\"card\",\"card_token\":\"$TOKEN\"}"; echo
