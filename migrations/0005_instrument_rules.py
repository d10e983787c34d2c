"""What the database holds of saved things, switches and people's actions."""

from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration

_CARD_STATES = (
    "'initiated','active','suspended','deactivated','failed','expired','delete_pending','deleted'"
)
_CHECKS = [
    ("saved_card", "saved_card_state_known", f"state IN ({_CARD_STATES})"),
    ("saved_card", "saved_card_last4_digits", "last4 ~ '^[0-9]{4}$'"),
    ("saved_card", "saved_card_last4_source_known", "last4_source IN ('card','token')"),
    ("saved_card", "saved_card_source_known", "source IN ('customer','issuer')"),
    ("saved_card", "saved_card_kind_known", "kind IN ('credit','debit','prepaid')"),
    (
        "saved_card",
        "saved_card_saved_with_consent",
        "source = 'issuer' OR (consent_id IS NOT NULL AND attempt_id IS NOT NULL)",
    ),
    ("card_token", "card_token_state_known", f"state IN ({_CARD_STATES})"),
    ("card_token", "card_token_active_has_token", "state <> 'active' OR sealed IS NOT NULL"),
    ("card_token", "card_token_deleted_is_wiped", "state <> 'deleted' OR sealed IS NULL"),
    (
        "linked_wallet",
        "linked_wallet_state_known",
        "state IN ('started','linked','expired','delinked')",
    ),
    ("linked_wallet", "linked_wallet_balance_not_negative", "balance >= 0"),
    (
        "linked_wallet",
        "linked_wallet_balance_has_time",
        "(balance IS NULL) = (balance_at IS NULL)",
    ),
    ("linked_wallet", "linked_wallet_ended_is_wiped", "state <> 'delinked' OR sealed IS NULL"),
    (
        "consent",
        "consent_purpose_known",
        "purpose IN ('save_card','save_vpa','link_wallet','refund_elsewhere')",
    ),
    ("route", "route_weight_range", "weight BETWEEN 0 AND 1000"),
    ("breaker", "breaker_state_known", "state IN ('closed','open','half_open')"),
    ("breaker", "breaker_open_has_probe", "state = 'closed' OR probe_at IS NOT NULL"),
    ("admin_action", "admin_action_has_reason", "length(reason) >= 3"),
]
_INDEXES = [
    (
        "linked_wallet_one_open",
        "UNIQUE",
        "linked_wallet (merchant_id, customer_ref, wallet) WHERE state IN ('started','linked')",
    ),
    (
        "saved_card_one_per_fingerprint",
        "UNIQUE",
        "saved_card (merchant_id, customer_ref, fingerprint) "
        "WHERE fingerprint IS NOT NULL AND state IN ('initiated','active','suspended')",
    ),
    ("payment_by_phone", "", "payment (phone_hash, created_at) WHERE phone_hash IS NOT NULL"),
    ("attempt_by_payer", "", "attempt (payer_hash, created_at) WHERE payer_hash IS NOT NULL"),
    ("payment_by_customer", "", "payment (merchant_id, customer_ref, created_at)"),
    ("payment_by_amount", "", "payment (merchant_id, amount, created_at)"),
    ("attempt_unsettled", "", "attempt (created_at) WHERE status IN ('created','pending')"),
]
_FORGETTING = """
  IF TG_OP = 'UPDATE' AND NEW.circumstances IS NULL
     AND to_jsonb(NEW) - 'circumstances' = to_jsonb(OLD) - 'circumstances' THEN RETURN NEW;
  END IF;
"""
"""An erased customer's address and device go; what was agreed to, and when, stays."""
_GROWING = {"consent": _FORGETTING, "admin_action": ""}


def _only_grows(table: str, unless: str) -> ops.RunSQL:
    return ops.RunSQL(
        f"""
        CREATE FUNCTION {table}_is_history() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          {unless}
          RAISE EXCEPTION '{table} only grows' USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION {table}_is_history();
        """,
        f"DROP TRIGGER {table}_only_grows ON {table}; DROP FUNCTION {table}_is_history();",
    )


class Migration(QuickMigration):
    dependencies = [("engine", "0004_instruments")]
    initial = False

    operations = [
        *(
            ops.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, name, rule in _CHECKS
        ),
        *(
            ops.RunSQL(f"CREATE {kind} INDEX {name} ON {where}", f"DROP INDEX {name}")
            for name, kind, where in _INDEXES
        ),
        *(_only_grows(table, unless) for table, unless in _GROWING.items()),
    ]
