"""The envelope of Amazon Pay's notices: AWS SNS, signed by a certificate of Amazon's."""

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
from payment_engine.domain.gateway import GatewayFailure
from payment_engine.gateways.http import Answer, Wire, parse_json

Envelope = Mapping[str, str]

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"

_HOST = re.compile(r"sns\.[a-zA-Z0-9-]{3,}\.amazonaws\.com(\.cn)?")
_PEM = re.compile(r"/[A-Za-z0-9._-]+\.pem")
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
    "UnsubscribeConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
_OPTIONAL = frozenset({"Subject"})
_HASHES: Mapping[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}

_KEPT, _KEPT_FOR = 8, 24 * 3600
_LONGEST = 64 * 1024
_RETRY_AFTER = 30

_log = structlog.get_logger()


def opened(headers: Mapping[str, str], body: bytes, topic_arn: str) -> Envelope:
    """The envelope of a notice of our own topic, not verified yet. Raises BadSignature.

    Anybody can have SNS sign a message on a topic of theirs: the topic is what makes it ours.
    """
    try:
        content = parse_json(body)
    except ValueError:
        raise BadSignature from None
    if not isinstance(content, dict):
        raise BadSignature
    envelope = {name: each for name, each in content.items() if isinstance(each, str)}
    kind, topic = envelope.get("Type", ""), envelope.get("TopicArn", "")
    same = [
        hmac.compare_digest(_bytes(topic), _bytes(topic_arn)),
        headers.get("x-amz-sns-topic-arn") == topic,
        headers.get("x-amz-sns-message-type") == kind,
        all(name in envelope for name in _SIGNED.get(kind, ("?",)) if name not in _OPTIONAL),
    ]
    if not all(same):
        raise BadSignature
    return envelope


def is_amazons(url: str, *, pem: bool = False) -> bool:
    """Whether an address is SNS's own, over https; for a certificate its path is one's too."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc
    certificate = not pem or bool(_PEM.fullmatch(parts.path) and not parts.query)
    return plain and certificate and bool(_HOST.fullmatch(parts.hostname or ""))


class Certificates:
    """Amazon's keys by the address of their certificate: fetched once, few, for a day.

    With a ``base`` the same files are fetched there instead, which only an imitation needs.
    """

    def __init__(self, wire: Wire, base: str | None) -> None:
        self._wire = wire
        self._base = base.rstrip("/") if base else None
        self._keys: MutableMapping[str, RSAPublicKey] = TTLCache(_KEPT, _KEPT_FOR)
        self._fetching = asyncio.Lock()

    def hold(self, url: str, pem: bytes) -> None:
        """Trust the certificate of an address; raises BadSignature where it is none."""
        try:
            key = x509.load_pem_x509_certificate(pem).public_key()
        except ValueError:
            raise BadSignature from None
        if not isinstance(key, RSAPublicKey):
            raise BadSignature
        self._keys[url] = key

    async def fetch(self, envelope: Envelope) -> None:
        """Hold the certificate that an envelope names; raises BadSignature, Unavailable.

        One at a time, so that forged addresses cannot make us call out in crowds; none waits
        for what is held.
        """
        url = envelope.get("SigningCertURL", "")
        if not is_amazons(url, pem=True):
            raise BadSignature
        if url in self._keys:
            return
        async with self._fetching:
            if url not in self._keys:
                answer = await self._get("fetch_certificate", url)
                if answer.status != 200 or len(answer.body) > _LONGEST:
                    raise BadSignature
                self.hold(url, answer.body)

    async def confirm(self, envelope: Envelope) -> None:
        """Open the address that a verified confirmation names; raises as ``fetch`` does."""
        url = envelope["SubscribeURL"]
        if not is_amazons(url):
            raise BadSignature
        answer = await self._get("confirm_subscription", url)
        _log.info("subscription_confirmed", status=answer.status)

    def check(self, envelope: Envelope) -> None:
        """Raise BadSignature unless the key that an envelope names, held by now, signed it."""
        key = self._keys.get(envelope.get("SigningCertURL", ""))
        hashed = _HASHES.get(envelope.get("SignatureVersion", ""))
        if key is None or hashed is None:
            raise BadSignature
        try:
            signature = base64.b64decode(envelope.get("Signature", ""), validate=True)
            key.verify(signature, signable(envelope), PKCS1v15(), hashed())
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
            raise Unavailable(retry_after=_RETRY_AFTER) from failure


def signable(envelope: Envelope) -> bytes:
    """The lines that SNS signs: each signed field's name and value."""
    names = [name for name in _SIGNED[envelope["Type"]] if name in envelope]
    return b"".join(_bytes(f"{name}\n{envelope[name]}\n") for name in names)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
