"""A wrong setting is one line, which names it and says what would be right."""

import pytest

from payment_engine.environment import BadSettings, load

GOOD = {"PE_SECRET": "a-root-secret-for-tests-only-0123456789"}


def fault(monkeypatch: pytest.MonkeyPatch, **environ: str) -> str:
    for name, value in {**GOOD, **environ}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as error:
        load({**GOOD, **environ})
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("PE_API_PORT", "x", "valid integer"),
        ("PE_CHECKOUT_ORIGINS", "https://a.example", "must be a JSON list, such as [1, 2]"),
        ("PE_CHECKOUT_ORIGINS", '["a.example"]', "is no origin, such as https://shop.example"),
        ("PE_NOTIFY_SCHEDULE", "5,30", "must be a JSON list"),
        ("PE_GATEWAYS", "x", "must be a JSON document"),
        ("PE_GATEWAYS__JUSPAY", "x", "valid dictionary"),
        ("PE_PUBLIC_URL", "pay.example", "must begin with http:// or https://"),
        ("PE_MONGO_URL", "db:27017", "must begin with mongodb://"),
        ("PE_DATABASE_URL", "db/engine", "must begin with postgres://"),
        ("PE_MIGRATION_URL", "postgres://db/engine?ssl=on", "sslmode=verify-full"),
        ("PE_MESSAGES_BROKER", "amqp://queue", "must begin with nats://"),
        ("PE_SECRET", "short", "at least 32"),
        ("PE_PUBLIK_URL", "x", "no such setting"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, mend: str
) -> None:
    [line] = fault(monkeypatch, **{name: value}).splitlines()
    assert line.startswith(f"{name}: ")
    assert mend in line


def test_links_that_kubernetes_sets_are_told_apart_from_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    links = {
        "PE_API_PORT": "tcp://10.0.0.1:8000",
        "PE_API_PORT_8000_TCP_ADDR": "10.0.0.1",
        "PE_API_SERVICE_HOST": "10.0.0.1",
    }
    [line] = fault(monkeypatch, **links).splitlines()
    assert line.startswith(", ".join(sorted(links)))
    assert "enableServiceLinks: false" in line
