"""Every index of a table that grows with payments has a reason: each costs every row a write."""

import asyncpg

REASONS = {
    "payment": {
        "payment_pkey": "loads, the guard of a commit",
        "payment_one_open_per_order": "the rule: an order has one open payment",
        "payment_of_order": "the payments of an order, and whether a newer one exists",
        "payment_by_customer": "customer limits, export and erasure",
        "payment_by_phone": "search by phone number",
        "payment_by_amount": "search by amount and time",
        "payment_listed": "lists for the order service, a page at a time",
        "payment_to_erase": "erasure of personal data, the oldest payment first",
    },
    "attempt": {
        "attempt_pkey": "loads by attempt",
        "attempt_ref_key": "the rule: a reference is used once; search by reference",
        "uid_attempt_payment_7f4c51": "the attempts of a payment; the rule: each has its number",
        "attempt_one_live": "the rule: a payment has one live attempt",
        "attempt_one_elected": "the rule: one attempt pays a payment",
        "attempt_by_gateway_payment": "search by the gateway's number",
        "attempt_by_rrn": "search by RRN",
        "attempt_by_arn": "search by ARN",
        "attempt_by_payer": "search by UPI ID",
        "attempt_not_settled": "work lists of what is open, and the count of overdue attempts",
        "attempt_in_review": "the work list of reviews",
        "attempt_in_conflict": "the list of conflicts",
        "attempt_declined_by_address": "declined cards from one network address",
        "attempt_declined_by_bin": "declined cards that begin alike",
        "attempt_listed": "lists of what has ended, the oldest first",
    },
    "refund": {
        "refund_pkey": "loads by refund",
        "refund_ref_key": "the rule: a reference is used once; search by reference",
        "idx_refund_payment_9157c2": "the refunds of a payment",
        "refund_one_automatic": "the rule: a success that cannot count is sent back once",
        "refund_one_per_foreign_ref": "the rule: a refund of the gateway's has one row",
        "refund_by_foreign_ref": "search by the gateway's reference of a refund of its own",
        "refund_by_gateway_refund": "search by the gateway's number",
        "refund_by_arn": "search by ARN",
        "refund_by_rrn": "search by RRN",
        "refund_undecided": "gauges and the work list of what is not decided",
        "refund_by_time": "lists of refunds of any status, by time",
        "refund_in_review": "the work list of reviews, and its gauge",
    },
    "payment_event": {
        "payment_event_pkey": "rows need a name; a key has the time of the month's table",
        "payment_event_of_payment": "the history of a payment",
        "payment_event_by_change": "the rule: a change is written once; whether one was written",
    },
    "idempotency_key": {
        "idempotency_key_pkey": "rows need a name",
        "uid_idempotency_merchan_68e177": "the rule: a key is used once",
        "idx_idempotency_created_98dcfd": "deletion of old keys",
    },
    "inbox_notice": {
        "inbox_notice_pkey": "the job of a webhook",
        "uid_inbox_notic_gateway_d53365": "the rule: an event counts once",
        "inbox_handled_by_time": "deletion of old webhooks",
        "inbox_unhandled_by_time": "the list and the gauges of what was not applied",
    },
    "outbox_message": {
        "outbox_message_pkey": "the end of a delivery",
        "uid_outbox_mess_payment_73345a": "the messages of a payment, in their order",
        "outbox_due_by_merchant": "claims of due messages, by merchant",
        "outbox_in_order": "what an order service reads, in the order of the commits",
        "outbox_failed": "those that were not delivered, to list and to send again",
        "outbox_ended_by_time": "deletion of old messages",
        "outbox_failed_by_time": "the lists and the gauges of what was not delivered, by merchant",
    },
    "job": {
        "job_pkey": "the end of a job",
        "uid_job_kind_748708": "the rule: one job of a kind for a subject",
        "job_due_by_queue": "claims of due jobs, by gateway",
        "job_due_webhooks": "claims of webhooks to apply",
        "job_suspended_by_time": "the list and the gauge of jobs that wait for a person",
    },
}


async def test_every_index_has_a_reason_and_is_valid(fresh_database: str) -> None:
    connection = await asyncpg.connect(fresh_database)
    try:
        rows = await connection.fetch(
            "SELECT i.indrelid::regclass::text AS table, c.relname AS name, i.indisvalid AS valid "
            "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indrelid = ANY ($1::text[]::regclass[])",
            list(REASONS),
        )
    finally:
        await connection.close()
    found = {(row["table"], row["name"]) for row in rows}
    assert found == {(table, name) for table, reasons in REASONS.items() for name in reasons}
    assert all(row["valid"] for row in rows)
