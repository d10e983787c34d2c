"""AWS SNS, which carries Amazon Pay's webhooks: envelopes signed with a certificate of Amazon's."""

import asyncio
import base64
import hmac
import re
from collections.abc import Mapping, MutableMapping
from urllib.parse import urlsplit

import structlog
from cachetools import TTLCache
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from payment_engine.domain.errors import BadSignature, Unavailable
from payment_engine.domain.gateway import GatewayFailure, Unknown
from payment_engine.gateways.amazonpay.messages import SnsEnvelope
from payment_engine.gateways.http import Answer, Wire, parse_json

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"

_HOST = re.compile(r"sns\.[a-zA-Z0-9-]{3,}\.amazonaws\.com(\.cn)?")
_PEM = re.compile(r"/[A-Za-z0-9._-]+\.pem")

_CONFIRMATION_FIELDS = (
    *("message", "message_id", "subscribe_url", "timestamp", "token", "topic_arn", "type"),
)
_SIGNED_FIELDS: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("message", "message_id", "subject", "timestamp", "topic_arn", "type"),
    CONFIRMATION: _CONFIRMATION_FIELDS,
    "UnsubscribeConfirmation": _CONFIRMATION_FIELDS,
}
"""The fields that a signature covers, in their order, by type of envelope."""
_OPTIONAL = frozenset({"subject"})
_HASHES: Mapping[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}
"""What is signed, by ``SignatureVersion``."""

_MAX_CERTIFICATES = 8
_CERTIFICATE_SECONDS = 24 * 3600
_MAX_CERTIFICATE_BYTES = 64 * 1024
_RETRY_AFTER_SECONDS = 30

logger = structlog.get_logger()


def read_envelope(headers: Mapping[str, str], body: bytes, topic_arn: str) -> SnsEnvelope:
    """The envelope of a message on our own topic, not verified yet; raises BadSignature.

    Anybody can have SNS sign a message on a topic of theirs: only the topic makes it ours.
    """
    try:
        envelope = SnsEnvelope.read(parse_json(body))
    except (ValueError, Unknown):
        raise BadSignature("unreadable") from None
    ours = [
        hmac.compare_digest(_encoded(envelope.topic_arn or ""), _encoded(topic_arn)),
        headers.get("x-amz-sns-topic-arn") == envelope.topic_arn,
        headers.get("x-amz-sns-message-type") == envelope.type,
        _is_complete(envelope),
    ]
    if not all(ours):
        raise BadSignature("another_sender")
    return envelope


def _is_complete(envelope: SnsEnvelope) -> bool:
    required = set(_SIGNED_FIELDS.get(envelope.type or "", ())) - _OPTIONAL
    return bool(required) and all(getattr(envelope, name) is not None for name in required)


def is_sns_url(url: str, *, pem: bool = False) -> bool:
    """Whether an address is SNS's own, over https; with ``pem`` that of a certificate."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc
    certificate = not pem or bool(_PEM.fullmatch(parts.path) and not parts.query)
    return plain and certificate and bool(_HOST.fullmatch(parts.hostname or ""))


class Certificates:
    """Amazon's public keys by the address of their certificate: a few, each for a day.

    With a ``base`` certificates are fetched there instead, which only a mock needs.
    """

    def __init__(self, wire: Wire, base: str | None) -> None:
        self._wire = wire
        self._base = base.rstrip("/") if base else None
        self._keys: MutableMapping[str, RSAPublicKey] = TTLCache(
            _MAX_CERTIFICATES, _CERTIFICATE_SECONDS
        )
        self._fetching = asyncio.Lock()

    def trust(self, url: str, pem: bytes) -> None:
        """Trust the certificate of an address; raises BadSignature for anything else."""
        try:
            key = x509.load_pem_x509_certificate(pem).public_key()
        except ValueError:
            raise BadSignature("unknown_certificate") from None
        if not isinstance(key, RSAPublicKey):
            raise BadSignature("unknown_certificate")
        self._keys[url] = key

    async def fetch(self, envelope: SnsEnvelope) -> None:
        """Fetch the certificate that an envelope names, unless it is there.

        Raises BadSignature, or Unavailable where Amazon does not answer just now. One is fetched
        at a time, so that forged addresses cannot make us call out in crowds.
        """
        url = envelope.signing_cert_url or ""
        if not is_sns_url(url, pem=True):
            raise BadSignature("unknown_certificate")
        if url in self._keys:
            return
        async with self._fetching:
            if url not in self._keys:
                answer = await self._get("fetch_certificate", url)
                if answer.status != 200 or len(answer.body) > _MAX_CERTIFICATE_BYTES:
                    raise BadSignature("unknown_certificate")
                self.trust(url, answer.body)

    async def confirm(self, envelope: SnsEnvelope) -> None:
        """Open the address that a verified confirmation names; raises as ``fetch`` does."""
        url = envelope.subscribe_url or ""
        if not is_sns_url(url):
            raise BadSignature("unknown_certificate")
        answer = await self._get("confirm_subscription", url)
        logger.info("subscription_confirmed", status=answer.status)

    def verify(self, envelope: SnsEnvelope) -> None:
        """Raise BadSignature unless a key that was fetched signed the envelope."""
        key = self._keys.get(envelope.signing_cert_url or "")
        algorithm = _HASHES.get(envelope.signature_version or "")
        if key is None or algorithm is None:
            raise BadSignature("unknown_certificate")
        try:
            signature = base64.b64decode(envelope.signature or "", validate=True)
            key.verify(signature, signed_text(envelope), PKCS1v15(), algorithm())
        except (InvalidSignature, ValueError):
            raise BadSignature from None

    async def _get(self, operation: str, url: str) -> Answer:
        if self._base:
            parts = urlsplit(url)
            url = self._base + parts._replace(scheme="", netloc="").geturl()
        try:
            return await self._wire.send(
                operation, "GET", url, headers={}, allow=frozenset(), expect_json=False
            )
        except GatewayFailure as failure:
            raise Unavailable(retry_after=_RETRY_AFTER_SECONDS) from failure


def signed_text(envelope: SnsEnvelope) -> bytes:
    """The lines that SNS signs: name and value of each signed field."""
    fields = (
        (SnsEnvelope.model_fields[name].validation_alias, getattr(envelope, name))
        for name in _SIGNED_FIELDS[envelope.type or ""]
    )
    return b"".join(_encoded(f"{name}\n{value}\n") for name, value in fields if value is not None)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
